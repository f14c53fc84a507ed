from collections import Counter

import numpy as np

from scanner.core.address import V4_FIRST
from scanner.core.event import PortState
from scanner.core.intervals import Intervals
from scanner.core.ports import PortSet
from scanner.core.space import Block, Space
from scanner.sweep.engine import MOST_CLOSED_LINES, Tally
from scanner.sweep.loss import ENOUGH
from scanner.sweep.outages import Outages
from scanner.sweep.syn.layout import Layout
from scanner.sweep.syn.parse import Answers, Said
from scanner.sweep.syn.results import Results

FIRST_PORT = 60_000
BASE = 0x0A000000
SPACE = Space([Block(Intervals([(V4_FIRST + BASE, V4_FIRST + BASE + 255)]), PortSet.of([80, 81]))])


def make(planned=512, **more):
    tally = Tally(planned=planned)
    return tally, Results(Layout(SPACE), tally, FIRST_PORT, Outages(0.0), **more)


def answers(*rows, source_port=FIRST_PORT):
    """Rows are (last octet, port, what was said)."""
    count = len(rows)
    return Answers(
        4,
        np.array([BASE + last for last, _, _ in rows], dtype=np.uint32),
        np.array([port for _, port, _ in rows], dtype=np.uint32),
        np.full(count, source_port, np.uint32),
        np.array([said for *_, said in rows], dtype=np.uint8),
        np.ones(count, np.uint32),
    )


def index(*rows):
    return Layout(SPACE).index_v4(
        np.array([BASE + last for last, _ in rows], dtype=np.uint32), np.array([p for _, p in rows], dtype=np.uint32)
    )


def test_an_endpoint_counts_once_however_often_it_answers():
    tally, results = make()
    found = results.note(answers((1, 80, Said.OPEN), (1, 80, Said.OPEN), (1, 81, Said.CLOSED)), 0.1)
    assert [(event.address - V4_FIRST - BASE, event.port) for event in found] == [(1, 80)]
    assert results.note(answers((1, 80, Said.CLOSED), (1, 81, Said.CLOSED)), 0.2) == []
    assert (tally.open, tally.closed, tally.hosts_alive, results.duplicates) == (1, 1, 1, 3)
    assert tally.alive == {V4_FIRST + BASE + 1}
    assert tally.closed_list == ["10.0.0.1:81"]


def test_a_genuine_answer_for_what_was_never_planned_finds_nothing():
    tally, results = make()
    assert results.note(answers((1, 443, Said.OPEN)), 0.1) == []
    assert (tally.open, results.strays) == (0, 1)


def test_unreachable_is_taken_back_when_the_port_answers_after_all():
    tally, results = make()
    results.note(answers((1, 80, Said.UNREACHABLE), (1, 80, Said.UNREACHABLE), (2, 80, Said.UNREACHABLE)), 0.1)
    assert (tally.unreachable, tally.hosts_alive) == (2, 0)
    results.note(answers((1, 80, Said.OPEN)), 0.2)
    assert (tally.open, tally.unreachable) == (1, 1)
    results.note(answers((1, 80, Said.UNREACHABLE)), 0.3)
    assert tally.unreachable == 1


def test_a_prohibition_proves_no_state():
    tally, results = make()
    results.note(answers((1, 80, Said.PROHIBITED)), 0.1)
    assert (tally.open, tally.closed, tally.unreachable) == (0, 0, 0)
    assert not results.has_state(index((1, 80)))[0]


def test_closed_ports_are_not_named_when_they_may_be_many():
    tally, results = make(planned=MOST_CLOSED_LINES + 1)
    results.note(answers((1, 80, Said.CLOSED)), 0.1)
    assert (tally.closed, tally.closed_list) == (1, [])


def test_states_of_endpoints_that_were_asked_to_the_end():
    _, results = make(keep_met=True)
    results.note(answers((1, 80, Said.OPEN), (2, 80, Said.CLOSED), (3, 80, Said.UNREACHABLE)), 0.1)
    results.cut_off(index((4, 80)))
    states = results.states(index((1, 80), (2, 80), (3, 80), (4, 80), (5, 80)))
    assert states == Counter({PortState.OPEN: 1, PortState.CLOSED: 1, PortState.UNREACHABLE: 2, PortState.FILTERED: 1})


