"""This machine's own shortages while it asks: out of descriptors, buffers or local ports means wait and try again."""

import asyncio
import resource
from collections.abc import Awaitable, Callable
from typing import TypeVar

from scanner.core.errors import Crowded
from scanner.net.budget import Budget

T = TypeVar("T")

LONGEST_S = 30.0
"""How long to wait for others to give back what is missing, in seconds."""
_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 0.4
_MOST_FOR_PROBES = 512
_PER_WORKER = 2
"""Descriptors that one conversation holds at once: a connection, and the next one."""
_FEWEST = 4


def fitting_workers(most: int) -> int:
    """Return how many endpoints may be asked at once: a quarter of the descriptor limit, two for each.

    The sweep raises the soft limit towards the hard one and leaves a quarter of that (scanner.sweep.connect).
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        return most
    return max(_FEWEST, min(most, min(_MOST_FOR_PROBES, hard // 4) // _PER_WORKER))


async def when_there_is_room(attempt: Callable[[], Awaitable[T]], budget: Budget) -> T:
    """Return what an attempt does once this machine can make it; the wait is not the peer's, so its budget grows.

    Raises Crowded after half a minute, and whatever else the attempt raises.
    """
    pause_s, waited_s = _FIRST_PAUSE_S, 0.0
    while True:
        try:
            return await attempt()
        except Crowded:
            if waited_s >= LONGEST_S:
                raise
        await asyncio.sleep(pause_s)
        waited_s += pause_s
        budget.deadline_s += pause_s
        pause_s = min(_LONGEST_PAUSE_S, 2 * pause_s)
