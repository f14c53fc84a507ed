import errno

from scanner.core.intervals import Intervals
from scanner.sweep.connect.neighbours import MOST_UNRESOLVED, TRIES, Neighbours, find_neighbours
from scanner.sweep.kernel import Nud
from scanner.sweep.netlink import NetlinkError

ON_LINK = Intervals([(1_000, 1_999)])


class Kernel:
    """A neighbour table in which even addresses exist."""

    def __init__(self, room: int = 10_000) -> None:
        self.asked: list[int] = []
        self.room = room

    def ask(self, address: int) -> bool | None:
        if len(self.asked) >= self.room:
            return None
        self.asked.append(address)
        return True

    def table(self) -> dict[int, Nud]:
        return {address: Nud.FAILED if address % 2 else Nud.REACHABLE for address in self.asked}


def settle(neighbours: Neighbours) -> dict[int, bool]:
    found: dict[int, bool] = {}
    now_s = 0.0
    while neighbours.busy and now_s < 1_000:
        now_s += 0.2
        neighbours.ask(50, now_s)
        found |= {address: exists for address, exists, _ in neighbours.decide(now_s)}
    return found


def test_only_addresses_of_our_own_links_have_to_be_resolved():
    kernel = Kernel()
    neighbours = Neighbours(ON_LINK, kernel.ask, kernel.table)
    assert not neighbours.unknown(999)
    assert neighbours.unknown(1_000)
    assert neighbours.unknown(1_000)
    assert neighbours.unknown(1_001)
    assert settle(neighbours) == {1_000: True, 1_001: False}
    assert not neighbours.unknown(1_000)
    assert kernel.asked.count(1_000) == 1
    assert kernel.asked.count(1_001) == TRIES


def test_few_are_unresolved_at_once():
    kernel = Kernel()
    neighbours = Neighbours(ON_LINK, kernel.ask, dict)
    for address in range(1_000, 2_000):
        neighbours.unknown(address)
    for step in range(20):
        neighbours.ask(1_000, step * 0.01)
    assert len(kernel.asked) == MOST_UNRESOLVED


def test_an_address_that_the_kernel_says_nothing_of_is_left_to_the_connection_attempt():
    kernel = Kernel()
    neighbours = Neighbours(ON_LINK, kernel.ask, dict)
    neighbours.unknown(1_001)
    neighbours.ask(1, 0.0)
    assert list(neighbours.decide(1.0)) == []
    assert list(neighbours.decide(7.0)) == [(1_001, True, 0.0)]


def test_a_full_neighbour_table_costs_time_but_no_address():
    kernel = Kernel(room=3)
    neighbours = Neighbours(ON_LINK, kernel.ask, kernel.table)
    for address in range(1_000, 1_020, 2):
        neighbours.unknown(address)
    assert neighbours.ask(100, 0.0) == 3
    kernel.room = 10_000
    assert settle(neighbours) == dict.fromkeys(range(1_000, 1_020, 2), True)


def test_a_table_that_can_not_be_read_makes_no_address_absent():
    def refuse():
        raise NetlinkError(errno.EPERM, "Operation not permitted")

    kernel = Kernel()
    neighbours = Neighbours(ON_LINK, kernel.ask, refuse)
    assert neighbours.unknown(1_001)
    assert settle(neighbours) == {1_001: True}


def test_where_the_kernel_does_not_tell_its_links_nothing_is_resolved(monkeypatch):
    def refuse():
        raise NetlinkError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("scanner.sweep.kernel.attached", refuse)
    assert find_neighbours(ON_LINK) is None
    monkeypatch.setattr("scanner.sweep.kernel.attached", lambda: Intervals([(1_500, 9_999)]))
    found = find_neighbours(ON_LINK)
    assert found is not None
    assert found.unknown(1_500)
    assert not found.unknown(1_499)
