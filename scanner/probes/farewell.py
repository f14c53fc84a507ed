"""Tries every host that was heard once more at the end: one that accepts nothing any more may have blocked us.

What was silent on such a host, or on a network of them, proves nothing: a ban comes in the middle of a run.
"""

import asyncio
from collections.abc import Sequence

from scanner.core.address import Address
from scanner.core.audit import Audit
from scanner.core.observation import Observation
from scanner.core.ports import Transport
from scanner.core.problem import Problem, ProblemKind
from scanner.core.scope import Scope
from scanner.net.connect_check import ConnectResult, connect_check

_MOST_HOSTS = 256
"""Hosts that are tried: a ban hits all alike, and a network is lost as a whole."""
_AT_ONCE = 64
_TIMEOUT_S = 4.0
"""Room for the kernel's SYNs at 0, 1 and 3 s."""
_TRIES = 2
_MOST_NAMED = 8
_WHY = "gone, or we were blocked; what was silent may be open, so scan again with a lower --rate"


async def fell_silent(
    observations: Sequence[Observation], scope: Scope, audit: Audit | None = None
) -> tuple[Problem, ...]:
    """Return a problem for each host that was heard and is silent now; a refusal is an answer."""
    ports: dict[Address, int] = {}
    for one in observations:
        if one.endpoint.transport is Transport.TCP and one.unheard is None and one.decoy is None:
            ports.setdefault(one.endpoint.address, one.endpoint.port)
    turn = asyncio.Semaphore(_AT_ONCE)
    chosen = _spread(list(ports.items()))
    async with asyncio.TaskGroup() as tries:
        asked = [(place, tries.create_task(_is_silent(*place, scope, turn, audit))) for place in chosen]
    silent = [place for place, task in asked if task.result()]
    if len(silent) > _MOST_NAMED:
        detail = f"{len(silent)} of {len(asked)} hosts that were heard are silent now: {_WHY}"
        return (Problem(ProblemKind.HOST_FELL_SILENT, "network", detail),)
    return tuple(
        Problem(ProblemKind.HOST_FELL_SILENT, str(address), f"port {port} was heard and is silent now: {_WHY}")
        for address, port in silent
    )


def _spread(places: list[tuple[Address, int]]) -> list[tuple[Address, int]]:
    """Return at most _MOST_HOSTS of them, from everywhere."""
    step = -(-len(places) // _MOST_HOSTS) or 1
    return places[::step]


async def _is_silent(address: Address, port: int, scope: Scope, turn: asyncio.Semaphore, audit: Audit | None) -> bool:
    async with turn:
        for _ in range(_TRIES):
            result = await connect_check(address, port, scope, _TIMEOUT_S, audit)
            if result in {ConnectResult.ACCEPTED, ConnectResult.REFUSED}:
                return False
    return True
