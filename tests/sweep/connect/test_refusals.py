"""Ports that refused are closed only as long as those that are open do not refuse too."""

import pytest

from scanner.sweep.connect.canary import Canary
from scanner.sweep.connect.order import Slot
from scanner.sweep.connect.refusals import Refusals
from scanner.sweep.connect.results import Results
from scanner.sweep.outages import MISSES, MOST_REJECTIONS
from tests.sweep.connect.test_attempts import FIRST
from tests.sweep.jobs import make_job, make_plan

PORT = Slot(5, FIRST + 5, 80)


@pytest.fixture
def made():
    job = make_job(make_plan("10.0.0.0/24", [80]))
    job.tally.planned = 256
    canary, repeated = Canary(0.0), []
    refusals = Refusals(canary, Results(job, None), lambda attempt, slot: repeated.append((attempt, slot.position)))
    return canary, refusals, job.tally, repeated


def guard(canary):
    canary.answered(0.0)
    for number in range(3):
        canary.remember(Slot(number, FIRST + number, 80), is_open=True)
    canary.accepted(1.0)


def ask(canary, now_s, *, refused):
    while canary.slot_to_ask(now_s, idle=False) is None:
        now_s += 0.5
    canary.finished(now_s, now_s, answered=True, refused=refused)
    return now_s


def test_where_nothing_is_known_to_be_open_a_refusal_is_final(made):
    _, refusals, tally, _ = made
    refusals.take(1, [PORT], 1.0, 1.1)
    assert (tally.closed, len(refusals)) == (1, 0)


@pytest.mark.parametrize("attempt", [1, 2])
def test_a_refusal_waits_until_a_port_that_is_open_has_accepted(made, attempt):
    canary, refusals, tally, repeated = made
    guard(canary)
    tally.filtered = attempt - 1
    refusals.take(attempt, [PORT], 2.0, 2.1)
    refusals.decide()
    assert (tally.closed, len(refusals)) == (0, 1)
    ask(canary, 3.0, refused=False)
    refusals.decide()
    assert (tally.closed, tally.filtered, len(refusals), repeated) == (1, 0, 0, [])


def test_what_was_refused_while_open_ports_were_refused_is_asked_again_and_unscanned_in_the_end(made):
    canary, refusals, tally, repeated = made
    guard(canary)
    now_s = 2.0
    for _ in range(MOST_REJECTIONS + 1):
        refusals.take(1, [PORT], now_s + 0.1, now_s + 0.2)
        for _ in range(MISSES):
            now_s = ask(canary, now_s, refused=True)
            refusals.decide()
            assert len(refusals) == 1
        now_s = ask(canary, now_s, refused=False)
        refusals.decide()
        assert not refusals
    assert repeated == [(1, 5)] * MOST_REJECTIONS
    (line,) = tally.unscanned_list
    assert "refused" in line
    assert tally.closed == 0


def test_where_ports_that_had_been_open_refused_for_good_no_refusal_counts_until_two_are_found_open(made):
    canary, refusals, tally, _ = made
    guard(canary)
    now_s = 2.0
    while not canary.turned_away:
        now_s = ask(canary, now_s, refused=True)
    refusals.take(1, [PORT], now_s, now_s + 0.1)
    assert (tally.closed, len(tally.unscanned_list)) == (0, 1)
    guard(canary)
    refusals.take(1, [PORT], now_s + 1.0, now_s + 1.1)
    assert len(refusals) == 1


@pytest.mark.parametrize("paused", [True, False])
def test_a_run_that_ends_early_settles_what_nothing_speaks_against(made, paused):
    canary, refusals, tally, _ = made
    guard(canary)
    refusals.take(1, [PORT], 2.0, 2.1)
    now_s = 3.0
    for _ in range(MISSES if paused else 0):
        now_s = ask(canary, now_s, refused=True)
    refusals.abandon()
    assert (tally.closed, len(tally.unscanned_list)) == ((0, 1) if paused else (1, 0))


def test_many_refusals_are_confirmed_at_once(made):
    canary, refusals, _, _ = made
    guard(canary)
    refusals.take(1, [PORT] * 4_096, 2.0, 2.1)
    assert refusals.many


def test_what_is_refused_around_one_standstill_after_the_other_is_closed_in_the_end(made):
    canary, refusals, tally, repeated = made
    guard(canary)
    now_s = 2.0
    for _ in range(MOST_REJECTIONS + 1):
        refusals.take(1, [PORT], now_s + 0.1, now_s + 0.2)
        canary.blinked(now_s + 0.3, now_s + 0.9)
        now_s = ask(canary, now_s + 1.0, refused=False)
        refusals.decide()
        assert not refusals
    assert repeated == [(1, 5)] * MOST_REJECTIONS
    assert (tally.closed, tally.unscanned_list) == (1, [])
