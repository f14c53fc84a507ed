"""Wires the stages: the sweep's open ports flow to the probes while the sweep goes on, and end as one report."""

import asyncio
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from scanner.core.address import to_address
from scanner.core.audit import Audit
from scanner.core.endpoint import Endpoint
from scanner.core.errors import ScannerError
from scanner.core.event import PortEvent
from scanner.core.finding import Finding
from scanner.core.jsontext import Json
from scanner.core.plan import ScanPlan
from scanner.core.report import Coverage, EndpointRow, Problem, Run, RunStatus, ScanReport
from scanner.core.text import clean
from scanner.findings.judge import Observation, finding_order, judge, judge_one, row_order
from scanner.net.channel import Channel
from scanner.net.clock import Clock
from scanner.net.reverse import PATIENCE_S, ReverseNames
from scanner.probes.runner import Look, Runner
from scanner.sweep.coverage import coverage_of, silent_targets
from scanner.sweep.engine import Batch, Engine, Ledger, Sweep, Tally

WORKERS = 200
"""Endpoints asked at once; one that hangs costs its own deadline and one of these."""
PER_HOST = 4
"""Endpoints of one address asked at once."""
KEEP_EVERY_S = 1.0
"""How often a run that can be resumed stores what the probes said, in seconds."""
GRACE_S = 3.0
"""How long probes under way may finish after the first Ctrl-C, in seconds."""

_SAYS_TLS = {"https": True, "http": False}
_GAPS = {"stage-crashed", "probe-crashed", "probe-overstepped", "name-not-resolved", "target-skipped", "target-silent"}
"""Kinds of problems that leave something unseen."""


@dataclass(slots=True)
class Live:
    """A run in the making: what progress shows, and the switch that ends it early."""

    tally: Tally = field(default_factory=Tally)
    looks: list[Look] = field(default_factory=list)
    waiting: int = 0
    """Open endpoints that no probe has finished with."""
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    problems: list[Problem] = field(default_factory=list)


class Memory(Protocol):
    """What a run that can be resumed keeps, and what its earlier parts have kept."""

    @property
    def ledger(self) -> Ledger:
        """Where the sweep keeps how far it has come."""

    def keep(self, seen: Sequence[tuple[PortEvent, EndpointRow, tuple[Finding, ...]]]) -> None:
        """Store what the probes said of some open ports; called from a thread, one call at a time."""

    def earlier(self) -> tuple[tuple[EndpointRow, ...], tuple[Finding, ...]]:
        """Return what earlier parts of the run have kept."""


async def scan(
    plan: ScanPlan,
    engine: Engine,
    runner: Runner,
    *,
    live: Live | None = None,
    clock: Clock | None = None,
    options: Mapping[str, Json] | None = None,
    memory: Memory | None = None,
    names: ReverseNames | None = None,
    audit: Audit | None = None,
) -> ScanReport:
    """Run a plan from sweep to judged report.

    `names` are asked about every address that answered; without it, nobody is. `audit` takes the account of what the
    sweep sends; the runner and the names bring their own. Setting `live.stop` ends the run early
    with a report marked interrupted. Raises SetupError or ScopeError when nothing could be started; whatever fails
    later is a problem in the report, which is then marked incomplete.
    """
    live = live or Live()
    clock = clock or Clock()
    started = clock.utc()
    live.problems += plan.problems
    before = memory.earlier() if memory else ((), ())
    names = names or ReverseNames(reaches=())
    for row in before[0]:
        names.want(row.endpoint.address)
    job = Sweep(
        plan=plan,
        events=Channel(64),
        tally=live.tally,
        stop=live.stop,
        clock=clock,
        ledger=memory.ledger if memory else None,
        audit=audit,
    )
    try:
        await _sweep_and_ask(engine, job, _Asking(plan, runner, live, memory, names))
    except BaseExceptionGroup as crash:
        _survive(crash, live)
    if memory is None:
        live.problems += silent_targets(plan, live.tally)
    if not live.stop.is_set():
        await runner.cross_examine(live.looks)
    if _all_looked_at(plan, live, memory):
        await runner.compare(live.looks, plan, live.tally.alive)
    rows, findings = judge(map(_observation, runner.settle(live.looks)), plan)
    rows, findings = _joined(before, (rows, findings))
    called = await names.settle(clock, patience_s=0.0 if live.stop.is_set() else PATIENCE_S)
    rows = tuple(replace(row, reverse_dns=called.get(row.endpoint.address)) for row in rows)
    coverage = coverage_of(plan, live.tally)
    problems = (*live.problems, *live.tally.problems, *(problem for look in live.looks for problem in look.problems))
    run = Run(
        id=secrets.token_hex(8),
        status=_status(coverage, problems, stopped=live.stop.is_set()),
        started=started,
        ended=clock.utc(),
        engine=engine.name,
        seed=plan.seed,
        options=options or {},
    )
    return ScanReport(
        run=run, coverage=coverage, endpoints=rows, findings=findings, problems=problems, edition=plan.edition
    )


