"""How many attempts may start now: token buckets, and which of them a plan's pace asks for."""

import math
from collections.abc import Callable

from scanner.core.plan import Pace
from scanner.core.rates import HOST_RATE, POLITE_RATE
from scanner.sweep.bucket import BURST_S, SharedBucket
from scanner.sweep.governor import Governor
from scanner.sweep.window import Window

FIRST_RATE = 750.0
BLIND_RATE = 1_000.0
"""The most while nothing has answered yet."""
_UNLIMITED = 1e9
FIRST_WINDOW, WIDEST_WINDOW = 64, 8_192
"""Questions on their way over one route: at first, and at most."""
PATIENCE_S = 3.5
"""Room for the kernel's SYNs at 0, 1 and 3 s (RFC 6298 section 2) and half a second for the last answer."""


class HostBuckets:
    """One small bucket for each host that has not answered yet; forgotten when it is full again."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._burst = max(1.0, rate * BURST_S)
        self._buckets: dict[int, tuple[float, float]] = {}

    def allowance(self, address: int, most: int, now_s: float) -> int:
        """Return how many tokens of a host can be taken now, at most that many."""
        return min(most, int(self._tokens(address, now_s)))

    def take(self, address: int, count: int, now_s: float) -> None:
        """Take tokens that `allowance` has offered."""
        if len(self._buckets) > 4_096:
            self._forget(now_s)
        self._buckets[address] = (self._tokens(address, now_s) - count, now_s)

    def _tokens(self, address: int, now_s: float) -> float:
        tokens, filled_s = self._buckets.get(address, (self._burst, now_s))
        return min(self._burst, tokens + (now_s - filled_s) * self._rate)

    def _forget(self, now_s: float) -> None:
        full_s = self._burst / self._rate
        self._buckets = {
            address: (tokens, filled_s)
            for address, (tokens, filled_s) in self._buckets.items()
            if now_s - filled_s < full_s
        }


def patience(pace: Pace) -> tuple[float, int]:
    """Return how long to wait for an answer in seconds, and how many more attempts a silent port gets.

    Together they leave room for three SYNs: in one long attempt, or in several short ones.
    """
    patience_s = PATIENCE_S if pace.timeout_s is None else pace.timeout_s
    if pace.retries is not None:
        return patience_s, pace.retries
    return patience_s, 2 if patience_s < 1.0 else 1


def ceiling(pace: Pace) -> float:
    """Return the most attempts a second of what finds no rate by itself: as the user said, else as a polite run."""
    return POLITE_RATE if pace.rate is None else pace.rate


def make_governor(
    pace: Pace, now_s: float, *, local: bool, share: Callable[[], float] | None = None, hosts: int | None = None
) -> Governor | None:
    """Return what finds the rate; None for no limit: on the user's word, and for this machine alone (`local`).

    `share` returns what this machine may send a second at this moment, where several keep one ceiling together.
    `hosts` is how many there are, for an engine that does not pace each by itself.
    """
    shared = None if share is None else SharedBucket(share, now_s)
    rate = pace.rate
    if rate is None and pace.polite and hosts is not None and hosts * HOST_RATE < POLITE_RATE:
        rate = hosts * HOST_RATE
    if rate is not None and not math.isinf(rate):
        return Governor(rate, rate, rate, now_s, shared=shared)
    if rate is None and pace.polite:
        return Governor(POLITE_RATE, POLITE_RATE if local else FIRST_RATE, BLIND_RATE, now_s, shared=shared)
    if local or rate is not None:
        return None if shared is None else Governor(_UNLIMITED, _UNLIMITED, _UNLIMITED, now_s, shared=shared)
    return Governor(math.inf, FIRST_RATE, BLIND_RATE, now_s, Window(FIRST_WINDOW, WIDEST_WINDOW), shared=shared)
