import ipaddress

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.address import V4_FIRST, to_number
from scanner.core.intervals import Intervals
from scanner.core.ports import PortSet
from scanner.core.space import Block, Space
from scanner.sweep.kernel import Route
from scanner.sweep.syn.layout import Layout
from scanner.sweep.syn.routes import find_routes, no_way


class Table:
    """A routing table of our own: the longest prefix wins."""

    def __init__(self, networks):
        self.networks = sorted({ipaddress.ip_network(one, strict=False) for one in networks}, key=lambda n: n.prefixlen)

    def prefixes(self, family):
        return {(int(net[0]), int(net[-1])) for net in self.networks if net.version == family}

    def route(self, family, address, zone=0):
        place = ipaddress.ip_address(address)
        matching = [number for number, net in enumerate(self.networks, 1) if place in net]
        return Route(matching[-1] if matching else 0, bytes(4 if family == 4 else 16))


def routes_of(table: Table, addresses: Intervals):
    return find_routes(table, addresses)


@given(
    st.lists(st.tuples(st.integers(0, 1_023), st.integers(22, 32)), max_size=12),
    st.lists(st.tuples(st.integers(0, 1_000), st.integers(0, 60)), min_size=1, max_size=4),
)
def test_every_address_takes_the_longest_prefix(networks, spans):
    base = int(ipaddress.ip_address("10.0.0.0"))
    table = Table([(base + offset, length) for offset, length in networks])
    addresses = Intervals((V4_FIRST + base + start, V4_FIRST + base + start + length) for start, length in spans)
    routes = routes_of(table, addresses)
    assert sum(piece.last - piece.first + 1 for piece in routes.pieces) == addresses.size
    layout = Layout(Space([Block(addresses, PortSet.of([80]))]))
    for targets in layout.targets(np.arange(addresses.size, dtype=np.int64)):
        for address, place in zip(targets.address.tolist(), routes.of(targets).tolist(), strict=True):
            assert routes.pieces[place].route.interface == table.route(4, address.to_bytes(4)).interface


def test_both_families_and_their_edges():
    table = Table(["fd00::/120", "fd00::80/121", "10.0.0.0/25", "10.0.0.0/24"])
    v6, v4 = to_number(ipaddress.ip_address("fd00::")), to_number(ipaddress.ip_address("10.0.0.0"))
    addresses = Intervals([(v6, v6 + 255), (v4, v4 + 255)])
    routes = routes_of(table, addresses)
    assert [(piece.first, piece.last) for piece in routes.pieces] == [
        (v4, v4 + 127),
        (v4 + 128, v4 + 255),
        (v6, v6 + 127),
        (v6 + 128, v6 + 255),
    ]
    layout = Layout(Space([Block(addresses, PortSet.of([22]))]))
    for targets in layout.targets(np.arange(addresses.size, dtype=np.int64)):
        found = {routes.pieces[place].route.interface for place in routes.of(targets).tolist()}
        assert len(found) == 2


def test_own_addresses_are_local():
    class Own(Table):
        def route(self, family, address, zone=0):
            return Route(1, address, local=address[-1] == 1)

    place = to_number(ipaddress.ip_address("10.0.0.1"))
    routes = routes_of(Own(["10.0.0.1/32"]), Intervals([(place - 1, place + 5)]))
    assert routes.local == Intervals([(place, place)])


def test_only_a_target_that_is_its_own_next_hop_can_be_absent():
    assert no_way(Route(3, b"own")) is None
    assert no_way(Route(0, broadcast=True)) is None
    assert "no route" in str(no_way(Route(0)))
    assert "router" in str(no_way(Route(3, b"own", b"gate")))