async def _sweep_and_ask(engine: Engine, job: Sweep, asking: "_Asking") -> None:
    async with asyncio.TaskGroup() as stages:
        helpers = [stages.create_task(asking.end_early()), stages.create_task(asking.keep_now_and_then(job.clock))]
        async with asyncio.TaskGroup() as work:
            work.create_task(engine.sweep(job))
            work.create_task(asking.queue_up(job.events))
            for _ in range(WORKERS):
                work.create_task(asking.work())
        for helper in helpers:
            helper.cancel()
    await asking.keep()


class _Asking:
    """The probing stage: a queue of open endpoints, and workers that take from it."""

    def __init__(self, plan: ScanPlan, runner: Runner, live: Live, memory: Memory | None, names: ReverseNames) -> None:
        self._plan = plan
        self._runner = runner
        self._live = live
        self._memory = memory
        self._names = names
        self._unkept: list[tuple[PortEvent, Look]] = []
        self._keeping = asyncio.Lock()
        self._queue: Channel[PortEvent] = Channel(WORKERS * 2)
        self._hosts: dict[int, asyncio.Semaphore] = {}
        self._limits: set[asyncio.Timeout] = set()

    async def queue_up(self, events: Channel[Batch]) -> None:
        async for batch in events:
            for event in batch:
                self._live.waiting += 1
                await self._queue.put(event)
        self._queue.close()

    async def work(self) -> None:
        async for event in self._queue:
            self._names.want(to_address(event.address))
            async with self._hosts.setdefault(event.address, asyncio.Semaphore(PER_HOST)):
                look, finished = await self._look(*_endpoint(event, self._plan))
            self._live.looks.append(look)
            if finished and self._memory is not None:
                self._unkept.append((event, look))
            self._live.waiting -= 1

    async def keep_now_and_then(self, clock: Clock) -> None:
        """Store what was learnt every second: a run that is killed asks no more than that again."""
        while self._memory is not None:
            await clock.sleep(KEEP_EVERY_S)
            await self.keep()

    async def keep(self) -> None:
        """Store what was learnt since the last time."""
        if self._memory is None:
            return
        async with self._keeping:
            unkept, self._unkept = self._unkept, []
            seen = [(event, *judge_one(_observation(look), self._plan)) for event, look in unkept]
            if seen:
                await asyncio.to_thread(self._memory.keep, seen)

    async def end_early(self) -> None:
        """Once the run is stopped, give the probes under way their grace and no more."""
        await self._live.stop.wait()
        for limit in self._limits:
            limit.reschedule(asyncio.get_running_loop().time() + GRACE_S)

    async def _look(self, endpoint: Endpoint, tls: bool | None) -> tuple[Look, bool]:
        """Look at one endpoint; the flag tells whether it need not be asked again."""
        if self._live.stop.is_set():
            return Look(endpoint, note="not asked: the run was interrupted"), False
        limit = asyncio.timeout(None)
        try:
            async with limit:
                self._limits.add(limit)
                return await self._runner.look(endpoint, tls=tls), True
        except TimeoutError:
            return Look(endpoint, note="asked, but the run was interrupted before it answered"), False
        finally:
            self._limits.discard(limit)


def _all_looked_at(plan: ScanPlan, live: Live, memory: Memory | None) -> bool:
    """Tell whether this run alone knows which planned addresses answered: only then may a silent one be a control."""
    tally = live.tally
    every_address = plan.shard.count == 1 and memory is None and not tally.unscanned
    return every_address and not live.stop.is_set() and len(tally.alive) == tally.hosts_alive


def _joined(
    earlier: tuple[tuple[EndpointRow, ...], tuple[Finding, ...]],
    now: tuple[tuple[EndpointRow, ...], tuple[Finding, ...]],
) -> tuple[tuple[EndpointRow, ...], tuple[Finding, ...]]:
    """Return all rows and findings of a run's parts, each once; the later part knows better."""
    rows = {row.endpoint: row for row in (*earlier[0], *now[0])}
    findings = {finding.fingerprint: finding for finding in (*earlier[1], *now[1])}
    return tuple(sorted(rows.values(), key=row_order)), tuple(sorted(findings.values(), key=finding_order))


def _survive(crash: BaseExceptionGroup[BaseException], live: Live) -> None:
    """Turn a crashed stage into problems, so that what was seen until then is still reported; else raise."""
    leaves = tuple(_leaves(crash))
    for error in leaves:
        if isinstance(error, ScannerError) or not isinstance(error, Exception):
            raise error from None
    live.problems += [
        Problem("stage-crashed", "run", clean(f"{type(error).__name__}: {error}; please report this"))
        for error in leaves
    ]
    tally = live.tally
    tally.unscanned = tally.planned - tally.settled
    tally.unscanned_list = tally.unscanned_list or ["everything that has no state: a stage of the run crashed"]


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


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


def _observation(look: Look) -> Observation:
    return Observation(
        endpoint=look.endpoint,
        probe=look.probe,
        facts=look.facts,
        tls=look.tls,
        decoy=look.decoy,
        note=look.note,
        icon=look.icon,
        service=look.service,
    )


def _status(coverage: Coverage, problems: tuple[Problem, ...], *, stopped: bool) -> RunStatus:
    if stopped:
        return RunStatus.INTERRUPTED
    gap = any(problem.kind in _GAPS for problem in problems)
    return RunStatus.INCOMPLETE if gap or coverage.unscanned or not coverage.balanced else RunStatus.COMPLETE
