"""Tries who was heard once more at the end: a port that accepts nothing any more may have been closed to us alone.

What was silent on such a host, or on a network of them, proves nothing: a ban comes in the middle of a run. It may
spare some ports, so every port that was heard anywhere is tried at some hosts. A ban may also refuse: where all ports
of a host that were heard refuse now, what it had refused before proves as little.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from scanner.core.address import Address
from scanner.core.audit import Audit
from scanner.core.count import counted
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
_MOST_OF_ONE = 8
"""Ports of a host that are tried before it is said to refuse everything."""
_WHY = "gone, or we were blocked; what was silent may be open, so scan again with a lower --rate"
_REFUSED_WHY = "gone, or we were blocked; what was closed may be open, so scan again with a lower --rate"

_REFUSED = ConnectResult.REFUSED
_ANSWERS = {ConnectResult.ACCEPTED, ConnectResult.REFUSED}
Place: TypeAlias = tuple[Address, int]


async def fell_silent(
    observations: Sequence[Observation], scope: Scope, audit: Audit | None = None, *, closed: bool = False
) -> tuple[Problem, ...]:
    """Return a problem for each host that was heard and is silent now.

    Where ports were `closed`, a host that refuses on all that it was heard on is one too.
    """
    heard: defaultdict[Address, list[int]] = defaultdict(list)
    for one in observations:
        if one.endpoint.transport is Transport.TCP and one.unheard is None and one.decoy is None:
            heard[one.endpoint.address].append(one.endpoint.port)
    turn = asyncio.Semaphore(_AT_ONCE)
    chosen = _chosen(heard)
    async with asyncio.TaskGroup() as tries:
        asked = [(place, tries.create_task(_say(*place, scope, turn, audit))) for place in chosen]
    said = {place: task.result() for place, task in asked}
    silent = [place for place, result in said.items() if result not in _ANSWERS]
    refusing = await _refusing(heard, said, scope, turn, audit) if closed else []
    return (
        *_problems(silent, len(asked), "silent now", _WHY),
        *_problems(refusing, len(asked), "closed now", _REFUSED_WHY),
    )


def _problems(places: Sequence[Place], asked: int, what: str, why: str) -> tuple[Problem, ...]:
    if len(places) > _MOST_NAMED:
        detail = f"{len(places)} of {counted(asked, 'port')} that were heard are {what}: {why}"
        return (Problem(ProblemKind.HOST_FELL_SILENT, "network", detail),)
    return tuple(
        Problem(ProblemKind.HOST_FELL_SILENT, str(address), f"port {port} was heard and is {what}: {why}")
        for address, port in places
    )


async def _refusing(
    heard: Mapping[Address, Sequence[int]],
    said: Mapping[Place, ConnectResult],
    scope: Scope,
    turn: asyncio.Semaphore,
    audit: Audit | None,
) -> list[Place]:
    """Return one port of each host that refuses on all ports that it was heard on, as far as some of them tell."""
    refusing: dict[Address, int] = {}
    for address, port in said:
        if address.is_loopback or any(said.get((address, one), _REFUSED) is not _REFUSED for one in heard[address]):
            continue
        others = [one for one in dict.fromkeys(heard[address]) if (address, one) not in said]
        results = [await _say(address, one, scope, turn, audit) for one in others[:_MOST_OF_ONE]]
        if all(result is _REFUSED for result in results):
            refusing.setdefault(address, port)
    return list(refusing.items())


def _chosen(heard: Mapping[Address, Sequence[int]]) -> list[Place]:
    """Return at most _MOST ports, from all hosts alike: at each one that was chosen least, then further ones."""
    step = -(-len(heard) // _MOST) or 1
    left = {address: list(dict.fromkeys(heard[address])) for address in list(heard)[::step]}
    times: Counter[int] = Counter()
    chosen: list[Place] = []
    while left and len(chosen) < _MOST:
        for address, ports in list(left.items())[: _MOST - len(chosen)]:
            port = min(ports, key=times.__getitem__)
            times[port] += 1
            chosen.append((address, port))
            ports.remove(port)
        left = {address: ports for address, ports in left.items() if ports}
    return chosen


async def _say(
    address: Address, port: int, scope: Scope, turn: asyncio.Semaphore, audit: Audit | None
) -> ConnectResult:
    """Return what a port says; silence once is not believed."""
    async with turn:
        result = ConnectResult.UNKNOWN
        for _ in range(_TRIES):
            result = await connect_check(address, port, scope, _TIMEOUT_S, audit)
            if result in _ANSWERS:
                break
        return result
