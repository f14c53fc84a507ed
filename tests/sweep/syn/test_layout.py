import ipaddress

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.address import V4_FIRST, to_number
from scanner.core.intervals import Intervals
from scanner.core.ports import PortSet
from scanner.core.space import Block, Space
from scanner.sweep.syn.layout import NOT_PLANNED, Layout, Targets

V6 = to_number(ipaddress.IPv6Address("fd00::ffff:ffff:ffff:fff0"))
spans = st.lists(st.tuples(st.integers(0, 3_000), st.integers(0, 40)), min_size=1, max_size=5)
some_ports = st.sets(st.integers(0, 65_535), min_size=1, max_size=5)


def numbers(targets: Targets) -> list[int]:
    if targets.family == 4:
        return [V4_FIRST + address for address in targets.address.tolist()]
    return [high << 64 | low for high, low in targets.address.tolist()]


def blocks_of(v4, v6, ports, other_ports) -> Space:
    first = Intervals((V4_FIRST + start, V4_FIRST + start + length) for start, length in v4)
    second = Intervals((V6 + start, V6 + start + length) for start, length in v6)
    return Space([Block(first, PortSet.of(ports)), Block(second, PortSet.of(other_ports))])


@given(spans, spans, some_ports, some_ports)
def test_targets_are_what_the_space_says_and_go_back_to_their_index(v4, v6, ports, other_ports):
    space = blocks_of(v4, v6, ports, other_ports)
    layout = Layout(space)
    index = np.random.default_rng(1).permutation(space.size).astype(np.int64)
    seen = 0
    for targets in layout.targets(index):
        places = targets.index.tolist()
        seen += len(places)
        assert list(zip(numbers(targets), targets.port.tolist(), strict=True)) == [space.at(place) for place in places]
        if targets.family == 4:
            assert layout.index_v4(targets.address, targets.port).tolist() == places
        else:
            rows = zip(numbers(targets), targets.port.tolist(), strict=True)
            assert [layout.index_v6(number, port) for number, port in rows] == places
    assert seen == space.size


@given(spans, some_ports)
def test_a_single_block_of_many_spans_keeps_the_order(v4, ports):
    space = Space([Block(Intervals((V4_FIRST + a, V4_FIRST + a + n) for a, n in v4), PortSet.of(ports))])
    index = np.random.default_rng(2).permutation(space.size).astype(np.int64)
    (targets,) = Layout(space).targets(index)
    assert targets.index.tolist() == index.tolist()
    assert list(zip(numbers(targets), targets.port.tolist(), strict=True)) == [space.at(int(i)) for i in index]


def test_strangers_have_no_index():
    space = Space([Block(Intervals([(V4_FIRST + 10, V4_FIRST + 19)]), PortSet.of([80, 443]))])
    address = np.array([9, 10, 19, 20, 15, 15], np.uint32)
    port = np.array([80, 80, 443, 443, 81, 65_535], np.uint32)
    found = Layout(space).index_v4(address, port).tolist()
    assert found == [NOT_PLANNED, 0, 19, NOT_PLANNED, NOT_PLANNED, NOT_PLANNED]
    assert Layout(space).index_v6(V6, 80) == NOT_PLANNED


def test_the_low_half_of_an_ipv6_address_carries_into_the_high_one():
    space = Space([Block(Intervals([(V6, V6 + 32)]), PortSet.of([22]))])
    (targets,) = Layout(space).targets(np.arange(33, dtype=np.int64))
    assert numbers(targets) == list(range(V6, V6 + 33))
