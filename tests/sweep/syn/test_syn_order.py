import ipaddress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.address import V4_FIRST, to_number
from scanner.core.intervals import Intervals
from scanner.core.ports import PortSet
from scanner.core.space import Block, Space
from scanner.sweep.syn.bitmap import Bitmap
from scanner.sweep.syn.layout import Layout
from scanner.sweep.syn.syn_order import QUESTIONS, SynOrder

V6 = to_number(ipaddress.IPv6Address("fd00::8"))
HOSTS, PORTS = 40, 50


def layout_of(hosts=HOSTS, ports=PORTS) -> Layout:
    half = hosts // 2
    v4 = Intervals([(V4_FIRST + 100, V4_FIRST + 100 + half - 1)])
    v6 = Intervals([(V6, V6 + hosts - half - 1)])
    return Layout(Space([Block(v4, PortSet.of(range(1, ports + 1))), Block(v6, PortSet.of(range(7, ports + 7)))]))


def whole(order: SynOrder, size: int) -> list[int]:
    return order.part(0, size).tolist()


def hosts_of(layout: Layout, indexes) -> list[int]:
    return layout.places(np.array(indexes, dtype=np.int64))[0].tolist()


def living(hosts) -> Bitmap:
    alive = Bitmap(HOSTS)
    alive.add(np.array(sorted(hosts), dtype=np.int64))
    return alive


def test_places_are_those_of_the_space():
    layout = layout_of()
    index = np.arange(layout.space.size, dtype=np.int64)
    ranks, places, ports = layout.places(index)
    for at, rank, place in zip(index.tolist(), ranks.tolist(), places.tolist(), strict=True):
        number, port = layout.space.at(at)
        assert rank == layout.space.addresses.rank(number)
        assert place == port - (1 if number < V6 else 7)
    assert set(ports.tolist()) == {PORTS}


def test_a_few_ports_of_every_address_come_first():
    layout = layout_of()
    order = SynOrder(layout, 5, range(HOSTS * PORTS), sort=True)
    first = hosts_of(layout, order.part(0, HOSTS * QUESTIONS).tolist())
    assert sorted(first) == [host for host in range(HOSTS) for _ in range(QUESTIONS)]


def test_who_lives_goes_before_all_that_is_not_taken_and_silence_comes_last():
    layout = layout_of()
    size = HOSTS * PORTS
    order = SynOrder(layout, 5, range(size), sort=True)
    before = whole(order, size)
    order.sort(90, living({3, 8}), 2, 1.0)
    after = whole(order, size)
    assert after[:90] == before[:90]
    left = [index for index in before[90:] if hosts_of(layout, [index])[0] in {3, 8}]
    assert sorted(after[90 : 90 + len(left)]) == sorted(left)
    assert after[90 + len(left) :] == [index for index in before[90:] if index not in set(left)]
    # The ports of both stand mixed: neither gets all of its own at once.
    half = hosts_of(layout, after[90 : 90 + len(left) // 2])
    assert 0.25 < half.count(3) / len(half) < 0.75
    order.sort(95, living({3, 8, 30}), 3, 2.0)
    assert set(hosts_of(layout, whole(order, size)[95 : 95 + 2 * PORTS])) <= {3, 8, 30}


def test_hosts_that_show_up_at_nearly_the_same_time_are_taken_together():
    layout = layout_of()
    size = HOSTS * PORTS
    order = SynOrder(layout, 5, range(size), sort=True)
    order.sort(0, living({3}), 1, 1.0)
    once = whole(order, size)
    order.sort(0, living({3, 4}), 2, 1.1)
    assert whole(order, size) == once
    order.sort(0, living({3, 4}), 2, 1.3)
    assert set(hosts_of(layout, whole(order, size)[: 2 * PORTS])) == {3, 4}


@given(st.lists(st.tuples(st.integers(0, 60), st.sets(st.integers(0, HOSTS - 1)))), st.booleans(), st.integers(0, 99))
def test_whatever_lives_whenever_each_endpoint_stands_at_one_position(steps, sort, seed):
    layout = layout_of()
    shard = range(300, 1_900)
    order = SynOrder(layout, seed, shard, sort=sort)
    meant = sorted(SynOrder(layout, seed, shard, sort=False).part(0, len(shard)).tolist())
    cursor, hosts, now_s, taken = 0, set(), 0.0, []
    for count, more in steps:
        hosts |= more
        now_s += 1.0
        order.sort(cursor, living(hosts), len(hosts), now_s)
        part = order.part(cursor, min(count, len(shard) - cursor)).tolist()
        positions = np.arange(cursor, cursor + len(part), dtype=np.uint64)
        assert order.of(positions).tolist() == part
        cursor += len(part)
        taken += part
    assert taken + order.part(cursor, len(shard) - cursor).tolist() == whole(order, len(shard))
    assert sorted(whole(order, len(shard))) == meant


@pytest.mark.parametrize(("hosts", "ports", "sort"), [(HOSTS, 15, True), (HOSTS, PORTS, False)])
def test_few_ports_a_host_and_a_run_that_can_be_resumed_keep_the_permutation(hosts, ports, sort):
    layout = layout_of(hosts, ports)
    size = hosts * ports
    order = SynOrder(layout, 5, range(size), sort=sort)
    order.sort(0, living({1, 2}), 2, 9.0)
    assert whole(order, size) == SynOrder(layout, 5, range(size), sort=False).part(0, size).tolist()


def test_one_host_has_nobody_to_go_before():
    layout = Layout(Space([Block(Intervals([(V4_FIRST + 9, V4_FIRST + 9)]), PortSet.of(range(1, 101)))]))
    plain = SynOrder(layout, 5, range(100), sort=False)
    assert whole(SynOrder(layout, 5, range(100), sort=True), 100) == whole(plain, 100)


def test_the_parts_of_many_positions_are_the_whole():
    layout = layout_of(hosts=200)
    order = SynOrder(layout, 3, range(10_000), sort=False)
    parts = [part.tolist() for part in order.parts(100, 9_000)]
    assert len(parts) > 1
    assert [index for part in parts for index in part] == order.part(100, 9_000).tolist()
