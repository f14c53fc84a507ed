"""A token bucket: a rate that no second exceeds."""

import math
from collections.abc import Callable

BURST_S = 0.04
"""A bucket holds this much of a second's tokens, so no second carries more than 4 % above the rate."""


class Bucket:
    """A token bucket."""

    def __init__(self, rate: float, now_s: float) -> None:
        """Take tokens a second (infinity for no limit) and the time."""
        self.rate = rate
        self._tokens = 0.0
        self._filled_s = now_s

    def change(self, rate: float, now_s: float) -> None:
        """Go on at another rate."""
        self.available(now_s)
        self.rate = rate

    def available(self, now_s: float) -> int:
        """Return how many tokens can be taken now."""
        if math.isinf(self.rate):
            return 1 << 30
        most = max(1.0, self.rate * BURST_S)
        self._tokens = min(most, self._tokens + (now_s - self._filled_s) * self.rate)
        self._filled_s = now_s
        return int(self._tokens)

    def take(self, count: int) -> None:
        """Take tokens that `available` has offered."""
        if not math.isinf(self.rate):
            self._tokens -= count

    def wait_s(self) -> float:
        """Return how long it takes until a useful number of tokens is there."""
        if math.isinf(self.rate):
            return 0.0
        wanted = max(1.0, self.rate * BURST_S / 4)
        return max(0.0, (wanted - self._tokens) / self.rate)


class SharedBucket(Bucket):
    """A bucket whose rate somebody else sets while the run goes on: its share of a ceiling for several machines."""

    _LEAST = 1e-6
    """Attempts a second that a share of nothing stands for: none in a week."""

    def __init__(self, share: Callable[[], float], now_s: float) -> None:
        """Take what returns the share of this moment, in attempts a second."""
        super().__init__(max(share(), self._LEAST), now_s)
        self._share = share

    def available(self, now_s: float) -> int:
        """Return how many tokens can be taken now; none while the share is nothing."""
        share = self._share()
        if share <= 0.0:
            self._tokens = 0.0
            share = self._LEAST
        if share != self.rate:
            super().available(now_s)
            self.rate = share
        return super().available(now_s)
