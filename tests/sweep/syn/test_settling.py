"""When a slice that was asked to the end is settled, and when it is asked again."""

import numpy as np
import pytest

from scanner.sweep.engine import Tally
from scanner.sweep.outages import MOST_REJECTIONS, Outages
from scanner.sweep.syn.layout import Layout
from scanner.sweep.syn.results import Results
from scanner.sweep.syn.schedule import Schedule, Slice
from scanner.sweep.syn.settling import Settling
from scanner.sweep.syn.syn_order import SynOrder
from tests.sweep.jobs import make_plan

ROUNDS = [(1.0, 2.0), (2.0, 4.0), (4.0, 7.0)]


@pytest.fixture
def made():
    plan = make_plan("10.0.0.0/28", [80])
    outages: Outages[int] = Outages(0.0)
    tally, schedule = Tally(planned=16), Schedule(16, 16)
    layout = Layout(plan.space)
    results = Results(layout, tally, 60_000, outages)
    order = SynOrder(layout, plan.seed, range(16), sort=False)
    return outages, schedule, tally, Settling(outages, schedule, results, order, tally)


def over(schedule, *, silent=16, **fields):
    piece = Slice(0, 0, 16, silent=silent, times=list(ROUNDS), **fields)
    schedule._cursor = 16
    schedule.over.append(piece)
    return piece


def test_silence_waits_until_somebody_who_was_asked_later_has_answered(made):
    outages, schedule, _, settling = made
    outages.keep(1, 3)
    outages.answered(0.5)
    over(schedule)
    for proof_s, settled in ((6.9, 0), (7.0, 16)):
        outages.answered(proof_s)
        settling.decide()
        assert schedule.settled == settled


def test_where_all_have_answered_nothing_is_waited_for(made):
    _, schedule, _, settling = made
    over(schedule, silent=0)
    settling.decide()
    assert schedule.finished


@pytest.mark.parametrize(("outage", "rounds"), [((0.5, 1.5), 1), ((1.5, 3.0), 2), ((0.0, 9.0), 3)])
def test_as_many_rounds_are_asked_again_as_an_outage_has_touched(made, outage, rounds):
    outages, schedule, _, settling = made
    outages.answered(0.0)
    outages.lost(*outage)
    piece = over(schedule)
    settling.decide()
    assert (schedule.settled, piece.rounds, piece.repeats, list(schedule._again)) == (0, rounds, 1, [piece])


@pytest.mark.parametrize(("first_s", "again"), [(7.5, True), (4.5, True), (3.0, False)])
def test_what_was_all_asked_before_the_first_answer_is_asked_again(made, first_s, again):
    outages, schedule, _, settling = made
    over(schedule)
    schedule._cursor = 0
    settling.decide()
    assert not schedule.settled
    outages.answered(first_s)
    settling.decide()
    assert bool(schedule._again) is again


def test_where_nobody_ever_answers_silence_is_believed_once_all_was_asked(made):
    outages, schedule, _, settling = made
    over(schedule)
    settling.decide()
    assert not outages.unproven
    assert schedule.finished


def test_what_fell_into_an_outage_each_time_is_unscanned(made):
    outages, schedule, tally, settling = made
    outages.answered(0.0)
    outages.lost(0.0, 9.0)
    over(schedule, repeats=MOST_REJECTIONS)
    settling.decide()
    assert (schedule.settled, tally.unscanned, len(tally.unscanned_list)) == (0, 16, 16)
    assert schedule.finished


def test_a_stopped_run_leaves_unscanned_what_is_not_settled(made):
    _, schedule, tally, settling = made
    piece = Slice(0, 0, 10, silent=10, times=list(ROUNDS))
    schedule._cursor = 10
    schedule.over.append(piece)
    settling.leave()
    assert tally.unscanned == 16
    assert sum("ended before the answer" in line for line in tally.unscanned_list) == 10


def test_what_was_refused_while_open_ports_refused_too_is_asked_again_and_not_closed(made):
    outages, schedule, tally, settling = made
    for number in range(2):
        outages.keep(number, number, is_open=True)
    outages.answered(0.0)
    outages.refused(1.5)
    piece = over(schedule, silent=0)
    settling._results.answered.add(np.arange(16))
    tally.closed = 16
    settling.decide()
    assert not schedule.settled
    for now_s, refused in ((8.0, True), (9.0, False)):
        assert outages.to_ask(now_s, urgent=True) is not None
        outages.finished(now_s, now_s, answered=True, refused=refused)
    settling.decide()
    assert (schedule.settled, tally.closed, list(schedule._again), piece.rounds) == (0, 0, [piece], 3)
