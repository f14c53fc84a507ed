"""One chunk under way at a worker: scanned in this process while the server hears that it is being worked on."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from scanner.cluster import names
from scanner.cluster.connection import ServerLost, end_all
from scanner.cluster.exchange import Exchange, hold
from scanner.cluster.messages import Alive, Count
from scanner.cluster.names import Chunk
from scanner.cluster.rate_lease import SAFE, RateLease
from scanner.core.audit import Audit
from scanner.core.plan import ScanPlan, Shard
from scanner.core.report import ScanReport
from scanner.net.clock import Clock
from scanner.net.reverse import ReverseNames
from scanner.pipeline import scan
from scanner.probes.live import Live
from scanner.probes.registry import Registry
from scanner.probes.runner import Runner
from scanner.sweep.engines import make_engine
from scanner.targets.special import Reach

if TYPE_CHECKING:
    from nats.aio.msg import Msg

BEAT_S = 1.0
"""How often a worker says how far it is."""
_HOLDS = 4
"""How often in a lease the server is told that a chunk is being worked on."""


class Ending(Enum):
    """How the scan of a chunk came to its end."""

    WHOLE = auto()
    STOPPED = auto()
    """The coordinator wants no more of the run; what was seen until then is told."""
    LET_GO = auto()
    """This worker was stopped, or cut off from the server: somebody else does the chunk from the beginning."""


@dataclass(slots=True)
class ChunkScan:
    """What is needed to scan one chunk."""

    exchange: Exchange
    message: "Msg"
    chunk: Chunk
    count: int
    plan: ScanPlan
    """Of the whole run, with the worker's own scope and engine."""
    reaches: tuple[Reach, ...]
    """About which addresses' names the resolver is asked."""
    registry: Registry
    worker: str
    lease_s: float
    leaving: asyncio.Event
    """Set when the worker is to end."""
    rate: RateLease | None
    most: float | None
    """The most that this worker sends a second, whatever a run allows; None for no ceiling of its own."""
    audit: Audit | None = None
    clock: Clock = field(default_factory=Clock)
    live: Live = field(default_factory=Live)
    ending: Ending = Ending.WHOLE
    _held_s: float = 0.0

    @property
    def part(self) -> ScanPlan:
        """The plan of this chunk alone."""
        return replace(self.plan, shard=Shard(index=self.chunk.index, count=self.count))

    async def run(self) -> ScanReport:
        """Scan to an end; raises what scanner.pipeline.scan raises."""
        plan = self.part
        runner = Runner(self.registry.probes, plan.scope, identify=plan.identify, named=plan.services, audit=self.audit)
        engine = make_engine(plan.engine, self.registry.questions)
        self._held_s = self.clock.now_s()
        async with asyncio.TaskGroup() as group:
            beside = [group.create_task(one) for one in (self._beat(), self._leave(), self._heed())]
            try:
                return await scan(
                    plan,
                    engine,
                    runner,
                    live=self.live,
                    clock=self.clock,
                    names=ReverseNames(self.reaches, audit=self.audit),
                    audit=self.audit,
                    share=self._share(),
                )
            finally:
                await end_all(beside)

    def alive(self) -> Alive:
        """Return a sign of life with how far the chunk has come."""
        tally = self.live.tally
        count = Count(
            planned=tally.planned,
            open=tally.open,
            closed=tally.closed,
            filtered=tally.filtered,
            unreachable=tally.unreachable,
            hosts=tally.hosts_alive,
            asked=len(self.live.observations),
        )
        return Alive(self.worker, self.chunk.vantage, self.chunk, count)

    def _share(self) -> Callable[[], float] | None:
        rate, most = self.rate, self.most
        if rate is not None:
            return rate.share
        return None if most is None else lambda: most

    def _end(self, ending: Ending) -> None:
        if not self.live.stop.is_set():
            self.ending = ending
            self.live.stop.set()

    async def _beat(self) -> None:
        """Keep the chunk and the share of the rate until the server can't be reached for too long."""
        step_s = min(BEAT_S, self.lease_s / _HOLDS)
        while True:
            left_s = SAFE * self.lease_s - (self.clock.now_s() - self._held_s)
            if left_s <= 0:
                self._end(Ending.LET_GO)
            with suppress(ServerLost, TimeoutError):
                # A server that does not answer may take longer to be found out than the lease lasts.
                async with asyncio.timeout(max(step_s, left_s)):
                    await self._hold_when_due(step_s)
            await self.clock.sleep(step_s)

    async def _hold_when_due(self, step_s: float) -> None:
        asked_s = self.clock.now_s()
        if asked_s - self._held_s < self.lease_s / _HOLDS - step_s / 2:
            return
        if self.rate is not None:
            await self.rate.renew()
        await hold(self.message)
        if not await self.exchange.is_open(self.chunk.run):
            self._end(Ending.STOPPED)
        self._held_s = asked_s

    async def _leave(self) -> None:
        await self.leaving.wait()
        self._end(Ending.LET_GO)

    async def _heed(self) -> None:
        """Stop as soon as the coordinator says so."""
        try:
            stops = await self.exchange.hear(names.stop_subject(self.chunk.run))
        except ServerLost:
            return
        try:
            async for _ in stops.messages:
                self._end(Ending.STOPPED)
        finally:
            with suppress(Exception):
                await stops.unsubscribe()
