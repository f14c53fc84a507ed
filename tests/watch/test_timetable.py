from itertools import pairwise

import pytest

from scanner.watch.timetable import run_again
from tests.watch.told import Wall

HOUR_S = 3_600.0


def watched(every_s, takes_s, hours, *, jitter_s=0.0, chance=0.0, asleep=(0.0, 0.0)):
    """Watch for some hours; return when each look began and ended, in hours. `asleep`: from then on, so long."""
    clock = Wall()
    start_s = clock.at_s
    looks = []
    asleep_from_s, asleep_s = (one * HOUR_S for one in asleep)

    def over():
        return clock.at_s - start_s >= hours * HOUR_S

    def look():
        began_s = clock.at_s
        clock.pass_s(takes_s(len(looks)))
        looks.append(((began_s - start_s) / HOUR_S, (clock.at_s - start_s) / HOUR_S))
        return over()

    def wait(seconds):
        nonlocal asleep_s
        clock.pass_s(seconds)
        if asleep_s and clock.at_s - start_s >= asleep_from_s:
            clock.pass_s(asleep_s)
            asleep_s = 0.0
        return over()

    run_again(look, wait, every_s=every_s, jitter_s=jitter_s, clock=clock, chance=lambda: chance)
    return looks


def test_a_day_of_looks_begins_every_six_hours():
    looks = watched(6 * HOUR_S, lambda _: 600.0, 24)
    assert [began for began, _ in looks] == [0, 6, 12, 18]


def test_no_two_looks_overlap_and_a_long_one_is_followed_at_once():
    looks = watched(HOUR_S, lambda number: 2.5 * HOUR_S if number == 1 else 60.0, 8)
    assert [began for began, _ in looks[:4]] == [0, 1, 3.5, 4.5]
    assert all(ended <= began for (_, ended), (began, _) in pairwise(looks))


def test_looks_that_were_slept_through_are_one():
    looks = watched(HOUR_S, lambda _: 60.0, 12, asleep=(1.5, 6.0))
    began = [round(one, 2) for one, _ in looks]
    assert began[:2] == [0, 1]
    assert 7.5 <= began[2] <= 7.6
    assert round(began[3] - began[2], 2) == 1


@pytest.mark.parametrize(("chance", "second"), [(0.0, 6.0), (0.5, 6.15), (1.0, 6.3)])
def test_a_look_is_put_off_by_no_more_than_the_jitter(chance, second):
    looks = watched(6 * HOUR_S, lambda _: 0.0, 8, jitter_s=0.3 * HOUR_S, chance=chance)
    assert looks[1][0] == pytest.approx(second)


@pytest.mark.parametrize("by_h", [-72, -5, -1, 5])
def test_a_clock_that_is_set_anew_puts_no_look_off_for_longer_than_a_period(by_h):
    """In true hours: looks every six, and the clock jumps after nine."""
    clock, true_s, began_h = Wall(), [0.0], []
    jumped = []

    def look():
        began_h.append(round(true_s[0] / HOUR_S, 2))
        return len(began_h) == 6

    def wait(seconds):
        true_s[0] += seconds
        clock.pass_s(seconds)
        if true_s[0] >= 9 * HOUR_S and not jumped:
            jumped.append(True)
            clock.pass_s(by_h * HOUR_S)
        return False

    run_again(look, wait, every_s=6 * HOUR_S, jitter_s=0.0, clock=clock)
    assert began_h[:2] == [0, 6]
    assert all(0 < later - earlier <= 9.01 for earlier, later in pairwise(began_h))
    assert [round(later - earlier, 2) for earlier, later in pairwise(began_h[2:])] == [6, 6, 6]


def test_a_look_that_was_interrupted_is_the_last():
    looks = []
    run_again(lambda: bool(looks.append(1)) or True, lambda _: False, every_s=1, jitter_s=0, clock=Wall())
    assert looks == [1]
