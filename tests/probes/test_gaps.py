import random

import pytest

from scanner.probes.gaps import STALL_S, Gaps


class Hands:
    def __init__(self):
        self.now_s = 100.0

    def __call__(self):
        return self.now_s


def test_a_process_that_runs_has_no_gaps():
    clock = Hands()
    gaps = Gaps(clock)
    for _ in range(100):
        clock.now_s += STALL_S / 2
        assert not gaps.beat()
    assert not gaps.touched(0, 1_000)


@pytest.mark.parametrize("stopped_s", [12.0, 40.0])
@pytest.mark.parametrize("seed", range(20))
def test_a_clock_that_jumps_leaves_a_gap_in_which_nothing_counts(stopped_s, seed):
    clock = Hands()
    gaps = Gaps(clock)
    clock.now_s += random.Random(seed).uniform(0, STALL_S)
    gaps.beat()
    began_s = clock.now_s
    clock.now_s += stopped_s
    assert gaps.beat()
    assert gaps.touched(began_s - 1, began_s)
    assert gaps.touched(clock.now_s, clock.now_s + 1)
    assert gaps.touched(began_s + 1, began_s + 2)
    assert not gaps.touched(began_s - 2, began_s - 1)
    assert not gaps.touched(clock.now_s + 0.1, clock.now_s + 1)
    assert not gaps.beat()
