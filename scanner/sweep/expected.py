"""Endpoints that must be open: waited for before a run, and missed after it."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence

from scanner.core.address import to_address
from scanner.core.audit import Audit
from scanner.core.endpoint import Endpoint
from scanner.core.errors import first_of
from scanner.core.plan import Expected, Place, ScanPlan
from scanner.core.ports import Transport
from scanner.core.problem import Problem, ProblemKind
from scanner.core.scope import Scope
from scanner.net.clock import Clock
from scanner.net.connect_check import ConnectResult, connect_check
from scanner.sweep.engine import Tally

EVERY_S = 1.0
"""How often what did not accept is tried again."""
_PATIENCE_S = 3.0
_AT_ONCE = 64


async def wait_until_open(
    expected: Sequence[Expected],
    wait_s: float,
    scope: Scope,
    *,
    stop: asyncio.Event,
    clock: Clock,
    audit: Audit | None = None,
) -> None:
    """Return when each endpoint has accepted a TCP connection once, when `wait_s` seconds have passed, or on `stop`.

    A connection is closed again without a word. UDP endpoints are not waited for: silence proves nothing. Raises
    StoreError when the audit log can't be written any more.
    """
    end_s = clock.now_s() + wait_s
    missing = [one for one in expected if _streams(one)]
    turns = asyncio.Semaphore(_AT_ONCE)

    async def accepts(one: Expected) -> bool:
        async with turns:
            for number, port, _ in _streams(one):
                if stop.is_set() or clock.now_s() >= end_s:
                    return False
                patience_s = min(_PATIENCE_S, max(end_s - clock.now_s(), 0.1))
                result = await connect_check(to_address(number), port, scope, patience_s, audit)
                if result is ConnectResult.ACCEPTED:
                    return True
        return False

    while missing:
        try:
            async with asyncio.TaskGroup() as group:
                tries = [group.create_task(accepts(one)) for one in missing]
        except BaseExceptionGroup as crash:
            raise first_of(crash) from None
        missing = [one for one, tried in zip(missing, tries, strict=True) if not tried.result()]
        if not missing or stop.is_set() or clock.now_s() + EVERY_S > end_s:
            return
        await clock.sleep(EVERY_S)


def missed(plan: ScanPlan, tally: Tally, opened: Collection[Place]) -> Iterator[Problem]:
    """Yield a problem for each endpoint that had to be open and was not; `opened` are all that were found open.

    A part of a run knows only what refused it, and a UDP port is missed only when it refuses.
    """
    refused = set(tally.closed_list)
    for one in plan.expected:
        if any(place in opened for place in one.places):
            continue
        if all(map(_only_refusal_tells(plan), one.places)) and not all(
            _words(place) in refused for place in one.places
        ):
            continue
        why = "nothing accepts connections there, so it could not be looked at: is it up? --wait 60s waits for it"
        yield Problem(ProblemKind.EXPECTED_CLOSED, one.where, why)


def _only_refusal_tells(plan: ScanPlan) -> Callable[[Place], bool]:
    return lambda place: plan.shard.count > 1 or place[2] is Transport.UDP


def _streams(one: Expected) -> list[Place]:
    return [place for place in one.places if place[2] is Transport.TCP]


def _words(place: Place) -> str:
    number, port, transport = place
    return str(Endpoint(to_address(number), port, transport))
