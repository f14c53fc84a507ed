import errno
from ipaddress import ip_address
from types import SimpleNamespace

import pytest

from scanner.core.address import to_number
from scanner.core.endpoint import Endpoint
from scanner.core.intervals import Intervals
from scanner.core.ports import PortSet
from scanner.core.scope import Scope
from scanner.core.space import Block, Space
from scanner.net.connect_check import ConnectResult
from scanner.probes import controls as module
from scanner.probes.controls import CONTROL_PORTS, Controls, control_ports
from scanner.sweep.kernel import Nud
from scanner.sweep.netlink import NetlinkError

FIRST = to_number(ip_address("10.0.0.0"))
NETWORK = Intervals([(FIRST, FIRST + 7)])
PLAN = SimpleNamespace(space=Space([Block(NETWORK, PortSet.of([80]))]))
SILENT = [SimpleNamespace(endpoint=Endpoint(ip_address("10.0.0.5"), 80), mute=True)]


def refuse():
    raise NetlinkError(errno.EPERM, "Operation not permitted")


@pytest.fixture
def everything_accepts(monkeypatch):
    tried = []

    async def accept(address, port, *_):
        tried.append((str(address), port))
        return ConnectResult.ACCEPTED

    monkeypatch.setattr(module, "connect_check", accept)
    monkeypatch.setattr("scanner.sweep.kernel.attached", lambda: NETWORK)
    monkeypatch.setattr("scanner.sweep.kernel.neighbours", lambda: {FIRST: Nud.FAILED, FIRST + 1: Nud.FAILED})
    return tried


async def test_an_absent_neighbour_that_accepts_shows_a_middlebox(everything_accepts):
    controls = Controls(Scope(NETWORK))
    await controls.try_unused_addresses(SILENT, PLAN, ())
    assert controls.answered_unused == {(FIRST >> 8, 80)}
    assert everything_accepts == [("10.0.0.0", 80), ("10.0.0.1", 80)]


async def test_a_neighbour_that_has_come_to_life_shows_nothing(everything_accepts, monkeypatch):
    monkeypatch.setattr("scanner.sweep.kernel.neighbours", lambda: {FIRST: Nud.REACHABLE, FIRST + 1: Nud.STALE})
    controls = Controls(Scope(NETWORK))
    await controls.try_unused_addresses(SILENT, PLAN, ())
    assert controls.answered_unused == set()


async def test_a_kernel_that_does_not_tell_its_neighbours_condemns_no_service(everything_accepts, monkeypatch):
    monkeypatch.setattr("scanner.sweep.kernel.neighbours", refuse)
    controls = Controls(Scope(NETWORK))
    await controls.try_unused_addresses(SILENT, PLAN, ())
    assert len(everything_accepts) == 2
    assert controls.answered_unused == set()


async def test_a_kernel_that_does_not_tell_its_links_means_no_control_address(everything_accepts, monkeypatch):
    monkeypatch.setattr("scanner.sweep.kernel.attached", refuse)
    await Controls(Scope(NETWORK)).try_unused_addresses(SILENT, PLAN, ())
    assert everything_accepts == []


async def test_nothing_outside_the_scope_is_a_control(everything_accepts):
    await Controls(Scope(Intervals([(FIRST + 1, FIRST + 1)]))).try_unused_addresses(SILENT, PLAN, ())
    assert everything_accepts == [("10.0.0.1", 80)]


def test_control_ports_are_the_same_in_every_run_and_differ_between_hosts():
    one, other = control_ports(ip_address("10.0.0.1")), control_ports(ip_address("10.0.0.2"))
    assert one == control_ports(ip_address("10.0.0.1")) != other
    assert len(set(one)) == CONTROL_PORTS
    assert min(one) >= 20_000
