"""The whole engine against a target in a namespace of its own."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from scanner.core.address import to_address
from scanner.sweep.connect import ConnectEngine
from scanner.sweep.syn.engine import SynEngine
from tests.sweep.jobs import make_plan, sweep
from tests.sweep.syn.lab import NEEDS_ROOT, Lab, inside

pytestmark = [pytest.mark.root, NEEDS_ROOT]


def engine() -> SynEngine:
    return SynEngine(ConnectEngine())


@contextmanager
def listening(lab: Lab, *ports: int) -> Iterator[None]:
    """Listen on every address of the target, both families."""
    sockets = []
    with inside(lab.target):
        for port in ports:
            sock = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=65_535)
            sockets.append(sock)
    try:
        yield
    finally:
        for sock in sockets:
            sock.close()


def scan(lab: Lab, *arguments, **pace):
    with inside(lab.scanner):
        found, tally = sweep(engine(), make_plan(*arguments, **pace))
    return sorted((str(to_address(event.address)), event.port) for event in found), tally


def test_open_and_closed_ports_are_told_apart(lab):
    with listening(lab, 80, 6_379):
        found, tally = scan(lab, "10.16.1.0/28", [22, 80, 6_379])
    assert found == sorted((f"10.16.1.{host}", port) for host in range(16) for port in (80, 6_379))
    assert (tally.planned, tally.open, tally.closed) == (48, 32, 16)
    assert tally.hosts_alive == len(tally.alive) == 16
    assert tally.estimated_loss == 0
    assert not tally.problems


def test_every_open_port_of_a_16_is_found_at_full_speed(lab):
    with listening(lab, 80):
        found, tally = scan(lab, "10.17.0.0/16", [80])
    assert len(found) == tally.open == 65_536
    assert len(set(found)) == 65_536


def test_silence_is_filtered_and_a_refusal_by_icmp_is_what_it_says(lab):
    lab.filter(
        lab.target,
        """table inet f {
        chain p { type filter hook input priority 0;
        tcp dport 81 drop
        tcp dport 82 reject with icmpx admin-prohibited
        tcp dport 83 reject with icmpx host-unreachable
        tcp dport 84 reject with icmpx port-unreachable
        }
        }""",
    )
    for network in ("10.16.2.0/30", "fd00:16::10/126"):
        _, tally = scan(lab, network, [81, 82, 83, 84], retries=0, timeout_s=0.5)
        assert (tally.filtered, tally.unreachable, tally.closed, tally.open) == (8, 4, 4, 0)


def test_ipv6_is_swept_alike(lab):
    with listening(lab, 80):
        found, tally = scan(lab, ["fd00:16::/124", "10.16.3.0/30"], [80, 81])
    assert len(found) == 20
    assert tally.closed == 20


def test_neighbours_are_found_and_the_absent_are_unreachable(lab):
    with listening(lab, 80):
        found, tally = scan(lab, ["10.250.0.2/31", "fd00:250::2/127"], [80], retries=0, timeout_s=0.5)
    assert found == [("10.250.0.2", 80), ("fd00:250::2", 80)]
    assert tally.unreachable == 2


def test_this_machine_itself_is_left_to_the_other_engine(lab):
    with inside(lab.scanner), socket.create_server(("0.0.0.0", 8_081)):
        found, tally = sweep(engine(), make_plan(["127.0.0.1/32", "10.250.0.1/32", "10.16.4.1/32"], [8_081]))
    assert sorted(str(to_address(event.address)) for event in found) == ["10.250.0.1", "127.0.0.1"]
    assert (tally.planned, tally.open, tally.closed) == (3, 2, 1)


def test_addresses_without_a_route_are_unreachable(lab):
    _, tally = scan(lab, "192.0.2.0/30", [80])
    assert tally.unreachable == 4


@pytest.mark.parametrize("seed", [1, 2])
def test_shards_together_find_each_port_once(lab, seed):
    with listening(lab, 80):
        parts = [scan(lab, "10.18.0.0/22", [80], shard=(part, 3), seed=seed) for part in (1, 2, 3)]
    found = [endpoint for part, _ in parts for endpoint in part]
    assert len(found) == len(set(found)) == 1_024
    assert sum(tally.planned for _, tally in parts) == 1_024


def test_the_loss_is_survived_and_estimated(lab):
    lab.lose(0.05)
    with listening(lab, 80):
        found, tally = scan(lab, "10.19.0.0/19", [80])
    assert len(found) >= 8_192 - 17
    round_trip = 1 - 0.95**2
    assert 0.5 * round_trip < tally.estimated_loss < 1.3 * round_trip
