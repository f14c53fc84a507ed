import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from scanner.core.intervals import Intervals
from scanner.core.plan import Shard
from scanner.core.ports import PortSet
from scanner.core.space import Block, Space
from scanner.sweep.connect import rounds as rounds_module
from scanner.sweep.connect.first_pass import QUESTIONS
from scanner.sweep.connect.order import Order
from scanner.sweep.connect.rounds import Rounds
from scanner.sweep.connect.rtt import Hosts
from scanner.targets.permutation import PermutedOrder


def make(addresses: int, ports: int, *, retries: int = 1, seed: int = 1, **more) -> tuple[Rounds, Hosts, list[int]]:
    space = Space([Block(Intervals([(0, addresses - 1)]), PortSet.of(range(1, ports + 1)))])
    hosts = Hosts(addresses, details=True)
    believed: list[int] = []
    order = Order(space, PermutedOrder(space.size, seed, Shard()))
    rounds = Rounds(order, hosts, retries=retries, seed=seed, settle_silent=believed.append, **more)
    return rounds, hosts, believed


def play(rounds: Rounds, hosts: Hosts, answers, chance: random.Random) -> tuple[Counter, Counter, list]:
    """Run the rounds against a network; returns attempts and final states by position, and the order of attempts."""
    attempts: Counter = Counter()
    settled: Counter = Counter()
    order = []
    while not rounds.over:
        attempt, slots = rounds.draw(chance.randrange(1, 40), idle=True)
        for slot in slots:
            attempts[slot.position] += 1
            order.append((attempt, slot))
            if answers(attempt, slot):
                hosts.meet(slot.address)
                settled[slot.position] += 1
            else:
                settled[slot.position] += rounds.silent(attempt, slot)
    return attempts, settled, order


@given(seed=st.integers(0, 500), retries=st.integers(0, 3), thorough=st.booleans())
def test_every_endpoint_is_settled_once_and_gets_the_attempts_that_it_deserves(seed, retries, thorough):
    chance = random.Random(seed)
    rounds, hosts, believed = make(20, 12, retries=retries, seed=seed, thorough=thorough)
    living = set(chance.sample(range(20), 8))
    answering = {(address, port) for address in living for port in range(1, 13) if chance.random() < 0.4}
    alive = {address for address, _ in answering}
    tried, settled, order = play(rounds, hosts, lambda _attempt, slot: (slot.address, slot.key) in answering, chance)
    settled.update(believed)
    assert settled == Counter(range(240))
    for _, slot in order:
        silent = (slot.address, slot.key) not in answering
        again = silent and (slot.address in alive or thorough)
        assert tried[slot.position] == 1 + retries * again


def test_a_port_that_answers_at_the_second_attempt_only_is_found():
    rounds, hosts, believed = make(5, 20)
    missed = {(address, 7) for address in range(5)}
    answers = lambda attempt, slot: attempt == 2 or (slot.address, slot.key) not in missed  # noqa: E731
    tried, settled, _ = play(rounds, hosts, answers, random.Random(1))
    assert settled == Counter(range(100))
    assert believed == []
    assert sum(tried.values()) == 105


def test_the_second_attempt_comes_in_another_order():
    rounds, hosts, _ = make(4, 50)
    _, _, order = play(rounds, hosts, lambda attempt, slot: slot.key == 1 or attempt == 2, random.Random(1))
    first = [slot.position for attempt, slot in order if attempt == 1]
    second = [slot.position for attempt, slot in order if attempt == 2]
    assert len(second) > 150
    assert second != [position for position in first if position in set(second)]
    assert sorted(second) != second


def test_hosts_that_never_answer_come_last():
    rounds, hosts, _ = make(30, 40)
    living = set(range(0, 30, 3))
    _, _, order = play(rounds, hosts, lambda _attempt, slot: slot.address in living, random.Random(1))
    silent = [place for place, (_, slot) in enumerate(order) if slot.address not in living]
    last_living = max(place for place, (_, slot) in enumerate(order) if slot.address in living)
    before = [place for place in silent if place < last_living]
    # A batch may be drawn before its hosts are known to live.
    assert len(before) <= 20 * QUESTIONS + 40
    assert len(silent) == 20 * 40


def test_no_more_than_a_window_is_remembered(monkeypatch):
    monkeypatch.setattr(rounds_module, "WINDOW", 100)
    rounds, hosts, believed = make(200, 20)
    chance = random.Random(1)
    settled: Counter = Counter()
    while not rounds.over:
        attempt, slots = rounds.draw(16, idle=True)
        for slot in slots:
            if slot.address < 20 and slot.key < 3:
                hosts.meet(slot.address)
                settled[slot.position] += 1
            else:
                settled[slot.position] += rounds.silent(attempt, slot)
        held = (
            len(rounds._unsure) + len(rounds._quiet) + len(rounds._first_pass) + sum(map(len, rounds._later.values()))
        )
        assert held <= 3 * (100 + 16)
    settled.update(believed)
    assert settled == Counter(range(4_000))
    assert chance is not None


class Resolver:
    """Knows every neighbour only after it was asked about."""

    def __init__(self) -> None:
        self.known: set[int] = set()

    def unknown(self, address: int) -> bool:
        return address not in self.known


def test_endpoints_wait_for_their_neighbour_to_be_resolved():
    resolver = Resolver()
    rounds, _, _ = make(3, 4, neighbours=resolver)
    assert rounds.draw(100, idle=True) == (1, [])
    assert not rounds.over
    resolver.known.add(1)
    slots = rounds.resolved(1)
    assert sorted(slot.key for slot in slots) == [1, 2, 3, 4]
    assert {slot.address for slot in slots} == {1}
    rounds.resolved(0)
    rounds.resolved(2)
    assert rounds.over


def test_an_unreliable_network_earns_every_silent_port_another_attempt():
    rounds, hosts, believed = make(10, 3)
    answering = {(address, port) for address in range(10) for port in (1, 2, 3)}
    tries: Counter = Counter()

    def answers(attempt, slot):
        tries[slot.position] += 1
        if len(tries) == 30:
            rounds.insist()
        return tries[slot.position] >= 3 and (slot.address, slot.key) in answering

    _, settled, _ = play(rounds, hosts, answers, random.Random(1))
    assert settled == Counter(range(30))
    assert set(tries.values()) == {3}
    assert believed == []


def test_what_was_silent_before_anybody_answered_gets_another_attempt_on_whichever_host():
    rounds, _, believed = make(4, 1)
    _, slots = rounds.draw(9, idle=False)
    assert not any(rounds.silent(1, slot) for slot in slots)
    rounds.doubt()
    attempt, again = rounds.draw(9, idle=True)
    assert (attempt, sorted(again)) == (2, sorted(slots))
    assert believed == []
