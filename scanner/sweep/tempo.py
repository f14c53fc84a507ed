"""How fast and how patient a sweep is, worked out from what the user asked for."""

import math

from scanner.core.plan import Pace
from scanner.sweep.pace import Governor
from scanner.sweep.rtt import PATIENCE_S

DEFAULT_RATE = 3_000.0
FIRST_RATE = 750.0
BLIND_RATE = 1_000.0
"""The most while nothing has answered yet."""
HOST_RATE = 1_000.0
"""The most for one host, unless the user named a rate."""


def patience(pace: Pace) -> tuple[float, int]:
    """Return how long to wait for an answer in seconds, and how many more looks a silent port gets.

    Together they leave room for three SYNs: in one long look, or in several short ones.
    """
    patience_s = PATIENCE_S if pace.timeout_s is None else pace.timeout_s
    if pace.retries is not None:
        return patience_s, pace.retries
    return patience_s, 2 if patience_s < 1.0 else 1


def make_governor(pace: Pace, now_s: float, *, local: bool) -> Governor | None:
    """Return what finds the rate; None when the user wants no limit at all. `local` is for this machine alone."""
    if pace.rate is not None:
        return None if math.isinf(pace.rate) else Governor(pace.rate, pace.rate, pace.rate, now_s)
    if local:
        return Governor(DEFAULT_RATE, DEFAULT_RATE, DEFAULT_RATE, now_s)
    return Governor(DEFAULT_RATE, FIRST_RATE, BLIND_RATE, now_s)
