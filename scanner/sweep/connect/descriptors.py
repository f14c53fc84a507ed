"""How many sockets a sweep may hold open at once on this machine."""

import resource

from scanner.core.errors import SetupError
from scanner.core.rates import POLITE_RATE
from scanner.sweep.pace import PATIENCE_S

RESERVED = 64
"""Descriptors left for the interpreter, the event loop, files and name resolution."""
FOR_PROBES = 512
"""Descriptors left for the probes that run while the sweep goes on, where there are enough."""
MOST_IN_FLIGHT = round(POLITE_RATE * (PATIENCE_S + 0.5))
"""As many as start at that rate while the first one waits, and half a second's more."""
_WANTED_DESCRIPTORS = MOST_IN_FLIGHT + RESERVED + FOR_PROBES


def descriptors() -> int:
    """Return how many descriptors this process may open, after raising the soft limit towards the hard one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return _WANTED_DESCRIPTORS
    wanted = _WANTED_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _WANTED_DESCRIPTORS)
    if soft >= wanted:
        return soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):  # macOS refuses more than OPEN_MAX whatever the hard limit says
        return soft
    return wanted


def most_in_flight(wanted: int | None, limit: int) -> int:
    """Return how many attempts may be open at once with `limit` descriptors; raises SetupError below 8."""
    for_probes = min(FOR_PROBES, limit // 4)
    room = limit - RESERVED - for_probes if limit >= 2 * RESERVED else (limit - 24) // 2
    if room < 8:
        raise SetupError(f"only {limit} file descriptors are allowed; raise the limit with `ulimit -n 1024`")
    return min(room, MOST_IN_FLIGHT) if wanted is None else min(room, max(1, wanted))
