"""When silence means nothing; most of it is told by the canary of the connect engine (connect/test_canary.py)."""

import pytest

from scanner.core.outage import QUIETS_S, lies_in
from scanner.sweep.outages import CANARY_EVERY_S, MISSES, Outages


@pytest.mark.parametrize(
    ("sent_s", "over_s", "inside"), [(0, 1, False), (0, 2.5, True), (2.2, 2.4, True), (2.5, 9, True), (3, 9, False)]
)
def test_whatever_touches_an_outage_lies_in_it(sent_s, over_s, inside):
    assert lies_in([(2.0, 3.0)], sent_s, over_s) is inside


def test_one_endpoint_of_each_host_is_kept_and_they_take_turns():
    outages: Outages[str] = Outages(0.0)
    for address, place in ((1, "a"), (1, "b"), (2, "c")):
        outages.keep(address, place)
    asked = []
    for number in range(1, 5):
        now_s = 10.0 * number
        asked.append(outages.to_ask(now_s, urgent=False))
        outages.finished(now_s, now_s, answered=True)
    assert asked == ["c", "a", "c", "a"]


def test_while_a_canary_is_under_way_or_missed_nothing_is_decided():
    outages: Outages[str] = Outages(0.0)
    outages.keep(1, "a")
    outages.answered(0.0)
    now_s = CANARY_EVERY_S
    for _ in range(MISSES):
        assert not outages.paused
        while outages.to_ask(now_s, urgent=False) is None:
            now_s += 0.5
        assert outages.undecided
        outages.finished(now_s, now_s, answered=False)
        assert outages.undecided
    assert outages.paused


def test_answers_that_are_known_to_be_lost_make_an_outage():
    outages: Outages[str] = Outages(0.0)
    outages.lost(1.0, 2.0)
    assert outages.in_window(1.5, 1.6)
    assert not outages.is_doubtful(2.5, 2.6)
    outages.stalled(2.0, 3.0)
    assert outages.is_doubtful(2.5, 2.6)
    assert not outages.in_window(2.5, 2.6)


def guarding(*opens: int) -> Outages[str]:
    outages: Outages[str] = Outages(0.0)
    outages.answered(0.0)
    for number in opens:
        outages.keep(number, f"open {number}", is_open=True)
    return outages


def ask(outages: Outages[str], now_s: float, *, refused: bool) -> tuple[float, str]:
    while (asked := outages.to_ask(now_s, urgent=False)) is None:
        now_s += 0.5
    outages.finished(now_s, now_s, answered=True, refused=refused)
    return now_s, asked


def test_refusals_are_trusted_when_a_port_that_is_open_has_accepted_since():
    outages = guarding(1, 2)
    outages.accepted(1.0)
    outages.refused(2.0)
    assert not outages.trusts(2.0)
    now_s, asked = ask(outages, 3.0, refused=False)
    assert asked.startswith("open")
    assert outages.trusts(2.0)
    assert not outages.is_turned(0.0, now_s)


def test_where_no_two_ports_are_known_to_be_open_a_refusal_is_believed():
    outages = guarding(1)
    outages.keep(2, "closed")
    outages.refused(2.0)
    assert outages.trusts(2.0)


def test_what_was_refused_while_all_that_was_open_refused_too_is_no_refusal():
    outages = guarding(1, 2, 3)
    outages.answered(1.0)
    outages.accepted(1.0)
    outages.refused(2.0)
    now_s = 2.0
    for _ in range(MISSES):
        assert not outages.paused
        now_s, asked = ask(outages, now_s, refused=True)
        assert asked.startswith("open")
    assert outages.paused
    ask(outages, now_s, refused=False)
    assert not outages.paused
    assert outages.is_turned(1.5, 2.0)
    assert not outages.is_turned(0.2, 0.8)


def test_a_service_that_ended_is_told_by_the_others():
    outages = guarding(1, 2)
    outages.accepted(1.0)
    outages.refused(2.0)
    now_s, ended = ask(outages, 3.0, refused=True)
    now_s, other = ask(outages, now_s, refused=False)
    assert ended != other
    assert not outages.paused
    assert not outages.guards


def test_whoever_refuses_for_good_has_turned_us_away():
    outages = guarding(1, 2, 3)
    outages.refused(1.0)
    now_s = 1.0
    while not outages.silenced:
        now_s, _ = ask(outages, now_s, refused=True)
    assert outages.gone
    assert outages.turned_away
    assert now_s < sum(QUIETS_S) + 10


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        ([(1, "a", False), (1, "b", True)], ["b"]),
        ([(1, "a", True), (1, "b", True), (1, "c", True)], ["a", "b"]),
        ([(1, "a", True), (1, "a", True)], ["a"]),
        ([(1, "a", True), (2, "b", True), (1, "c", True), (2, "d", False)], ["a", "b"]),
        ([*((n, str(n), False) for n in range(9)), (9, "open", True)], ["1", "2", "3", "4", "5", "6", "7", "open"]),
    ],
)
def test_open_ports_are_kept_before_others(kept, expected):
    outages: Outages[str] = Outages(0.0)
    for address, place, is_open in kept:
        outages.keep(address, place, is_open=is_open)
    assert [known.place for known in outages._known] == expected


def test_after_many_refusals_a_canary_is_asked_sooner():
    outages = guarding(1, 2)
    outages.answered(5.0)
    outages.accepted(5.0)
    outages.refused(5.1)
    assert outages.to_ask(6.0, urgent=False) is None
    outages.refused(5.2, 100)
    assert outages.to_ask(6.0, urgent=False)


def test_a_port_of_which_is_told_late_does_not_make_refusals_fewer():
    outages = guarding(1, 2)
    outages.answered(5.0)
    outages.accepted(5.0)
    outages.refused(5.2, 100)
    outages.accepted(4.9)
    assert outages.to_ask(6.0, urgent=False)
