"""Servers that say the right words to everybody and everything: kept, flagged, never confirmed."""

import asyncio
import itertools
import json
from ipaddress import ip_address

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.facts import Access
from scanner.core.finding import Status
from scanner.probes.controls import control_ports
from scanner.probes.runner import Runner
from tests.fleet.server import new_address
from tests.probes.test_decoys import judged
from tests.support.look import LOOPBACK, look_at
from tests.support.probes import serve_toy, toy
from tests.support.servers import listening

pytestmark = pytest.mark.slow

DOCKER = {
    "ApiVersion": "1.41", "Version": "20.10.24", "ServerVersion": "20.10.24", "Components": [{"Name": "Engine"}],
    "ID": "X", "Containers": 3, "Images": 5, "Name": "host", "DockerRootDir": "/var/lib/docker", "Os": "linux",
}  # fmt: skip
ELASTIC = {
    "name": "n1", "cluster_name": "c", "cluster_uuid": "u", "tagline": "You Know, for Search",
    "version": {"number": "7.10.2", "lucene_version": "8.7.0"}, "indices": {"a": {}}, "nodes": {"x": {}},
}  # fmt: skip
ETCD = {
    "etcdserver": "3.5.9", "etcdcluster": "3.5.0", "members": [{"ID": "1", "name": "n"}], "count": "5",
    "header": {"cluster_id": "1", "member_id": "2"}, "kvs": [{"key": "YQ=="}], "health": "true", "action": "get",
}  # fmt: skip


def http(*answers, headers="", salted=False):
    """Answer every path with these JSON values in turn, salted with what is never the same twice."""
    turn = itertools.count()

    async def serve(reader, writer):
        while True:
            await reader.readuntil(b"\r\n\r\n")
            number = next(turn)
            value = answers[number % len(answers)]
            body = json.dumps(value | {"nonce": number} if salted and isinstance(value, dict) else value).encode()
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
            writer.write(head.encode() + body)
            await writer.drain()

    return serve


def parrot(**replies):
    async def serve(reader, writer):
        while said := await reader.read(65_536):
            writer.write(next((reply for word, reply in replies.items() if word.encode() in said), b"+OK\r\n"))

    return serve


def greeting(text):
    async def serve(reader, writer):
        writer.write(text)
        while await reader.read(65_536):
            pass

    return serve


LIARS = {
    "Docker for every path": (2375, http(DOCKER, headers="Server: Docker/20.10.24 (linux)\r\nApi-Version: 1.41\r\n")),
    "Docker, salted": (2375, http(DOCKER, headers="Api-Version: 1.41\r\nOstype: linux\r\n", salted=True)),
    "Elasticsearch for every path": (9200, http(ELASTIC, headers="X-elastic-product: Elasticsearch\r\n")),
    "Elasticsearch, salted": (9200, http(ELASTIC, headers="X-elastic-product: Elasticsearch\r\n", salted=True)),
    "etcd for every path": (2379, http(ETCD)),
    "etcd, salted": (2379, http(ETCD, salted=True)),
    "one of many each time": (2379, http(ETCD, ETCD, ELASTIC, DOCKER, [DOCKER], ETCD, [])),
    "Redis-like": (6379, parrot(PING=b"+PONG\r\n", INFO=b"$4\r\ntest\r\n", CONFIG=b"$4\r\ntest\r\n")),
    "greeting that is an anonymous login": (21, greeting(b"220 FTP ready\r\n230 logged in\r\n")),
}


@pytest.mark.parametrize("name", LIARS)
@pytest.mark.parametrize("at_home", [True, False])
async def test_no_liar_is_confirmed(name, at_home):
    port, serve = LIARS[name]
    async with listening(serve, port if at_home and port >= 1024 else 0) as (address, port):
        row, findings = judged(await look_at(address, port))
    assert row.status is not Status.EXPOSED, row
    assert all(finding.confidence == "suspected" for finding in findings)


@pytest.mark.parametrize("name", [name for name in LIARS if "for every path" in name or "salted" in name])
async def test_one_document_for_every_path_is_said_to_be_that(name):
    port, serve = LIARS[name]
    async with listening(serve, port) as (address, port):
        row, _ = judged(await look_at(address, port))
    assert "a path that can't exist" in row.decoy


async def test_an_answer_that_came_before_the_question_is_none():
    async with listening(greeting(b"220 FTP ready\r\n230 logged in\r\n"), 2121) as (address, port):
        look = await look_at(address, port)
    assert look.decoy == "it answers before it is asked"


@pytest.mark.parametrize(("also_on_controls", "status"), [(False, Status.EXPOSED), (True, Status.IDENTIFIED)])
async def test_on_a_host_whose_every_port_answers_a_proof_counts_if_a_control_port_does_not_give_it_too(
    also_on_controls, status
):
    address = new_address()
    runner = Runner((toy(),), LOOPBACK)
    everywhere = serve_toy if also_on_controls else greeting(b"220 ready\r\n")
    async with asyncio.TaskGroup() as group:
        stop = asyncio.Event()
        ports = [18_001, *control_ports(ip_address(address))]
        started = [asyncio.Event() for _ in ports]
        for port, ready in zip(ports, started, strict=True):
            group.create_task(serve_until(stop, ready, everywhere, port, address))
        for ready in started:
            await ready.wait()
        async with listening(serve_toy, 6379, address=address):
            looks = [await runner.observe(Endpoint(ip_address(address), port)) for port in (18_001, 6379)]
            assert looks[1].decoy == "every port answers"
            looks = await runner.cross_examine(looks)
        stop.set()
    proven = next(look for look in runner.settle(looks) if look.endpoint.port == 6379)
    assert proven.facts.access is Access.DATA
    assert judged(proven)[0].status is status
    assert (proven.decoy is None) == (status is Status.EXPOSED)


async def serve_until(stop, ready, serve, port, address):
    async with listening(serve, port, address=address):
        ready.set()
        await stop.wait()
