"""Tries who was heard once more at the end: a port that accepts nothing any more may have been closed to us alone.

What was silent on such a host, or on a network of them, proves nothing: a ban comes in the middle of a run. It may
spare some ports, so every port that was heard anywhere is tried at some hosts.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from scanner.core.address import Address
from scanner.core.audit import Audit
from scanner.core.observation import Observation
from scanner.core.ports import Transport
from scanner.core.problem import Problem, ProblemKind
from scanner.core.scope import Scope
from scanner.net.connect_check import ConnectResult, connect_check

_MOST = 256
"""Ports that are tried: a ban hits all hosts alike, and a network is lost as a whole."""
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
    heard: defaultdict[Address, list[int]] = defaultdict(list)
    for one in observations:
        if one.endpoint.transport is Transport.TCP and one.unheard is None and one.decoy is None:
            heard[one.endpoint.address].append(one.endpoint.port)
    turn = asyncio.Semaphore(_AT_ONCE)
    chosen = _chosen(heard)
    async with asyncio.TaskGroup() as tries:
        asked = [(place, tries.create_task(_is_silent(*place, scope, turn, audit))) for place in chosen]
    silent = [place for place, task in asked if task.result()]
    if len(silent) > _MOST_NAMED:
        detail = f"{len(silent)} of {len(asked)} ports that were heard are silent now: {_WHY}"
        return (Problem(ProblemKind.HOST_FELL_SILENT, "network", detail),)
    return tuple(
        Problem(ProblemKind.HOST_FELL_SILENT, str(address), f"port {port} was heard and is silent now: {_WHY}")
        for address, port in silent
    )


def _chosen(heard: Mapping[Address, Sequence[int]]) -> list[tuple[Address, int]]:
    """Return at most _MOST ports, from all hosts alike: at each one that was chosen least, then further ones."""
    step = -(-len(heard) // _MOST) or 1
    left = {address: list(dict.fromkeys(heard[address])) for address in list(heard)[::step]}
    times: Counter[int] = Counter()
    chosen: list[tuple[Address, int]] = []
    while left and len(chosen) < _MOST:
        for address, ports in list(left.items())[: _MOST - len(chosen)]:
            port = min(ports, key=times.__getitem__)
            times[port] += 1
            chosen.append((address, port))
            ports.remove(port)
        left = {address: ports for address, ports in left.items() if ports}
    return chosen


async def _is_silent(address: Address, port: int, scope: Scope, turn: asyncio.Semaphore, audit: Audit | None) -> bool:
    async with turn:
        for _ in range(_TRIES):
            result = await connect_check(address, port, scope, _TIMEOUT_S, audit)
            if result in {ConnectResult.ACCEPTED, ConnectResult.REFUSED}:
                return False
    return True
