"""The asking stage: a queue of open endpoints, and workers that take from it."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeAlias

from scanner.core.address import to_address
from scanner.core.endpoint import Endpoint
from scanner.core.event import PortEvent
from scanner.core.observation import Observation
from scanner.core.plan import ScanPlan
from scanner.core.unheard import Unheard
from scanner.net.channel import Channel
from scanner.net.clock import Clock
from scanner.net.reverse import ReverseNames
from scanner.probes.live import Live
from scanner.probes.runner import Runner
from scanner.sweep.engine import Batch

WORKERS = 200
"""Endpoints asked at once; one that hangs costs its own deadline and one of these."""
PER_HOST = 4
"""Endpoints of one address asked at once."""
KEEP_EVERY_S = 1.0
"""How often a run that can be resumed stores what the probes said, in seconds."""
GRACE_S = 3.0
"""How long probes under way may finish after the first Ctrl-C, in seconds."""

_CUT_SHORT = "asked, but the run was interrupted before it answered"
_SAYS_TLS = {"https": True, "http": False}

Keep: TypeAlias = Callable[[Sequence[tuple[PortEvent, Observation]]], None]
"""Stores what was learned of some open ports; called from a thread, one call at a time."""


class Asking:
    """Asks about every port that the sweep finds open, and leaves what was learned in `live.observations`."""

    def __init__(
        self, plan: ScanPlan, runner: Runner, live: Live, names: ReverseNames, *, keep: Keep | None = None
    ) -> None:
        self._plan = plan
        self._runner = runner
        self._live = live
        self._names = names
        self._keep = keep
        self._unkept: list[tuple[PortEvent, Observation]] = []
        self._keeping = asyncio.Lock()
        self._queue: Channel[PortEvent] = Channel(WORKERS * 2)
        self._hosts: dict[int, asyncio.Semaphore] = {}
        self._limits: set[asyncio.Timeout] = set()

    def start(self, work: asyncio.TaskGroup, events: Channel[Batch]) -> None:
        """Start the queue and its workers in a stage's task group."""
        work.create_task(self._queue_up(events))
        for _ in range(WORKERS):
            work.create_task(self._work())

    async def keep_now_and_then(self, clock: Clock) -> None:
        """Store what was learned every second: a run that is killed asks no more than that again."""
        while self._keep is not None:
            await clock.sleep(KEEP_EVERY_S)
            await self.keep()

    async def keep(self) -> None:
        """Store what was learned since the last time."""
        if self._keep is None:
            return
        async with self._keeping:
            unkept, self._unkept = self._unkept, []
            if unkept:
                await asyncio.to_thread(self._keep, unkept)

    async def end_early(self) -> None:
        """Once the run is stopped, give the probes under way their grace and no more."""
        await self._live.stop.wait()
        for limit in self._limits:
            limit.reschedule(asyncio.get_running_loop().time() + GRACE_S)

    async def _queue_up(self, events: Channel[Batch]) -> None:
        async for batch in events:
            for event in batch:
                self._live.waiting += 1
                await self._queue.put(event)
        self._queue.close()

    async def _work(self) -> None:
        async for event in self._queue:
            self._names.want(to_address(event.address))
            async with self._hosts.setdefault(event.address, asyncio.Semaphore(PER_HOST)):
                seen, finished = await self._observe(*_endpoint(event, self._plan))
            self._live.observations.append(seen)
            if finished and self._keep is not None:
                self._unkept.append((event, seen))
            self._live.waiting -= 1

    async def _observe(self, endpoint: Endpoint, tls: bool | None) -> tuple[Observation, bool]:
        """Look at one endpoint; the flag tells whether it need not be asked again."""
        if self._live.stop.is_set():
            return _not_asked(endpoint, "not asked: the run was interrupted"), False
        limit = asyncio.timeout(None)
        try:
            async with limit:
                self._limits.add(limit)
                return await self._runner.look(endpoint, tls=tls), True
        except TimeoutError:
            return _not_asked(endpoint, _CUT_SHORT), False
        finally:
            self._limits.discard(limit)


def _not_asked(endpoint: Endpoint, why: str) -> Observation:
    return Observation(endpoint=endpoint, unheard=Unheard.NOT_ASKED, note=why)


def _endpoint(event: PortEvent, plan: ScanPlan) -> tuple[Endpoint, bool | None]:
    """Return what to look at, and whether the user's URL says that it speaks TLS; None without a URL."""
    target = plan.target_of(event.address, event.port)
    endpoint = Endpoint(
        to_address(event.address),
        event.port,
        event.transport,
        name=target.name if target else None,
        host=target.host if target else None,
        base_path=target.base_path if target else "",
    )
    return endpoint, _SAYS_TLS.get(target.scheme or "") if target else None
