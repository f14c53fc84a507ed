from scanner.core.outage import QUIETS_S
from scanner.core.rates import HOST_RATE
from scanner.sweep.connect.canary import Held
from scanner.sweep.connect.host_pace import (
    AFTER_LOSS,
    AFTER_SILENCE,
    FIRST_WINDOW,
    LEAST_RATE,
    UNANSWERED,
    HostPace,
)
from scanner.sweep.connect.order import Slot

KNOWN = Slot(0, 100, 80)


def slots(first, count):
    return [Slot(position, 100, position) for position in range(first, first + count)]


def met(*, polite=False, answers=1):
    """A host that has answered some questions at second 10."""
    pace = HostPace(9.0, polite=polite)
    asked = [KNOWN, *slots(1, answers - 1)]
    pace.started(asked, 10.0)
    pace.answered(asked, 10.0, 10.01)
    return pace


def suspected(answers=200, silent=UNANSWERED):
    pace = met(answers=answers)
    pace.started(slots(1_000, silent), 10.1)
    assert pace.turn(10.4)
    return pace, pace.begin_check(10.4)


def test_a_host_may_be_asked_as_much_as_it_answers_and_a_polite_run_less():
    assert met(answers=100).allowance(10.02) == FIRST_WINDOW + 100
    assert met(polite=True, answers=100).allowance(10.5) <= HOST_RATE * 0.04


def test_silence_is_suspicious_only_after_many_questions_and_some_time():
    pace = met()
    pace.started(slots(1, UNANSWERED - 1), 10.1)
    assert not pace.turn(10.5)
    pace.started(slots(50, 1), 10.5)
    assert not pace.turn(10.6)
    assert pace.turn(10.8)


def test_a_check_asks_a_port_that_answers_and_some_that_did_not_and_nothing_else_is_sent():
    pace, asked = suspected()
    assert asked[0] == KNOWN
    assert {slot.position for slot in asked[1:]} < set(range(1_000, 1_000 + UNANSWERED))
    assert pace.checked
    assert pace.allowance(11.0) == 0


def test_an_answer_of_a_port_that_was_silent_means_loss_and_a_lower_rate():
    pace, asked = suspected()
    assert pace.check_answer(asked[1], 10.4, 10.5, answered=True) is False
    assert pace.limited
    second = 0
    for step in range(100):
        now_s = 10.5 + step / 100
        count = pace.allowance(now_s)
        pace.started(slots(5_000, count), now_s)
        second += count
    assert AFTER_LOSS * 200 * 0.9 < second <= AFTER_LOSS * 200 * 1.05


def test_silence_beside_an_answer_of_a_known_port_is_real_and_next_time_it_takes_longer_to_wonder():
    pace, asked = suspected()
    assert pace.check_answer(asked[0], 10.4, 10.41, answered=True) is None
    outcomes = [pace.check_answer(slot, 10.4, 11.3, answered=False) for slot in asked[1:]]
    assert outcomes == [None] * (len(asked) - 2) + [True]
    assert not pace.checked
    assert not pace.limited
    pace.started(slots(2_000, UNANSWERED), 11.4)
    assert not pace.turn(12.0)
    pace.started(slots(3_000, UNANSWERED), 12.0)
    assert pace.turn(12.4)


def test_a_host_that_answers_nothing_is_asked_ever_more_seldom_then_spared_and_its_silence_is_not_believed():
    pace, asked = suspected()
    now_s, rounds = 10.4, 0
    while now_s < 30.0:
        for slot in asked:
            pace.check_answer(slot, now_s, now_s + 0.9, answered=False)
        while not pace.due_check(now_s):
            now_s += 0.1
        asked, rounds = pace.begin_check(now_s), rounds + 1
    assert rounds < 8
    pace.check_answer(asked[0], now_s, now_s + 0.01, answered=True)
    for slot in asked[1:]:
        pace.check_answer(slot, now_s, now_s + 0.01, answered=True)
    assert not pace.checked
    assert Held(12.0, 11.0, 1, KNOWN, None).lies_in(pace.outages)
    assert not Held(now_s + 5.0, now_s + 4.0, 1, KNOWN, None).lies_in(pace.outages)
    assert pace.allowance(now_s + 10.0) <= AFTER_SILENCE * 200 * 0.04 + 1


def test_a_host_that_stays_away_is_gone():
    pace, asked = suspected()
    now_s = 10.4
    while now_s < 10.4 + sum(QUIETS_S) + 10.0 and not pace.gone:
        for slot in asked:
            pace.check_answer(slot, now_s, now_s + 0.9, answered=False)
        while not pace.gone and not pace.due_check(now_s):
            now_s += 0.1
        asked = pace.begin_check(now_s)
    assert pace.gone
    assert not pace.idle


def test_answers_that_come_late_lower_the_rate_too():
    pace = met(answers=40)
    late = slots(100, 10)
    pace.started(late, 10.02)
    pace.answered(late, 10.02, 11.05, late=True)
    pace.turn(11.1)
    assert pace.limited


def test_a_limited_host_gets_a_little_more_with_time_and_never_less_than_the_least():
    pace, asked = suspected(answers=1)
    pace.check_answer(asked[1], 10.4, 10.5, answered=True)
    assert pace.wait_s(10.5) <= 1 / LEAST_RATE
    before = pace.wait_s(10.5)
    for second in range(13, 60):
        pace.turn(float(second))
    assert pace.wait_s(60.0) <= before
