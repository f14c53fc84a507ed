"""How many attempts may start now."""

import math


class Bucket:
    """A token bucket: at most `rate` tokens a second, and never more at once than a small part of a second's worth."""

    # A burst adds to what a second may carry: 1/50 s keeps any second within 2 % of the rate.
    _BURST_S = 0.02

    def __init__(self, rate: float, now_s: float) -> None:
        self._rate = rate
        self._tokens = 0.0
        self._filled_s = now_s

    @property
    def rate(self) -> float:
        """Tokens a second; infinity for no limit."""
        return self._rate

    def change(self, rate: float, now_s: float) -> None:
        """Go on at another rate."""
        self._fill(now_s)
        self._rate = rate

    def available(self, now_s: float) -> int:
        """Return how many tokens can be taken now."""
        if math.isinf(self._rate):
            return 1 << 30
        self._fill(now_s)
        return int(self._tokens)

    def take(self, count: int) -> None:
        """Take tokens that `available` has offered."""
        if not math.isinf(self._rate):
            self._tokens -= count

    def wait_s(self) -> float:
        """Return how long it takes until a useful number of tokens is there."""
        if math.isinf(self._rate):
            return 0.0
        wanted = max(1.0, self._rate * self._BURST_S / 2)
        return max(0.0, (wanted - self._tokens) / self._rate)

    def _fill(self, now_s: float) -> None:
        if math.isinf(self._rate):
            return
        most = max(1.0, self._rate * self._BURST_S)
        self._tokens = min(most, self._tokens + (now_s - self._filled_s) * self._rate)
        self._filled_s = now_s