def test_answers_to_a_later_round_are_signs_of_loss():
    _, results = make()
    results.round_starts(0, 0.0)
    results.round_ends(0, 0.1)
    results.note(answers(*((last, 80, Said.CLOSED) for last in range(ENOUGH))), 0.12)
    assert results.loss.share == 0.0
    results.round_starts(1, 1.0)
    results.note(answers(*((last, 81, Said.CLOSED) for last in range(ENOUGH)), source_port=FIRST_PORT + 1), 1.1)
    assert results.loss.share == 0.5


def test_what_was_given_up_is_named_with_its_reason():
    tally, results = make()
    results.give_up(index((7, 81)), "was not asked")
    assert tally.unscanned_list == ["10.0.0.7:81 was not asked"]


def test_hosts_that_an_earlier_part_met_are_counted_once():
    tally, results = make(keep_met=True)
    results.met([V4_FIRST + BASE + 1, V4_FIRST + BASE + 2])
    results.note(answers((1, 80, Said.OPEN), (3, 80, Said.CLOSED)), 0.1)
    assert tally.hosts_alive == len(tally.alive) == 3
    assert (results.newly_met(), results.newly_met()) == ([V4_FIRST + BASE + 3], [])


def test_what_this_machine_could_not_send_is_unscanned_in_the_end():
    tally, results = make()
    for _ in range(2):
        results.cut_off(index((1, 80), (2, 80)), why="was not asked: no route")
    results.cut_off(index((3, 80)))
    results.leave_lost()
    assert (tally.unreachable, tally.unscanned, results.lost) == (1, 2, 2)
    assert tally.unscanned_list == ["10.0.0.1:80 was not asked: no route", "10.0.0.2:80 was not asked: no route"]
    assert [problem.kind for problem in tally.problems] == ["local-error"]


def test_what_refused_while_everything_refused_us_is_no_longer_closed():
    tally, results = make()
    results.note(answers((1, 80, Said.OPEN), (2, 80, Said.CLOSED), (3, 80, Said.CLOSED)), 0.1)
    results.take_back(index((1, 80), (2, 80)))
    assert (tally.open, tally.closed, tally.closed_list) == (1, 1, ["10.0.0.3:80"])
    results.note(answers((2, 80, Said.OPEN)), 9.1)
    assert (tally.open, tally.closed, tally.hosts_alive) == (2, 1, 3)


def test_what_fell_into_an_outage_is_unscanned_even_if_a_router_called_it_unreachable():
    tally, results = make()
    results.note(answers((1, 80, Said.OPEN), (2, 80, Said.UNREACHABLE)), 0.1)
    results.doubt(index((1, 80), (2, 80), (3, 80)), "silent in an outage")
    assert (tally.open, tally.unreachable, tally.unscanned) == (1, 0, 2)
    assert tally.unscanned_list == ["10.0.0.2:80 silent in an outage", "10.0.0.3:80 silent in an outage"]
    results.note(answers((2, 80, Said.UNREACHABLE)), 0.2)
    assert tally.unreachable == 1


def test_whoever_answered_the_first_question_is_kept_as_a_canary_and_others_only_where_there_is_none():
    outages = Outages(0.0)
    results = Results(Layout(SPACE), Tally(planned=512), FIRST_PORT, outages)
    results.round_starts(0, 0.0)
    results.round_starts(1, 1.0)
    results.note(answers((1, 80, Said.OPEN), source_port=FIRST_PORT + 1), 1.1)
    results.note(answers((2, 80, Said.CLOSED), source_port=FIRST_PORT + 1), 1.1)
    results.note(answers((3, 80, Said.CLOSED), (3, 81, Said.CLOSED)), 0.1)
    assert [known.address - V4_FIRST - BASE for known in outages._known] == [1, 3]
    assert outages.proof_s == 1.0
