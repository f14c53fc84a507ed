"""Wires the stages: the sweep's open ports flow to the probes while the sweep goes on, and end as one report."""

import asyncio
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Protocol

from scanner.core.address import to_number
from scanner.core.audit import Audit
from scanner.core.endpoint import Endpoint
from scanner.core.errors import ScannerError
from scanner.core.event import PortEvent
from scanner.core.finding import Finding, Status
from scanner.core.jsontext import Json
from scanner.core.plan import Place, ScanPlan
from scanner.core.problem import Problem, ProblemKind
from scanner.core.report import Coverage, EndpointRow, Run, RunStatus, ScanReport
from scanner.core.text import clean
from scanner.findings.judge import finding_order, judge, judge_one, row_order
from scanner.net.channel import Channel
from scanner.net.clock import Clock
from scanner.net.reverse import PATIENCE_S, ReverseNames
from scanner.probes.asking import Asking, Hear, Verdict
from scanner.probes.farewell import fell_silent
from scanner.probes.live import Live
from scanner.probes.runner import Runner
from scanner.probes.under_way import Marks
from scanner.sweep.coverage import coverage_of, silent_targets
from scanner.sweep.engine import Engine, Ledger, Sweep
from scanner.sweep.expected import missed

_FEW = 1_000
"""Endpoints up to which services are loaded as they are met: a clean machine then needs none of them."""


class Memory(Protocol):
    """What a run that can be resumed keeps, and what its earlier parts have kept."""

    @property
    def ledger(self) -> Ledger:
        """Where the sweep keeps how far it has come."""

    @property
    def marks(self) -> Marks:
        """Where the probes note whom they ask."""

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
    proven: Callable[[Finding], None] | None = None,
    processes: int = 0,
    share: Callable[[], float] | None = None,
) -> ScanReport:
    """Run a plan from sweep to judged report.

    `proven` is told each finding as soon as its endpoint was heard out; the report alone says what stands in the end,
    after the proofs were examined. `names` are asked about every address that answered; without it, nobody is. `audit`
    takes the account of what the sweep sends; the runner and the names bring their own. `processes` is how many others
    ask in place of this one (scanner.probes.probing_processes). `share` is this machine's part of a ceiling that
    several keep together, in attempts a second (scanner.sweep.engine.Sweep). Setting `live.stop` ends the run early
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
        share=share,
    )
    await runner.spread(processes)
    if plan.space.size > _FEW and runner.processes is None:
        runner.load_all()
    try:
        judged = partial(judge_one, plan=plan)
        keep, marks = (memory.keep, memory.marks) if memory else (None, None)
        asking = Asking(plan, runner, live, names, judged, keep=keep, marks=marks, hear=_teller(proven, live))
        await _sweep_and_ask(engine, job, asking)
    except BaseExceptionGroup as crash:
        _survive(crash, live)
    finally:
        await runner.gather()
    live.problems += silent_targets(plan, live.tally)
    with _surviving(live):
        await _look_back(plan, runner, live, audit)
        if _all_looked_at(plan, live):
            await runner.compare(live.observations, plan, live.tally.alive)
    rows, findings = judge(runner.settle(live.observations), plan)
    rows, findings = _joined(before, (rows, findings))
    if not live.stop.is_set():
        live.problems += missed(plan, live.tally, {_place(row.endpoint) for row in rows})
    called = await names.settle(clock, patience_s=0.0 if live.stop.is_set() else PATIENCE_S)
    rows = tuple(replace(row, reverse_dns=called.get(row.endpoint.address)) for row in rows)
    asked = len(rows) - sum(seen.left_alone for seen in live.observations)
    inconclusive = sum(row.status is Status.INCONCLUSIVE for row in rows)
    coverage = replace(
        coverage_of(plan, live.tally), asked=asked, answered=asked - inconclusive, inconclusive=inconclusive
    )
    problems = (
        *live.problems,
        *live.tally.problems,
        *(problem for seen in live.observations for problem in seen.problems),
    )
    run = Run(
        id=secrets.token_hex(8),
        status=_status(coverage, problems, stopped=live.stop.is_set()),
        started=started,
        ended=clock.utc(),
        engine=engine.name,
        seed=plan.seed,
        options=options or {},
        shard=f"{plan.shard.index}/{plan.shard.count}",
        scope_sha256=plan.space.digest,
        endpoints_total=plan.space.size,
        vantage=plan.vantage,
        machine=clean(socket.gethostname(), 255),
    )
    return ScanReport(
        run=run, coverage=coverage, endpoints=rows, findings=findings, problems=problems, edition=plan.edition
    )


async def _sweep_and_ask(engine: Engine, job: Sweep, asking: Asking) -> None:
    async with asyncio.TaskGroup() as stages:
        helpers = [
            stages.create_task(helper)
            for helper in (asking.end_early(), asking.keep_now_and_then(job.clock), asking.watch())
        ]
        async with asyncio.TaskGroup() as work:
            work.create_task(engine.sweep(job))
            asking.start(work, job.events)
        await asking.ask_late()
        for helper in helpers:
            helper.cancel()
    await asking.keep()


async def _look_back(plan: ScanPlan, runner: Runner, live: Live, audit: Audit | None) -> None:
    """Once all has been asked, find out what the proofs are worth and whether silence meant anything."""
    if live.stop.is_set():
        return
    live.observations = await runner.cross_examine(live.observations)
    if live.tally.filtered or live.tally.closed:
        live.problems += await fell_silent(live.observations, plan.scope, audit, closed=live.tally.closed > 0)


def _teller(proven: Callable[[Finding], None] | None, live: Live) -> Hear | None:
    """Return what counts exposed endpoints, and tells the findings of a verdict one by one."""
    if proven is None:
        return None

    def hear(verdict: Verdict) -> None:
        live.exposed += bool(verdict[1])
        for finding in verdict[1]:
            proven(finding)

    return hear


def _place(endpoint: Endpoint) -> Place:
    return to_number(endpoint.address), endpoint.port, endpoint.transport


def _all_looked_at(plan: ScanPlan, live: Live) -> bool:
    """Tell whether it is known which planned addresses answered: only then may a silent one be a control."""
    tally = live.tally
    every_address = plan.shard.count == 1 and not tally.unscanned
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
    _note_crash(crash, live)
    tally = live.tally
    tally.unscanned = tally.planned - tally.settled
    tally.unscanned_list = tally.unscanned_list or ["everything that has no state: a stage of the run crashed"]


@contextmanager
def _surviving(live: Live) -> Iterator[None]:
    """Turn what is raised inside into problems of the run; what was learned before stands."""
    try:
        yield
    except ScannerError:
        raise
    except Exception as error:  # noqa: BLE001 - a report with a gap is worth more than none
        _note_crash(error, live)


def _note_crash(crash: BaseException, live: Live) -> None:
    for error in _leaves(crash):
        if isinstance(error, ScannerError) or not isinstance(error, Exception):
            raise error from None
        told = clean(f"{type(error).__name__}: {error}; please report this")
        live.problems.append(Problem(ProblemKind.STAGE_CRASHED, "run", told))


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


def _status(coverage: Coverage, problems: tuple[Problem, ...], *, stopped: bool) -> RunStatus:
    if stopped:
        return RunStatus.INTERRUPTED
    gap = any(problem.kind.leaves_gap for problem in problems)
    complete = not (gap or coverage.unscanned or coverage.inconclusive) and coverage.balanced
    return RunStatus.COMPLETE if complete else RunStatus.INCOMPLETE
