"""Builds sweeps by hand, the way the command line would."""

import asyncio
import ipaddress
from collections.abc import Iterable

from scanner.core.address import to_number
from scanner.core.event import PortEvent
from scanner.core.intervals import Intervals
from scanner.core.plan import Pace, ScanPlan, Shard
from scanner.core.ports import PortSet
from scanner.core.scope import Scope
from scanner.core.space import Block, Space
from scanner.net.channel import Channel
from scanner.sweep.engine import Engine, Sweep, Tally


def numbers_of(*networks: str) -> Intervals:
    """Return the addresses of networks; one with a %zone is a single address."""
    zoned = [to_number(ipaddress.ip_address(text.partition("/")[0])) for text in networks if "%" in text]
    nets = [ipaddress.ip_network(text) for text in networks if "%" not in text]
    spans = [(to_number(net[0]), to_number(net[-1])) for net in nets]
    return Intervals([*spans, *((number, number) for number in zoned)])


def make_plan(
    networks: Iterable[str] | str,
    tcp: Iterable[int] = (),
    udp: Iterable[int] = (),
    *,
    seed: int = 1,
    shard: tuple[int, int] = (1, 1),
    scope: Iterable[str] | None = None,
    **pace: float | None,
) -> ScanPlan:
    texts = [networks] if isinstance(networks, str) else list(networks)
    numbers = numbers_of(*texts)
    permitted = numbers if scope is None else numbers_of(*scope)
    return ScanPlan(
        targets=(),
        scope=Scope(permitted),
        space=Space([Block(numbers, PortSet.of(tcp, udp))]),
        seed=seed,
        pace=Pace(**{"rate": float("inf"), **pace}),
        shard=Shard(index=shard[0], count=shard[1]),
    )


def make_job(plan: ScanPlan, room: int = 1_000) -> Sweep:
    return Sweep(plan, Channel(room), Tally(), asyncio.Event())


async def run(engine: Engine, job: Sweep) -> list[PortEvent]:
    found: list[PortEvent] = []
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.sweep(job))
        async for batch in job.events:
            found += batch
    assert_balanced(job.tally)
    return found


def assert_balanced(tally: Tally) -> None:
    assert tally.planned == tally.settled + tally.unscanned
    assert all(problem.kind != "books-not-balanced" for problem in tally.problems)
    assert min(tally.open, tally.closed, tally.filtered, tally.unreachable, tally.unscanned) >= 0


def sweep(engine: Engine, plan: ScanPlan) -> tuple[list[PortEvent], Tally]:
    async def go() -> tuple[list[PortEvent], Tally]:
        job = make_job(plan)
        return await run(engine, job), job.tally

    return asyncio.run(go())
