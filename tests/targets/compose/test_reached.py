"""Networks that lead to a service past the ports that it publishes."""

import pytest

from scanner.targets.compose.project import read_project
from scanner.targets.compose.reached import host_network, reached_elsewhere

BRIDGE = "com.docker.network.bridge.gateway_mode_ipv4"


@pytest.fixture
def told(tmp_path):
    def told(service, networks="{}"):
        file = tmp_path / "c.yaml"
        file.write_text(f"services:\n  a: {service}\n  b: {{container_name: vpn}}\nnetworks: {networks}\n")
        project = read_project([file], {})
        a = project.services["a"]
        return [one.detail for one in reached_elsewhere("a", a, project)], host_network(a, project.networks) is not None

    return told


@pytest.mark.parametrize(
    ("service", "networks"),
    [
        ("{network_mode: host}", "{}"),
        ("{networks: [n]}", "{n: {external: true, name: host}}"),
        ("{networks: {n: {}}}", "{n: {external: {name: host}}}"),
        ("{networks: [host]}", "{host: {external: true}}"),
        ("{networks: [n]}", "{n: {driver: host}}"),
    ],
)
def test_the_network_of_the_host_by_mode_and_by_name(told, service, networks):
    (detail,), on_host = told(service, networks)
    assert detail.startswith("a: uses the host's network")
    assert on_host


@pytest.mark.parametrize(
    ("service", "networks", "detail"),
    [
        ("{network_mode: 'container:gluetun'}", "{}", "shares the network of the container gluetun"),
        ("{image: x}", "{default: {driver: macvlan}}", "has an address of its own in the network default (macvlan)"),
        ("{networks: [n]}", "{n: {driver: net-dhcp}}", "has an address of its own in the network n (net-dhcp)"),
        ("{networks: [n]}", "{n: {driver: '${D}'}}", "the driver of its network n is the variable D"),
        (
            "{image: x}",
            f"{{default: {{driver_opts: {{{BRIDGE}: routed}}}}}}",
            "at its own address in the network default",
        ),
        ("{networks: [n]}", f"{{n: {{driver_opts: {{{BRIDGE}: nat-unprotected}}}}}}", "(nat-unprotected)"),
        ("{networks: {n: {ipv4_address: 192.0.2.5}}}", "{n: {external: true}}", "has a fixed address in the network n"),
        ("{networks: [n], mac_address: 02:00:00:00:00:01}", "{n: {external: true}}", "has a fixed address"),
    ],
)
def test_an_address_of_its_own(told, service, networks, detail):
    (said,), on_host = told(service, networks)
    assert detail in said
    assert not on_host


@pytest.mark.parametrize(
    ("service", "networks"),
    [
        ("{image: x}", "{}"),
        ("{image: x}", f"{{default: {{driver: bridge, driver_opts: {{{BRIDGE}: nat}}}}}}"),
        ("{networks: [n]}", "{n: {external: true}}"),
        ("{networks: [n]}", "{n: {name: host}}"),
        ("{networks: {n: {ipv4_address: 172.30.0.5}}}", "{n: {driver: bridge}}"),
        ("{network_mode: 'container:vpn'}", "{}"),
        ("{network_mode: 'service:b'}", "{default: {driver: macvlan}}"),
        ("{network_mode: , networks: }", "{}"),
    ],
)
def test_what_its_ports_alone_lead_to(told, service, networks):
    assert told(service, networks) == ([], False)
