"""When silence means nothing; most of it is told by the canary of the connect engine (connect/test_canary.py)."""

import pytest

from scanner.sweep.outages import CANARY_EVERY_S, MISSES, Outages, lies_in


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
