"""The asking stage: a queue of open endpoints, and workers that take from it."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeAlias

from scanner.core.address import to_address
from scanner.core.endpoint import Endpoint
from scanner.core.event import PortEvent
from scanner.core.finding import Finding
from scanner.core.observation import Observation
from scanner.core.plan import ScanPlan
from scanner.core.report import EndpointRow
from scanner.core.unheard import Unheard
from scanner.net.channel import Channel
from scanner.net.clock import Clock
from scanner.net.pressure import fitting_workers
from scanner.net.reverse import ReverseNames
from scanner.probes.crowds import Crowds
from scanner.probes.gaps import BEAT_S, Gaps
from scanner.probes.lifeline import PAUSE_S, Lifeline
from scanner.probes.live import Live
from scanner.probes.places import Place, is_one_of_many, places_of
from scanner.probes.rounds import LEAST_S, Due, Rounds, is_open
from scanner.probes.runner import Runner
from scanner.probes.under_way import Marks, UnderWay
from scanner.sweep.engine import Batch

WORKERS = 200
"""Endpoints asked at once, where there are descriptors for so many; one that hangs costs its own deadline."""
_FEWEST = 4
"""Endpoints asked at once however often the network fell silent."""
PER_HOST = 4
"""Endpoints of one address asked at once."""
KEEP_EVERY_S = 0.1
"""How often a run that can be resumed stores what the probes said, in seconds."""
GRACE_S = 3.0
"""How long probes under way may finish after the first Ctrl-C, in seconds."""

_CUT_SHORT = "asked, but the run was interrupted before it answered"

Verdict: TypeAlias = tuple[EndpointRow, tuple[Finding, ...]]
"""What the rules say of one endpoint."""

Keep: TypeAlias = Callable[[Sequence[tuple[PortEvent, EndpointRow, tuple[Finding, ...]]]], None]
"""Stores the verdicts on some open ports; called from a thread, one call at a time."""

Hear: TypeAlias = Callable[[Verdict], None]


class Asking:
    """Asks about every port that the sweep finds open, and leaves what was learned in `live.observations`."""

    def __init__(
        self,
        plan: ScanPlan,
        runner: Runner,
        live: Live,
        names: ReverseNames,
        judge: Callable[[Observation], Verdict],
        *,
        keep: Keep | None = None,
        marks: Marks | None = None,
        hear: Hear | None = None,
    ) -> None:
        """Take the run's parts; `hear` is told at once what the rules say of each endpoint that was heard out."""
        self._judge = judge
        self._hear = hear
        self._plan = plan
        self._runner = runner
        self._live = live
        self._names = names
        self._keep = keep
        self._unkept: list[tuple[PortEvent, EndpointRow, tuple[Finding, ...]]] = []
        self._keeping = asyncio.Lock()
        self._under_way = UnderWay(marks)
        self._queue: Channel[tuple[PortEvent, Place]] = Channel(WORKERS * 2)
        self._hosts: dict[int, asyncio.Semaphore] = {}
        self._limits: set[asyncio.Timeout] = set()
        self._gaps = Gaps()
        self._began_s = self._gaps.now()
        self._lifeline = Lifeline(runner.is_there, self._gaps)
        self._due: list[Due] = []
        addresses = plan.space.addresses
        self._crowds = Crowds(lambda first, last: addresses.clip(first, last).size)
        self._heard_one = asyncio.Event()

    def start(self, work: asyncio.TaskGroup, events: Channel[Batch]) -> None:
        """Start the queue and its workers in a stage's task group."""
        work.create_task(self._queue_up(events))
        for number in range(fitting_workers(WORKERS)):
            work.create_task(self._work(number))

    async def keep_now_and_then(self, clock: Clock) -> None:
        """Store what was learned ten times a second: a run that is killed asks no more than that again."""
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
        await self._under_way.write()

    async def end_early(self) -> None:
        """Once the run is stopped, give the probes under way their grace and no more."""
        await self._live.stop.wait()
        self._lifeline.release()
        for limit in self._limits:
            limit.reschedule(asyncio.get_running_loop().time() + GRACE_S)

    async def watch(self) -> None:
        """Notice when this process did not run, or when nobody answers any more."""
        while True:
            for _ in range(round(PAUSE_S / BEAT_S)):
                await asyncio.sleep(BEAT_S)
                self._gaps.beat()
            if self._live.waiting:
                await self._lifeline.look()

    async def ask_late(self) -> None:
        """Once all have been asked, ask again whoever was late, or was asked when silence meant nothing."""
        self._gaps.beat()
        due, self._due = self._due, []
        for one in await Rounds(self._gaps, self._ready, self._runner.late_rounds).run(due, self._ask_again):
            self._live.observations[one.place] = one.seen
            self._settle(one)

    async def _ready(self, due: Sequence[Due]) -> bool:
        """Wait until this machine has a way to those whom it could not ask, and the network is there."""
        unasked = [one.endpoint.address for one in due if one.seen.unheard is Unheard.LOCAL_FAULT]
        await self._lifeline.way_to(unasked)
        return await self._lifeline.ready()

    @property
    def _at_once(self) -> int:
        """How many may be asked at once: a quarter after each outage, which may have been a ban for asking too fast."""
        return max(_FEWEST, fitting_workers(WORKERS) >> (2 * self._lifeline.outages))

    async def _ask_again(self, due: Sequence[Due], factor: float) -> list[Due]:
        """Ask endpoints once more, those that there is time for."""
        room = asyncio.Semaphore(self._at_once)
        last_start_s = self._gaps.now() + max(LEAST_S, self._gaps.now() - self._began_s)
        told: list[Due] = []

        async def again(one: Due) -> None:
            async with room:
                if self._gaps.now() < last_start_s and not self._live.stop.is_set():
                    told.append(await self._ask(one.place, one.event, one.endpoint, one.tls, factor))
            self._live.waiting -= 1

        self._live.waiting += len(due)
        async with asyncio.TaskGroup() as work:
            for one in due:
                work.create_task(again(one))
        return told

    async def _queue_up(self, events: Channel[Batch]) -> None:
        async for batch in events:
            for event in batch:
                places = places_of(event, self._plan)
                self._live.waiting += len(places)
                if is_one_of_many(event, self._plan) and self._crowds.holds(event):
                    continue
                for place in places:
                    await self._queue.put((event, place))
        self._crowds.all_known()
        self._queue_released()
        while self._crowds.under_way > 0:
            self._heard_one.clear()
            await self._heard_one.wait()
        unasked, count = self._crowds.aside()
        self._live.observations += unasked
        self._live.waiting -= count
        self._queue.close()

    def _queue_released(self) -> None:
        for event in self._crowds.released():
            for place in places_of(event, self._plan):
                self._queue.put_now((event, place))

    async def _work(self, number: int) -> None:
        async for event, place in self._queue:
            self._names.want(to_address(event.address))
            aside = self._under_way.set_aside(event, place.endpoint)
            if aside is not None:
                self._live.observations.append(aside)
                self._hear_crowd(aside)
            else:
                self._take(await self._ask(len(self._live.observations), event, *place))
            self._live.waiting -= 1
            if number >= self._at_once:
                return

    def _take(self, one: Due) -> None:
        one = one._replace(place=len(self._live.observations))
        self._live.observations.append(one.seen)
        self._hear_crowd(one.seen)
        if is_open(one.seen):
            self._due.append(one)
        else:
            self._settle(one)

    def _hear_crowd(self, seen: Observation) -> None:
        self._crowds.heard(seen)
        self._queue_released()
        self._heard_one.set()

    def _settle(self, one: Due) -> None:
        # Whoever was not heard out is not done, nor whom only the whole run can judge: a resumed run asks again.
        if one.seen.unheard is not None:
            return
        kept = self._keep is not None and not self._runner.awaits_the_end(one.seen)
        if not kept and self._hear is None:
            return
        row, findings = self._judge(one.seen)
        if self._hear is not None:
            self._hear((row, findings))
        if kept:
            self._unkept.append((one.event, row, findings))

    async def _ask(
        self, place: int, event: PortEvent, endpoint: Endpoint, tls: bool | None, factor: float = 1.0
    ) -> Due:
        async with self._hosts.setdefault(event.address, asyncio.Semaphore(PER_HOST)):
            await self._lifeline.wait()
            async with self._under_way.asking(event):
                asked_s = self._gaps.now()
                seen = await self._observe(endpoint, tls, factor)
        self._gaps.beat()
        if seen.unheard is None and not seen.mute and seen.connections:
            self._lifeline.answered(endpoint, asked_s)
        return Due(place, event, endpoint, tls, asked_s, self._gaps.now(), seen)

    async def _observe(self, endpoint: Endpoint, tls: bool | None, factor: float) -> Observation:
        """Look at one endpoint, unless the run is stopped before."""
        if self._live.stop.is_set():
            return _not_asked(endpoint, "not asked: the run was interrupted")
        limit = asyncio.timeout(None)
        try:
            async with limit:
                self._limits.add(limit)
                return await self._runner.observe(endpoint, tls=tls, patience=factor)
        except TimeoutError:
            return _not_asked(endpoint, _CUT_SHORT)
        finally:
            self._limits.discard(limit)


def _not_asked(endpoint: Endpoint, why: str) -> Observation:
    return Observation(endpoint=endpoint, unheard=Unheard.NOT_ASKED, note=why)
