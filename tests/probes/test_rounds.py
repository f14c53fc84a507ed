from dataclasses import replace
from ipaddress import ip_address

import pytest

from scanner.core.address import to_number
from scanner.core.endpoint import Endpoint
from scanner.core.event import PortEvent, PortState
from scanner.core.facts import Access, Facts
from scanner.core.observation import Observation
from scanner.core.ports import Transport
from scanner.core.problem import Problem, ProblemKind
from scanner.core.unheard import Unheard
from scanner.probes.gaps import Gaps
from scanner.probes.rounds import FEW, Due, Rounds, better
from tests.probes.test_gaps import Hands

HERE = ip_address("127.0.0.1")


def due(place, unheard=Unheard.TIMED_OUT, *, asked_s=0.0, mute=False, facts=None):
    event = PortEvent(to_number(HERE), place, Transport.TCP, PortState.OPEN, None)
    endpoint = Endpoint(HERE, place)
    seen = Observation(endpoint=endpoint, unheard=unheard, mute=mute, facts=facts, connections=1)
    return Due(place, event, endpoint, None, asked_s, asked_s + 1, seen)


class Peers:
    """Who answers from which patience on; takes the account of who was asked."""

    def __init__(self, answers_from, clock=None):
        self.answers_from = answers_from
        self.clock = clock or Hands()
        self.gaps = Gaps(self.clock)
        self.rounds = []
        self.waits = 0
        self.there = True

    async def ready(self, _due):
        self.waits += 1
        return self.there

    async def ask(self, again, factor):
        self.rounds.append((factor, sorted(one.place for one in again)))
        return [self.told(one, factor) for one in again]

    def told(self, one, factor):
        heard = factor >= self.answers_from.get(one.place, 1.0)
        now_s = self.clock.now_s
        facts = Facts(access=Access.DATA) if heard else None
        seen = replace(one.seen, unheard=None if heard else Unheard.TIMED_OUT, facts=facts)
        return one._replace(seen=seen, asked_s=now_s, over_s=now_s)

    async def run(self, *asked):
        ended = await Rounds(self.gaps, self.ready).run(asked, self.ask)
        return {one.place: one.seen.unheard for one in ended}


async def test_who_is_late_is_asked_with_three_times_and_then_with_ten_times_the_patience():
    peers = Peers({1: 3.0, 2: 10.0, 3: 30.0})
    assert await peers.run(due(1), due(2), due(3)) == {1: None, 2: None, 3: Unheard.TIMED_OUT}
    assert peers.rounds == [(3.0, [1, 2, 3]), (10.0, [2, 3])]
    assert peers.waits == 2


@pytest.mark.parametrize("reason", [None, Unheard.MALFORMED, Unheard.NOT_ASKED])
async def test_who_was_heard_or_talks_nonsense_is_not_asked_again(reason):
    peers = Peers({})
    assert await peers.run(due(1, reason)) == {1: reason}
    assert peers.rounds == []


async def test_only_a_few_are_worth_ten_times_the_patience_and_those_who_said_a_word_come_first():
    peers = Peers(dict.fromkeys(range(2 * FEW), 30.0))
    await peers.run(*(due(place, mute=place < FEW) for place in range(2 * FEW)))
    assert peers.rounds[1] == (10.0, list(range(FEW, 2 * FEW)))


async def test_what_was_asked_while_the_process_stood_still_is_asked_again_whatever_it_seemed_to_say():
    peers = Peers({})
    peers.gaps.note(50, 90)
    assert await peers.run(due(1, None, asked_s=60), due(2, None, asked_s=95), due(3, asked_s=60)) == dict.fromkeys(
        (1, 2, 3)
    )
    assert peers.rounds == [(3.0, [1, 3])]


async def test_what_was_only_ever_asked_during_an_outage_is_not_heard():
    peers = Peers({1: 30.0})
    peers.gaps.note(50, 1_000)
    assert await peers.run(due(1, None, asked_s=60)) == {1: Unheard.TIMED_OUT}
    assert len(peers.rounds) > 2


async def test_an_endpoint_that_nobody_gets_to_again_is_no_clean_one():
    peers = Peers({})
    peers.gaps.note(50, 1_000)

    async def nobody(again, factor):
        return []

    ended = await Rounds(peers.gaps, peers.ready).run([due(1, None, asked_s=60)], nobody)
    assert [one.seen.unheard for one in ended] == [Unheard.LOCAL_FAULT]


def test_the_later_word_counts_unless_it_says_less():
    problem = Problem(ProblemKind.PROBE_CRASHED, "x", "y")
    first = replace(due(1, facts=Facts(access=Access.UNKNOWN)).seen, problems=(problem,))
    second = due(1).seen
    assert better(first, second).facts is first.facts
    assert better(second, first).facts is first.facts
    assert better(second, first).problems == (problem,)
    assert better(second, first).connections == 2
    cut_short = replace(second, unheard=Unheard.NOT_ASKED)
    assert better(second, cut_short).unheard is Unheard.TIMED_OUT


def test_a_product_that_hangs_up_when_asked_again_was_not_heard_out():
    known = replace(due(1, facts=Facts(access=Access.UNKNOWN)).seen, unheard=Unheard.CUT_OFF)
    assert better(known, replace(known, facts=None, unheard=None)).unheard is Unheard.CUT_OFF


async def test_where_the_network_is_gone_nobody_is_asked_again_and_nothing_counts_as_heard():
    peers = Peers({})
    peers.there = False
    peers.gaps.note(50, 1_000)
    assert await peers.run(due(1), due(2, None, asked_s=60)) == {1: Unheard.TIMED_OUT, 2: Unheard.LOCAL_FAULT}
    assert peers.rounds == []
