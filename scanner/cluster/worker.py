"""A worker: takes one chunk after the other from the queue of its vantage point, on its own terms."""

import asyncio
import io
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from scanner.cluster import names
from scanner.cluster.chunk_scan import BEAT_S, ChunkScan, Ending
from scanner.cluster.connection import ServerLost, end_all
from scanner.cluster.exchange import Exchange, give_back, settle, tries
from scanner.cluster.messages import Alive, Done, Job, Outcome, Refusal, Refused, read_job
from scanner.cluster.names import Chunk, chunk_of_job
from scanner.cluster.parcel import LIMIT_BYTES, Parcel
from scanner.cluster.rate_lease import RateLease
from scanner.cluster.run_plan import RunPlan, decode_plan
from scanner.cluster.terms import NotOnTheseTerms, Terms
from scanner.core.errors import Malformed, ScannerError, SetupError, StoreError, first_of
from scanner.core.plan import ScanPlan
from scanner.core.rates import POLITE_RATE
from scanner.core.report import ScanReport
from scanner.net.clock import Clock
from scanner.probes.registry import Registry
from scanner.report.clean_report import clean_report
from scanner.report.formats.json import write as write_json
from scanner.report.writer import WriteOptions
from scanner.targets.special import Reach

if TYPE_CHECKING:
    from nats.aio.msg import Msg

MOST_TRIES = 20
"""How often a chunk is taken up before it is set aside: something about it may end workers."""
FORSAKEN_S = 300.0
"""A worker that has not reached its server for so long ends: whatever watches over it should know."""
AGAIN_S = 1.0
"""How long to wait when the server is away, or there is no queue yet."""
T = TypeVar("T")


