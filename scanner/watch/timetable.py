"""When to scan next: never two runs at once, and one run after a sleep, however many were missed."""

import random
from collections.abc import Callable
from datetime import datetime

from scanner.net.clock import Clock

_SLICE_S = 30.0
"""Longest wait at a time: the monotonic clock stands still while a laptop sleeps, the wall clock does not."""


def run_again(
    run: Callable[[], bool],
    wait: Callable[[float], bool],
    *,
    every_s: float,
    jitter_s: float,
    clock: Clock,
    chance: Callable[[], float] = random.random,
) -> None:
    """Run at once, then every so many seconds from begin to begin, until somebody wants to stop.

    `run` and `wait` (for some seconds) return whether that is so. A run that takes longer than `every_s` is followed
    by the next one at once. `jitter_s` is the most by which a run is put off, so that many machines with one timetable
    don't scan all at once.
    """
    due_s = _now_s(clock)
    while not run():
        due_s = max(due_s + every_s, _now_s(clock))
        late_s = jitter_s * chance()
        while (left_s := due_s + late_s - _now_s(clock)) > 0:
            # A clock that was set back must not make the watch wait until it has caught up.
            due_s = min(due_s, _now_s(clock) + every_s)
            if wait(min(left_s, _SLICE_S)):
                return
        # The runs that a machine slept through are one run, and the timetable begins anew with it.
        due_s = max(due_s, _now_s(clock) - jitter_s)


def _now_s(clock: Clock) -> float:
    return datetime.fromisoformat(clock.utc()).timestamp()
