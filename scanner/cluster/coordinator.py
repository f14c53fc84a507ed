"""The coordinator: cuts a run into chunks, offers them to workers, and makes one report of what comes back.

What nobody did is unscanned, so that a cluster without workers is never clean. All of a run's state lies on the server;
a coordinator that dies is begun again with the same run's id and reads what has come meanwhile.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from scanner.cluster import names
from scanner.cluster.chunk_report import read_chunk_report, undone_run
from scanner.cluster.chunks import chunk_count
from scanner.cluster.connection import ServerLost, end_all
from scanner.cluster.exchange import Exchange
from scanner.cluster.messages import Done, Job, Refused, read_alive, read_outcome
from scanner.cluster.names import Chunk, chunk_of_outcome
from scanner.cluster.run_plan import RunPlan, encode_plan
from scanner.cluster.standing import Standing
from scanner.cluster.whole_run import chunk_reports, missed_by_all
from scanner.core.errors import Malformed, SetupError, first_of
from scanner.core.finding import Finding
from scanner.core.plan import ScanPlan, Shard
from scanner.core.problem import Problem, ProblemKind
from scanner.core.report import ScanReport
from scanner.findings.merge import merge
from scanner.net.clock import Clock
from scanner.probes.live import Live
from scanner.sweep.engine import Tally

if TYPE_CHECKING:
    from nats.aio.subscription import Subscription

TICK_S = 1.0
LAST_WORDS_S = 20.0
"""How long a stopped run waits for what its workers had seen until then."""
_AGAIN_S = 0.5
_LOOK_EACH_S = 10.0
"""How often, at most, it is looked whether the queue still holds what it was given."""
_MOST_AT_ONCE = 1_000
"""Outcomes that are read before anything else has its turn, whoever floods the stream."""
_MOST_TOLD = 200
"""Refusals that are told one by one."""
T = TypeVar("T")


@dataclass(slots=True)
class Coordinator:
    """One run."""

    exchange: Exchange
    plan: ScanPlan
    names: bool | None
    run: str
    vantages: Sequence[str]
    lease_s: float
    patience_s: float
    """How long a vantage point may be silent until what it has not done is given up."""
    live: Live
    say: Callable[[str], None]
    proven: Callable[[Finding], None] | None = None
    outside: frozenset[str] = frozenset()
    """Vantage points where strangers stand."""
    keep: bool = False
    """Whether the run may be gone on with later, so that what is stored of it stays when it is stopped."""
    clock: Clock = field(default_factory=Clock)
    count: int = 0
    standing: Standing = field(init=False)
    problems: list[Problem] = field(default_factory=list)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _job: bytes = b""
    _looked_s: float = 0.0
    _last: int = 0
    """The number of the last outcome that was read."""

    def __post_init__(self) -> None:
        """Cut the run."""
        self.count = chunk_count(self.plan)
        chunks = [Chunk(self.run, vantage, index + 1) for vantage in self.vantages for index in range(self.count)]
        self.standing = Standing(chunks, self.clock.now_s())
        self._looked_s = self.clock.now_s()

    async def scan(self) -> ScanReport:
        """Have the run done; raises SetupError when the server does not serve."""
        started = self.clock.utc()
        try:
            await self.exchange.prepare(self.vantages, self.lease_s)
            alive = await self.exchange.hear(names.ALL_ALIVE)
            told = await self.exchange.hear(f"exposure.outcome.{self.run}.*.*")
        except ServerLost as error:
            raise SetupError(
                f"the NATS server does not serve: {error}; is JetStream on, and may this account?"
            ) from None
        try:
            async with asyncio.TaskGroup() as group:
                beside = [
                    group.create_task(one)
                    for one in (self._hear_workers(alive), self._hear_outcomes(told), self._heed())
                ]
                await self._offer()
                await self._await_all()
                await self._end()
                await end_all(beside)
        except BaseExceptionGroup as crash:
            raise first_of(crash) from None
        return self._report(started)

    async def _offer(self) -> None:
        """Store the plan and have every chunk wait of which there is no outcome yet."""
        parcel = await self._insist(lambda: self.exchange.store(self.run, encode_plan(RunPlan(self.plan, self.names))))
        await self._insist(lambda: self.exchange.open(self.run))
        if parcel is None:
            return
        while await self._insist(lambda: self._collect(resumed=True)):
            if self.live.stop.is_set():
                return
        self._job = Job(self.count, parcel, self.lease_s).encode()
        await self._insist(lambda: self._offer_again(set()))

    async def _offer_again(self, waiting: set[str]) -> None:
        """Offer every chunk that is still missing and waits nowhere; raises ServerLost."""
        for chunk in self.standing.missing():
            if chunk.job not in waiting:
                await self.exchange.offer(chunk, self._job)

    async def _look_after_queue(self) -> None:
        """Offer what the queue has lost, whoever took it away; raises ServerLost."""
        now_s = self.clock.now_s()
        if not self._job or now_s - self._looked_s < max(self.lease_s, _LOOK_EACH_S):
            return
        self._looked_s = now_s
        await self.exchange.prepare(self.vantages, self.lease_s)
        if not await self.exchange.is_open(self.run):
            self.standing.abandon("the run is unknown to the server: another coordinator has ended it, or it was lost")
            return
        waiting = await self.exchange.waiting(self.run)
        # An outcome comes before its job is gone, so that now only what was lost is missing in both.
        await self._collect()
        await self._offer_again(waiting)

    async def _insist(self, call: Callable[[], Awaitable[T]]) -> T | None:
        """Call until the server has answered; None when the run is stopped or given up meanwhile."""
        told = ""
        while True:
            try:
                return await call()
            except ServerLost as error:
                if str(error) != told:
                    told = str(error)
                    self.say(f"the server does not serve: {told}; trying again")
                if self.live.stop.is_set() or not self._patient():
                    return None
            await self.clock.sleep(_AGAIN_S)

    def _patient(self) -> bool:
        """Give up what was silent for too long; return whether anything is still awaited."""
        for vantage in self.standing.give_up(self.patience_s, self.clock.now_s()):
            shown = "" if vantage == names.ANYWHERE else f" of {vantage}"
            self.say(f"no worker{shown} was heard for {self.patience_s:g} s: what it has not done is given up")
        return bool(self.standing.missing())

    async def _await_all(self) -> None:
        """Return when each chunk has an outcome, or is given up, or the run is stopped."""
        while not self.live.stop.is_set() and self._patient():
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await self._wake.wait()
            self._wake.clear()
            with suppress(ServerLost):
                await self._collect()
                await self._look_after_queue()
            for name in self.standing.forget_lost(self.lease_s, self.clock.now_s()):
                self.say(f"worker {name} is heard no more; what it was at goes to another one")
            self._show()

    async def _end(self) -> None:
        """Call the workers off, and hear what a stopped run had seen until then."""
        if self.live.stop.is_set():
            under_way = self.standing.under_way() & set(self.standing.missing())
            with suppress(ServerLost):
                await self.exchange.withdraw(self.run)
                await self._last_words(under_way)
        with suppress(ServerLost):
            await self.exchange.withdraw(self.run)
            if not self.keep or len(self.standing.done) == len(self.standing.chunks):
                await self.exchange.forget(self.run)

    async def _last_words(self, under_way: set[Chunk]) -> None:
        end_s = self.clock.now_s() + LAST_WORDS_S
        while self.clock.now_s() < end_s and under_way - self.standing.partial.keys() - self.standing.done.keys():
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await self._wake.wait()
            self._wake.clear()
            await self._collect()

    async def _collect(self, *, resumed: bool = False) -> bool:
        """Read outcomes that have come since the last time; return whether there may be more. Raises ServerLost.

        What was refused before a run was resumed (`resumed`) is offered once more.
        """
        for _ in range(_MOST_AT_ONCE):
            found = await self.exchange.next_outcome(self.run, self._last)
            if found is None:
                return False
            number, subject, text = found
            try:
                chunk = chunk_of_outcome(subject)
                if chunk in self.standing.known:
                    await self._take(chunk, text, resumed=resumed)
            except Malformed as error:
                self._complain(f"an outcome that can't be read: {error}")
            self._last = number
        return True

    async def _take(self, chunk: Chunk, text: bytes, *, resumed: bool) -> None:
        outcome = read_outcome(text)
        if isinstance(outcome, Refused):
            if not resumed and self.standing.fail(chunk, f"worker {outcome.worker} refused: {outcome.detail}"):
                self._complain(f"worker {outcome.worker} refused chunk {chunk.index}: {outcome.detail}")
            return
        if chunk in self.standing.done:
            return
        try:
            report = await self._load(chunk, outcome)
        except Malformed as error:
            why = f"the report of worker {outcome.worker} can't be used: {error}"
            if not resumed and self.standing.fail(chunk, why):
                self._complain(f"chunk {chunk.index}: {why}")
            return
        if self.standing.accept(chunk, report):
            self._tell_done(chunk, outcome.worker, report)

    async def _load(self, chunk: Chunk, done: Done) -> ScanReport:
        data = await self.exchange.load(self.run, done.report)
        shard = Shard(index=chunk.index, count=self.count)
        vantage = None if chunk.vantage == names.ANYWHERE else chunk.vantage
        return await asyncio.to_thread(read_chunk_report, data, self.plan, shard, vantage)

    def _tell_done(self, chunk: Chunk, worker: str, report: ScanReport) -> None:
        done, all_of_it = len(self.standing.done), len(self.standing.chunks)
        self.say(
            f"chunk {chunk.index}/{self.count} by {worker}: {report.coverage.open} open; {done} of {all_of_it} done"
        )
        if self.proven is not None:
            for finding in report.findings:
                self.proven(finding)

    def _complain(self, told: str) -> None:
        problem = Problem(ProblemKind.WORKER_REFUSED, "cluster", told)
        if len(self.problems) < _MOST_TOLD and problem not in self.problems:
            self.say(told)
            self.problems.append(problem)

    async def _hear_workers(self, heard: "Subscription") -> None:
        async for message in heard.messages:
            with suppress(Malformed):
                alive = read_alive(message.data)
                if alive.vantage in self.vantages and self.standing.hear(alive, self.clock.now_s()):
                    shown = "" if alive.vantage == names.ANYWHERE else f" at {alive.vantage}"
                    self.say(f"worker {alive.worker}{shown} is there")

    async def _hear_outcomes(self, heard: "Subscription") -> None:
        async for _ in heard.messages:
            self._wake.set()

    async def _heed(self) -> None:
        await self.live.stop.wait()
        self._wake.set()

    def _show(self) -> None:
        planned = self.plan.space.size * len(self.vantages)
        shown = self.standing.tally(planned)
        for name in Tally.__slots__:
            setattr(self.live.tally, name, getattr(shown, name))
        self.live.asked_elsewhere = self.standing.asked

    def _report(self, started: str) -> ScanReport:
        stopped = self.live.stop.is_set()
        run = undone_run(self.plan, self.run, started, self.clock.utc(), stopped=stopped)
        otherwise = "the run was stopped" if stopped else "the NATS server was not to be reached"
        reports = chunk_reports(self.plan, self.standing, self.count, run, otherwise)
        problems = (*self.plan.problems, *self.problems, *missed_by_all(self.plan, self.standing, reports))
        reports[0] = replace(reports[0], problems=(*problems, *reports[0].problems))
        return merge([(f"chunk {one.run.shard}", one) for one in reports], outside=self.outside)
