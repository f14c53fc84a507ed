"""Times that count for nobody: this process did not run, or the network was gone.

What was asked then is asked again.
"""

import time
from collections import deque
from collections.abc import Callable

STALL_S = 2.0
"""A pause between two beats that no busy loop explains: the process was stopped, or the machine slept."""
BEAT_S = 0.25
_MOST = 64


def running_s() -> float:
    """Return seconds that go on while the machine sleeps, where the system has such a clock (time(7))."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Gaps:
    """The windows of time in which silence meant nothing."""

    def __init__(self, now: Callable[[], float] = running_s) -> None:
        self.now = now
        self._beat_s = now()
        self._windows: deque[tuple[float, float]] = deque(maxlen=_MOST)

    def beat(self) -> bool:
        """Note that the process runs; returns whether it had not for a while."""
        last_s, self._beat_s = self._beat_s, self.now()
        stalled = self._beat_s - last_s > STALL_S
        if stalled:
            self.note(last_s, self._beat_s)
        return stalled

    def note(self, from_s: float, to_s: float) -> None:
        """Add a window."""
        self._windows.append((from_s, to_s))

    def touched(self, from_s: float, to_s: float) -> bool:
        """Tell whether a time span lies in a window, if only in part."""
        return any(from_s <= end_s and to_s >= begin_s for begin_s, end_s in self._windows)
