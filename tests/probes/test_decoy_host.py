"""Hosts and networks where everything answers: noticed with a few connections, kept as one line, never confirmed."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack
from ipaddress import ip_address

import pytest

from scanner.core.address import to_number
from scanner.core.endpoint import Endpoint
from scanner.core.facts import Access, Facts
from scanner.core.intervals import Intervals
from scanner.core.observation import Observation
from scanner.core.scope import Scope
from scanner.probes.controls import CONTROL_PORTS, control_ports
from scanner.probes.decoy_host import DecoyHosts
from scanner.probes.runner import Runner
from tests.fleet.server import ROOT, new_address
from tests.support.jumping import jumping
from tests.support.look import LOOPBACK, REGISTRY
from tests.support.probes import serve_toy, toy
from tests.support.servers import listening


class Everywhere:
    """Accepts connections on many ports of one address and counts them; `say` is its greeting."""

    def __init__(self, address: str, ports: list[int], say: bytes = b"") -> None:
        self.accepted = 0
        self._say = say
        self._stack = ExitStack()
        for port in ports:
            listener = self._stack.enter_context(socket.create_server((address, port), backlog=16))
            listener.setblocking(False)
            loop = asyncio.get_running_loop()
            loop.add_reader(listener, self._accept, listener)
            self._stack.callback(loop.remove_reader, listener)

    def _accept(self, listener: socket.socket) -> None:
        connection, _ = listener.accept()
        self.accepted += 1
        self._stack.enter_context(connection)
        if self._say:
            connection.sendall(self._say)

    def close(self) -> None:
        self._stack.close()


async def look_at_all(runner: Runner, address: str, ports: list[int]) -> list[Observation]:
    """Observation as the pipeline does: four ports of a host at a time."""
    gate = asyncio.Semaphore(4)

    async def one(port):
        async with gate:
            return await runner.observe(Endpoint(ip_address(address), port))

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(port)) for port in ports]
    return [task.result() for task in tasks]


@pytest.mark.parametrize("say", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"\x00\x01\x02 noise"])
@jumping
async def test_a_host_where_every_port_answers_is_one_line_after_few_connections(say):
    address = new_address()
    ports = list(range(18_001, 18_041))
    host = Everywhere(address, [*ports, *control_ports(ip_address(address))], say)
    runner = Runner(REGISTRY.probes, LOOPBACK)
    try:
        looks = await look_at_all(runner, address, ports)
    finally:
        host.close()
    assert host.accepted <= 64, host.accepted
    assert all("every port" in look.decoy for look in looks[1:])
    (line,) = runner.settle(looks)
    assert "every port" in line.decoy
    assert "40 open ports" in line.note
    assert line.facts is None


@jumping
async def test_a_service_that_proves_itself_on_such_a_host_is_kept_and_flagged():
    address = new_address()
    ports = [18_001, 18_002, 18_003]
    host = Everywhere(address, [*ports, *control_ports(ip_address(address))])
    runner = Runner((toy(),), LOOPBACK)
    try:
        async with listening(serve_toy, 6379, address=address):
            looks = await look_at_all(runner, address, [*ports, 6379])
    finally:
        host.close()
    named, line = sorted(runner.settle(looks), key=lambda look: look.facts is None)
    assert named.facts.access is Access.DATA
    assert "every port" in named.decoy
    assert line.endpoint.port == 18_001


async def test_an_honest_host_costs_two_connections_more_whatever_it_runs():
    address = new_address()
    ports = list(range(18_001, 18_031))
    host = Everywhere(address, [*ports, control_ports(ip_address(address))[0]])
    hosts = DecoyHosts(LOOPBACK)
    try:
        for port in ports:
            assert await hosts.decoy_reason(Endpoint(ip_address(address), port)) is None
    finally:
        host.close()
    assert host.accepted <= 1


@jumping
async def test_one_open_port_is_no_reason_to_try_others():
    address = new_address()
    host = Everywhere(address, control_ports(ip_address(address)))
    try:
        assert await DecoyHosts(LOOPBACK).decoy_reason(Endpoint(ip_address(address), 80)) is None
    finally:
        host.close()
    assert host.accepted == 0


def test_control_ports_are_the_same_in_every_run_and_high():
    ports = control_ports(ip_address("10.0.0.5"))
    assert ports == control_ports(ip_address("10.0.0.5")) != control_ports(ip_address("10.0.0.6"))
    assert len(set(ports)) == CONTROL_PORTS
    assert all(20_000 <= port < 65_000 for port in ports)


def look(address: str, port: int, **fields) -> Observation:
    return Observation(endpoint=Endpoint(ip_address(address), port), **fields)


def network(first: str, count: int) -> Scope:
    start = to_number(ip_address(first))
    return Scope(Intervals([(start, start + count - 1)]))


def settled(looks: list[Observation], scope: Scope = LOOPBACK) -> list[Observation]:
    return DecoyHosts(scope).settle(looks)


def test_the_same_greeting_on_many_ports_is_a_parrot():
    looks = [look("10.0.0.5", port, greeting=b"SSH-2.0-x\r\n", service="ssh") for port in range(8)]
    assert all("same greeting on 8 ports" in one.decoy for one in settled(looks))
    assert all(one.decoy is None for one in settled([look("10.0.0.5", port, greeting=b"x") for port in range(7)]))


def test_real_services_with_the_same_greeting_are_left_alone():
    looks = [look("10.0.0.5", port, greeting=b"+", facts=Facts(access=Access.DATA)) for port in range(20)]
    assert all(one.decoy is None for one in settled(looks))


def test_a_network_where_every_address_answers_on_a_port_is_a_middlebox():
    looks = [look(f"10.0.0.{last}", 80) for last in range(32)]
    flagged = settled(looks, network("10.0.0.0", 32))
    assert all("all 32 addresses" in one.decoy for one in flagged)


@pytest.mark.parametrize(
    ("looks", "scope"),
    [
        ([look(f"10.0.0.{last}", 80) for last in range(31)], network("10.0.0.0", 32)),
        ([look(f"10.0.0.{last}", 80) for last in range(8)], network("10.0.0.0", 8)),
        ([look(f"127.0.0.{last}", 80) for last in range(32)], network("127.0.0.0", 32)),
    ],
    ids=["one address is silent", "too few to tell", "loopback answers everywhere"],
)
def test_an_honest_network_is_left_alone(looks, scope):
    assert all(one.decoy is None for one in settled(looks, scope))


def test_a_host_that_never_says_a_word_on_any_of_its_ports_is_flagged():
    assert all("ever says a word" in one.decoy for one in settled([look("10.0.0.5", p, mute=True) for p in (1, 2, 3)]))
    assert all(one.decoy is None for one in settled([look("10.0.0.5", port, mute=True) for port in (1, 2)]))
    spoken = [*(look("10.0.0.5", port, mute=True) for port in (1, 2, 3)), look("10.0.0.5", 22, service="ssh")]
    assert all(one.decoy is None for one in settled(spoken))


@jumping
async def test_one_port_that_never_says_a_word_is_reason_enough_to_try_others():
    address = new_address()
    ports = [18_001, *control_ports(ip_address(address))]
    host = Everywhere(address, ports)
    runner = Runner((toy(),), LOOPBACK)
    try:
        (silent,) = await look_at_all(runner, address, ports[:1])
    finally:
        host.close()
    (line,) = runner.settle([silent])
    assert line.decoy == "every port answers"
    assert "says nothing" in line.note


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("nft") is None, reason="needs root, namespaces and nft")
def test_three_thousand_fake_ports_are_one_line_of_the_table(tmp_path):
    command = ["unshare", "--net", sys.executable, "-m", "tests.probes.all_open", str(tmp_path / "report.json")]
    narrow = os.environ | {"COLUMNS": "80"}
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=50, env=narrow)
    assert done.returncode == 0, done.stderr
    about_it = [line for line in done.stdout.splitlines() if "127.9.9.9" in line]
    assert about_it == ["  127.9.9.9:1  3000 open ports; possible decoy: every port answers"]
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["coverage"]["open"] == 3000
    (row,) = report["endpoints"]
    assert (row["status"], row["suspect"]) == ("open", "every port answers")
    assert report["findings"] == []