@dataclass(slots=True)
class Worker:
    """What stays the same from chunk to chunk."""

    exchange: Exchange
    terms: Terms
    name: str
    vantage: str
    leaving: asyncio.Event
    """Set when it is to end; a chunk under way goes back to the queue."""
    say: Callable[[str], None]
    recorded: Callable[[ChunkScan], Awaitable[ScanReport]] = ChunkScan.run
    """Runs a chunk, and keeps an account of what it sends where that is wanted."""
    clock: Clock = field(default_factory=Clock)
    _plans: dict[str, tuple[RunPlan, ScanPlan, Registry]] = field(default_factory=dict)
    _rate: RateLease | None = None
    _busy: ChunkScan | None = None
    _forsaken: bool = False

    async def serve(self) -> None:
        """Work until it is told to leave.

        Raises SetupError when the server was away for FORSAKEN_S, and StoreError when no account can be kept any more.
        """
        try:
            async with asyncio.TaskGroup() as group:
                alive = group.create_task(self._be_seen())
                while not self.leaving.is_set():
                    with suppress(ServerLost):
                        await self._take_turns()
                    await self._pause()
                await end_all([alive])
        except BaseExceptionGroup as crash:
            raise first_of(crash) from None
        if self._forsaken:
            raise SetupError(
                f"the server was not reached for {FORSAKEN_S / 60:g} minutes; is it there? Then start the worker again"
            )
        await self._leave_rate()

    async def _take_turns(self) -> None:
        """Take chunks as long as the server and the queue are there."""
        queue = await self.exchange.queue(self.vantage)
        try:
            while not self.leaving.is_set():
                message = await self._next(queue.fetch)
                if message is not None:
                    await self._do(message)
                elif not self.exchange.connected:
                    return
                else:
                    await self._leave_rate()
        finally:
            with suppress(Exception):
                await queue.unsubscribe()

    async def _next(self, fetch: Callable[..., Awaitable[list["Msg"]]]) -> "Msg | None":
        """Return the next job, None when none came in a while; raises ServerLost when the queue is gone."""
        from nats.errors import Error

        try:
            return (await fetch(1, timeout=BEAT_S))[0]
        except TimeoutError:
            return None
        except (Error, OSError) as error:
            raise ServerLost(str(error)) from error

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(AGAIN_S):
                await self.leaving.wait()

    async def _be_seen(self) -> None:
        """Say that this worker is there, and how far it is when it has something to do."""
        reached_s = self.clock.now_s()
        while True:
            if self.exchange.connected:
                reached_s = self.clock.now_s()
            elif self.clock.now_s() - reached_s >= FORSAKEN_S:
                self._forsaken = True
                self.leaving.set()
            with suppress(ServerLost):
                alive = Alive(self.name, self.vantage) if self._busy is None else self._busy.alive()
                await self.exchange.say(names.alive_subject(self.vantage, self.name), alive.encode())
            await self.clock.sleep(BEAT_S)

    async def _do(self, message: "Msg") -> None:
        """Do one chunk, refuse it, or give it back."""
        try:
            chunk, number = chunk_of_job(message.subject), tries(message)
        except Malformed:
            await settle(message)
            return
        # Whatever is in a job of a run that nobody wants, it is not worth an answer.
        if not await self.exchange.is_open(chunk.run):
            await settle(message)
            return
        try:
            if number > MOST_TRIES:
                raise NotOnTheseTerms(Refusal.SET_ASIDE, f"it was taken up {number - 1} times and never came to an end")
            job = read_job(message.data)
            outcome = await self._scan(message, chunk, job)
        except NotOnTheseTerms as error:
            outcome = Refused(self.name, error.why, error.detail)
        except Malformed as error:
            outcome = Refused(self.name, Refusal.UNREADABLE, str(error))
        except StoreError:
            # What can't be accounted for is not sent by this worker; others may be able to.
            with suppress(ServerLost):
                await give_back(message)
            raise
        if outcome is None:
            with suppress(ServerLost):
                await give_back(message)
            return
        if isinstance(outcome, Refused):
            self.say(f"refused chunk {chunk.index} of run {chunk.run}: {outcome.detail}")
        await self._tell(message, chunk, outcome)

    async def _tell(self, message: "Msg", chunk: Chunk, outcome: Outcome) -> None:
        await self._insist(lambda: self.exchange.tell_outcome(chunk, message, self.name, outcome.encode()))
        # Told is told: whoever gets the chunk once more does it in vain and changes nothing.
        with suppress(ServerLost):
            await settle(message)

    async def _insist(self, call: Callable[[], Awaitable[T]]) -> T:
        """Call until the server has answered, or this worker has to leave."""
        told = ""
        while True:
            try:
                return await call()
            except ServerLost as error:
                if self.leaving.is_set():
                    raise
                if str(error) != told:
                    told = str(error)
                    self.say(f"the server does not take what was found: {told}; trying again")
            await self._pause()

    async def _scan(self, message: "Msg", chunk: Chunk, job: Job) -> Outcome | None:
        """Return what became of a chunk, None when somebody else is to do it."""
        told, plan, registry = await self._plan(chunk.run, job.plan)
        reaches = {None: (Reach.PRIVATE,), True: (Reach.PRIVATE, Reach.PUBLIC), False: ()}
        scan = ChunkScan(
            exchange=self.exchange,
            message=message,
            chunk=chunk,
            count=job.count,
            plan=plan,
            reaches=reaches[told.names],
            registry=registry,
            worker=self.name,
            lease_s=job.lease_s,
            leaving=self.leaving,
            rate=await self._lease(chunk.run, plan, job.lease_s),
            most=self.terms.max_rate,
            clock=self.clock,
        )
        self.say(f"chunk {chunk.index}/{job.count} of run {chunk.run}")
        self._busy = scan
        try:
            report = await self.recorded(scan)
        except BaseExceptionGroup as crash:
            raise _refused(first_of(crash)) from None
        except ScannerError as error:
            raise _refused(error) from None
        finally:
            self._busy = None
        if scan.ending is Ending.LET_GO:
            self.say(f"chunk {chunk.index}/{job.count} of run {chunk.run} goes back to the queue")
            return None
        try:
            parcel = await self._insist(lambda: self.exchange.store(chunk.run, as_bytes(report)))
        except Malformed as error:
            raise NotOnTheseTerms(Refusal.TOO_LONG, str(error)) from None
        return Done(self.name, parcel)

    async def _plan(self, run: str, parcel: Parcel) -> tuple[RunPlan, ScanPlan, Registry]:
        """Return the plan of a run, and what this worker makes of it; raises NotOnTheseTerms, Malformed, ServerLost."""
        if parcel.sha256 not in self._plans:
            told = decode_plan(await self.exchange.load(run, parcel))
            plan, registry = self.terms.accept(told.plan)
            self._plans = {parcel.sha256: (told, plan, registry)}
        return self._plans[parcel.sha256]

    async def _lease(self, run: str, plan: ScanPlan, lease_s: float) -> RateLease | None:
        """Return this worker's share of the rate of a run; None where the run has none."""
        total = plan.pace.rate or (POLITE_RATE if plan.pace.polite else math.inf)
        if math.isinf(total):
            return None
        if self._rate is None or self._rate.run != run:
            await self._leave_rate()
            most = self.terms.max_rate or math.inf
            self._rate = RateLease(
                self.exchange, run, self.name, total=total, most=most, lease_s=lease_s, now_s=self.clock.now_s
            )
        await self._rate.renew()
        return self._rate

    async def _leave_rate(self) -> None:
        if self._rate is not None:
            with suppress(ServerLost):
                await self._rate.release()
            self._rate = None


def _refused(error: BaseException) -> BaseException:
    """Return what an error of ours comes to: this worker can't do the chunk; another error stays what it is."""
    ours = isinstance(error, ScannerError) and not isinstance(error, StoreError)
    return NotOnTheseTerms(Refusal.CANT, str(error)) if ours else error


def as_bytes(report: ScanReport) -> bytes:
    """Return a report as its JSON text; raises Malformed for one that is longer than may be sent."""
    out = io.StringIO()
    write_json(clean_report(report), out, WriteOptions())
    text = out.getvalue().encode()
    if len(text) > LIMIT_BYTES:
        raise Malformed(f"the report has {len(text):,} bytes, more than {LIMIT_BYTES:,}: cut the run finer")
    return text
