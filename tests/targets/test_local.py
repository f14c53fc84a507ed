import ipaddress
import socket

import pytest

from scanner.core.errors import UsageError
from scanner.targets.interfaces import Interface, read_interfaces
from scanner.targets.local import excluded_spans, local_spans


def on(name, text, **flags):
    address, _, prefix = text.partition("/")
    return Interface(name, ipaddress.ip_address(address), int(prefix), **flags)


LOOPBACK = on("lo", "127.0.0.1/8", loopback=True)


def test_the_subnets_of_real_interfaces_once_each():
    interfaces = [LOOPBACK, on("eth0", "192.168.1.7/24"), on("eth0", "192.168.1.8/24"), on("wlan0", "10.1.0.3/16")]
    spans, notes = local_spans(interfaces)
    assert [str(span) for span in spans] == ["192.168.1.0-192.168.1.255", "10.1.0.0-10.1.255.255"]
    assert notes == []


@pytest.mark.parametrize(
    "name",
    [
        "docker0",
        "br-0123456789ab",
        "veth12ab@if3",
        "cni0",
        "virbr0",
        "lxdbr0",
        "podman1",
        "flannel.1",
        "cali1234",
        "tun0",
        "tap1",
        "wg0",
        "utun3",
        "ppp0",
        "tailscale0",
        "zt7nnig26",
    ],
)
def test_bridges_and_tunnels_are_left_out_with_a_note_that_says_how_to_name_them(name):
    spans, notes = local_spans([on("eth0", "192.168.1.7/24"), on(name, "172.17.0.1/16")])
    assert len(spans) == 1
    (note,) = notes
    assert note.kind == "local-interface-skipped"
    assert note.where == f"{name} 172.17.0.0/16"
    assert "add 172.17.0.0/16" in note.detail


@pytest.mark.parametrize(
    "name", ["eth0", "enp3s0", "wlan0", "br0", "br-lan", "en0", "bond0", "eth0.20", "bridge0", "greenlan", "site-a"]
)
def test_ordinary_interfaces_and_bridges_of_a_lan_stay(name):
    spans, notes = local_spans([on(name, "192.168.1.7/24")])
    assert len(spans) == 1
    assert notes == []


def test_a_point_to_point_link_is_left_out_whatever_its_name():
    _, notes = local_spans([on("corp", "10.9.0.2/24", point_to_point=True), on("eth0", "10.0.0.1/24")])
    assert [note.where for note in notes] == ["corp 10.9.0.0/24"]


def test_what_is_down_and_link_local_v6_are_silently_left_out():
    interfaces = [on("eth1", "10.2.0.1/24", up=False), on("eth0", "fe80::1/64"), on("eth0", "10.0.0.1/24")]
    spans, notes = local_spans(interfaces)
    assert [str(span) for span in spans] == ["10.0.0.0-10.0.0.255"]
    assert notes == []


@pytest.mark.parametrize(
    ("text", "why"),
    [("fd00::2/64", "too large to enumerate"), ("169.254.3.4/16", "self-assigned"), ("192.0.2.2/24", "reserved")],
)
def test_what_cannot_be_swept_is_noted(text, why):
    _, notes = local_spans([on("eth0", text), on("eth0", "10.0.0.1/24")])
    assert [why in note.detail for note in notes] == [True]


def test_without_a_network_there_is_nothing_to_look_at():
    spans, notes = local_spans([LOOPBACK, on("docker0", "172.17.0.1/16")])
    assert spans == []
    assert [note.kind for note in notes] == ["local-interface-skipped", "local-no-network"]
    assert notes[-1].kind.leaves_gap


def test_an_address_without_a_network_says_that_it_covers_itself_alone():
    spans, notes = local_spans([on("eth0", "10.128.0.5/32")])
    assert [str(span) for span in spans] == ["10.128.0.5"]
    assert [(note.kind, note.where) for note in notes] == [("local-only-itself", "@local: eth0 10.128.0.5/32")]


def test_an_address_that_is_shared_beside_a_subnet_misses_nothing():
    _, notes = local_spans([on("eth0", "10.0.0.5/24"), on("eth0", "10.0.0.100/32")])
    assert notes == []


def test_a_subnet_wider_than_16_has_to_be_named():
    with pytest.raises(UsageError, match=r"eth0 is on 10\.0\.0\.0/8.*name"):
        local_spans([on("eth0", "10.0.0.1/8")])


def test_an_exclusion_takes_everything():
    interfaces = [LOOPBACK, on("docker0", "172.17.0.1/16"), on("tun0", "10.0.0.1/8"), on("eth0", "fe80::1/64")]
    assert [str(span) for span in excluded_spans(interfaces)] == [
        "127.0.0.0-127.255.255.255",
        "172.17.0.0-172.17.255.255",
        "10.0.0.0-10.255.255.255",
        "fe80::%eth0-fe80::ffff:ffff:ffff:ffff%eth0",
    ]


def test_this_machine_has_a_loopback_interface():
    found = {(one.address, one.prefix) for one in read_interfaces() if one.loopback and one.up}
    assert (ipaddress.ip_address("127.0.0.1"), 8) in found
    # An alias address carries its label: eth0:1.
    assert {one.name.partition(":")[0] for one in read_interfaces()} <= {name for _, name in socket.if_nameindex()}
