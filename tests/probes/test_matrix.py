"""Every service that can be played here, on its own port, on an odd port and inside TLS: judged the same each time."""

import asyncio
import os

import pytest

from scanner.core.facts import Access
from scanner.standins.start import load
from tests.probes.playing import KNOWN, forwarder, listening, look_at, verdict
from tests.support.servers import server_context

PLAYED = [one for one in load() if one.serve is not None and one.case != "look-alike" and one.service in KNOWN]
ODD_PORT = 33_917


def name(one) -> str:
    return f"{one.service}-{one.case}"


def elsewhere(probe) -> bool:
    return not probe.only_default_ports


async def in_every_wrapper(serve, port, probe):
    """Return the looks on the own port, inside TLS there, and both on an odd port where the product is sought."""

    async def wrapped(where, tls):
        async with listening(serve, where, tls=tls) as (address, _):
            return await look_at(address, where)

    ports = (port, ODD_PORT) if elsewhere(probe) else (port,)
    ways = [(where, tls) for where in ports for tls in (None, server_context("box.example"))]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(wrapped(where, tls)) for where, tls in ways]
    looks = [task.result() for task in tasks]
    for (where, tls), look in zip(ways, looks, strict=True):
        assert look.suspect is None, look.suspect
        assert (look.tls is not None) == (tls is not None), (where, look.note)
        assert tls is None or look.tls.names == ("box.example",)
    return looks


@pytest.mark.parametrize("one", PLAYED, ids=name)
async def test_port_and_wrapper_change_nothing(one):
    if one.port < 1024 and os.geteuid() != 0:
        pytest.skip("only root listens below 1024")
    looks = await in_every_wrapper(one.serve, one.port, KNOWN[one.service])
    assert [verdict(look) for look in looks] == [verdict(looks[0])] * len(looks)
    assert looks[0].probe.id == one.service
    access = looks[0].facts.access
    assert access <= Access.REFUSED if one.case == "protected" else access >= Access.METADATA


def test_every_web_service_can_be_found_by_its_front_page():
    asked_at_home_only = [one.id for one in KNOWN.values() if one.ask_http and elsewhere(one) and not one.signs]
    assert not asked_at_home_only


LISTEN = "--web.listen-address={address}:9090"
REAL = {
    "redis": ("redis-server", "redis-server", 6379, ["--bind", "{address}", "--protected-mode", "no", "--save", ""]),
    "memcached": ("memcached", "memcached", 11211, ["-l", "{address}", "-U", "0", "-u", "nobody"]),
    "nats": ("nats-server", "nats-server", 4222, ["-a", "{address}"]),
    "mqtt": ("mosquitto", "mosquitto", 1883, ["-c", "{dir}/m.conf"]),
    "beanstalkd": ("beanstalkd", "beanstalkd", 11300, ["-l", "{address}", "-p", "11300"]),
    "gearman": ("gearman-job-server", "gearmand", 4730, ["-L", "{address}", "-p", "4730", "-l", "stderr"]),
    "prometheus": (
        "prometheus",
        "prometheus",
        9090,
        [LISTEN, "--config.file={dir}/p.yml"],
    ),
    "etcd": ("etcd-server", "etcd", 2379, ["--config-file", "{dir}/e.yml"]),
}
ETCD = """
data-dir: {dir}/d
listen-client-urls: http://{address}:2379
advertise-client-urls: http://{address}:2379
listen-peer-urls: http://{address}:2380
initial-advertise-peer-urls: http://{address}:2380
initial-cluster: default=http://{address}:2380
enable-grpc-gateway: true
"""
CONFIG = {"m.conf": "listener 1883 {address}\nallow_anonymous true\n", "e.yml": ETCD, "p.yml": ""}


@pytest.mark.real
@pytest.mark.parametrize("service", [service for service in REAL if service in KNOWN])
async def test_a_real_server_is_the_same_everywhere(service, server):
    package, program, port, options = REAL[service]
    running = server([program, *options], [port], package=package, files=CONFIG)
    direct = await look_at(running.address, port)
    assert direct.probe.id == service
    assert direct.facts.access >= Access.METADATA or service == "etcd", "Debian builds etcd without its HTTP gateway"
    looks = await in_every_wrapper(forwarder(running.address, port), port, KNOWN[service])
    assert [verdict(look) for look in looks] == [verdict(direct)] * len(looks)


NGINX = """
daemon off; worker_processes 1; pid {dir}/nginx.pid; error_log stderr warn;
events {}
http {
  access_log off;
  client_body_temp_path {dir}/b; proxy_temp_path {dir}/p; fastcgi_temp_path {dir}/f;
  uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;
  server { listen {address}:8123 default_server; location / { return 404; }
           location /inner/ { proxy_pass http://UPSTREAM/; proxy_set_header Host $http_host; } }
  server { listen {address}:8123; server_name box.example; location / { proxy_pass http://UPSTREAM; } }
  server { listen {address}:8124 default_server; location / { proxy_pass http://UPSTREAM; } }
  server { listen {address}:8124; server_name other.example; location / { return 200 "another site"; } }
}
"""


@pytest.mark.real
@pytest.mark.parametrize("one", [one for one in PLAYED if KNOWN[one.service].ask_http], ids=name)
async def test_behind_a_proxy_by_path_and_by_name(one, server):
    if not elsewhere(KNOWN[one.service]):
        pytest.skip("asked on its own ports only")
    async with listening(one.serve, one.port) as (address, port):
        config = NGINX.replace("UPSTREAM", f"{address}:{port}")
        front = server(
            ["nginx", "-c", "{dir}/n.conf", "-p", "{dir}"], [8123], package="nginx-light", files={"n.conf": config}
        )
        async with asyncio.TaskGroup() as group:
            looks = [
                group.create_task(look_at(address, port)),
                group.create_task(look_at(front.address, 8123, base_path="/inner")),
                group.create_task(look_at(front.address, 8123, host="box.example")),
                group.create_task(look_at(front.address, 8124, host="other.example")),
                group.create_task(look_at(front.address, 8123)),
            ]
    direct, by_path, by_name, by_address, nobody = (look.result() for look in looks)
    assert verdict(by_path) == verdict(direct)
    assert verdict(by_name) == verdict(direct)
    assert verdict(by_address) == verdict(direct), "a name may hide what the address shows"
    assert nobody.probe is None
