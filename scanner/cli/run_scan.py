"""Runs one scan: plan, sweep and probes under signals and progress, then every report, then the exit code."""

import asyncio
import ipaddress
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import click

from scanner.cli.auditing import audit_in, begin, end, kept
from scanner.cli.keeping import history_in
from scanner.cli.outputs import Outputs
from scanner.cli.planning import make_engine, make_plan, registry_of
from scanner.cli.policy import Policy
from scanner.cli.progress import show_progress
from scanner.cli.scan_options import ScanOptions
from scanner.cli.signals import stop_on_signals
from scanner.core.address import to_address
from scanner.core.audit import Audit
from scanner.core.count import counted
from scanner.core.errors import UsageError
from scanner.core.exit_code import ExitCode
from scanner.core.intervals import Intervals
from scanner.core.plan import ScanPlan, Target
from scanner.core.problem import Problem
from scanner.core.report import RunStatus, ScanReport
from scanner.findings.run_coverage import OPTION, space_words
from scanner.net.clock import Clock
from scanner.net.reverse import ReverseNames
from scanner.pipeline import scan
from scanner.probes.live import Live
from scanner.probes.probing_processes import fitting_processes
from scanner.probes.registry import Registry
from scanner.probes.runner import Runner
from scanner.report.early import EarlyRecords, told_to
from scanner.report.fail_on import decide
from scanner.sweep.choose import LARGE
from scanner.sweep.expected import wait_until_open
from scanner.targets.spec import Local
from scanner.targets.special import Reach

if TYPE_CHECKING:
    from scanner.history.audit_file import AuditLog
    from scanner.pipeline import Memory

Besides: TypeAlias = Callable[[ScanReport], ScanReport]
"""Adds what no scan can see."""


def run_scan(options: ScanOptions, besides: Besides = lambda report: report) -> ExitCode:
    """Do what `exposure scan` was asked, and return its exit code."""
    outputs = Outputs.resolve(options, options, quiet=options.quiet)
    policy = Policy.read(options)
    if options.cluster:
        from scanner.cli.run_cluster import demand_fit

        demand_fit(options)
    registry = registry_of(options)
    if options.dry_run:
        click.echo(describe_plan(options, make_plan(options, registry)[0], registry))
        return ExitCode.CLEAN
    with history_in(options.history) as keep:
        report, stale = look(options, registry, policy, outputs, besides)
        report = keep(report)
    outputs.write(report)
    decision = decide(report, policy.gate, stale)
    if decision.why and not options.quiet:
        sys.stderr.write(f"exposure: {decision.why}{_how_to_go_on(options, report)}\n")
    return decision.code


def _how_to_go_on(options: ScanOptions, report: ScanReport) -> str:
    file = options.resume or options.save
    if file is None or report.run.status is not RunStatus.INTERRUPTED:
        return ""
    return f"; go on with the same targets and options and --resume {file}"


def look(
    options: ScanOptions,
    registry: Registry,
    policy: Policy,
    outputs: Outputs,
    besides: Besides = lambda report: report,
) -> tuple[ScanReport, tuple[Problem, ...]]:
    """Scan once, and hold the report against the policy; also return what is wrong with its acceptances."""
    with audit_in(options.audit) as log:
        plan, why = make_plan(options, registry)
        begin(log, plan)
        early = outputs.early(Clock().utc())
        if options.cluster:
            from scanner.cli.run_cluster import run_on_cluster

            report = run_on_cluster(options, plan, registry, early)
        else:
            report = asyncio.run(_run(options, plan, registry, why, log=log, early=early))
        end(log, report)
    report = besides(_with_predictions(options, report))
    return policy.apply(report, plan.space)


def _with_predictions(options: ScanOptions, report: ScanReport) -> ScanReport:
    """Return the report with what the Compose files had foretold, held against what was seen."""
    # A pipe was read when the plan was made, and holds nothing any more: opening it again may wait for ever.
    files = [path for path in options.from_compose if path.is_file()]
    if not files:
        return report
    from scanner.lint.prediction import Prediction
    from scanner.lint.proof import held_against
    from scanner.lint.readers.compose import read_together
    from scanner.targets.compose.files import projects

    predictions: list[Prediction] = []
    for project in projects(files, os.environ):
        # What can't be judged foretells nothing, and the scan stands.
        with suppress(UsageError):
            predictions += read_together(project, os.environ).predictions
    notes = held_against(predictions, report)
    return replace(report, problems=(*report.problems, *notes))


def describe_plan(options: ScanOptions, plan: ScanPlan, registry: Registry) -> str:
    """Return what a run would do, in words."""
    space = plan.space
    endpoints = counted(space.size, "endpoint")
    planned = space.addresses
    lines = [
        ", ".join((counted(space.addresses.size, "address"), counted(space.ports.size, "port"), endpoints)),
        f"{counted(len(registry.entries), 'service')} would be asked; engine {plan.engine}, seed {plan.seed}, "
        f"shard {plan.shard.index}/{plan.shard.count}",
        *(f"target {describe_target(target, planned)}" for target in plan.targets[:50]),
        *filter(None, [_left_out(options, registry)]),
        *(f"problem {problem.kind} {problem.where}: {problem.detail}" for problem in plan.problems),
        "nothing was sent",
    ]
    return "\n".join(lines)


def _left_out(options: ScanOptions, registry: Registry) -> str:
    """Return which ports that people expect are not looked at by default; empty where they were chosen."""
    typed = any((options.targets, options.target_files))
    if not typed or options.services or options.ports.strip().lower() != "catalogue":
        return ""
    from scanner.targets.usual_ports import left_out

    return left_out(registry.ports)


def describe_target(target: Target, planned: Intervals) -> str:
    """Return a target with what it stands for; @local names no network by itself, so its networks are written out."""
    count = f"{target.text}: {counted(target.addresses.size, 'address')}"
    left = (target.addresses & planned).size
    if left != target.addresses.size:
        count += f", {left:,} of them planned"
    if target.text != str(Local()):
        return count
    networks = (
        str(network)
        for first, last in target.addresses.spans
        for network in ipaddress.summarize_address_range(to_address(first), to_address(last))
    )
    return f"{count}: {', '.join(networks)}"


def reverse_names(names: bool | None, audit: Audit | None = None) -> ReverseNames:
    """Return what asks for the names of addresses, and tells the audit log whom it asked about.

    Not by default for public ones: the question ends at a name server of strangers and tells them of the scan.
    Never for loopback and link-local ones: those names are this machine's own, or a multicast to its neighbours.
    """
    reaches = {None: (Reach.PRIVATE,), True: (Reach.PRIVATE, Reach.PUBLIC), False: ()}
    return ReverseNames(reaches[names], audit=audit)


async def _wait(options: ScanOptions, plan: ScanPlan, live: Live, log: "AuditLog | None") -> None:
    wait_s = options.wait_s or 0.0
    if not options.quiet:
        count = counted(len(plan.expected), "endpoint")
        sys.stderr.write(f"exposure: waiting up to {wait_s:g} s for {count} to accept\n")
    await wait_until_open(plan.expected, wait_s, plan.scope, stop=live.stop, clock=Clock(), audit=log)


def _memory(
    options: ScanOptions, plan: ScanPlan, registry: Registry, problems: list[Problem]
) -> "AbstractContextManager[Memory | None]":
    file = options.save or options.resume
    if file is None:
        return nullcontext()
    from scanner.cli.resuming import memory_in

    return memory_in(file, plan, registry, problems)


async def _run(
    options: ScanOptions,
    plan: ScanPlan,
    registry: Registry,
    why: str,
    *,
    log: "AuditLog | None",
    early: EarlyRecords | None,
) -> ScanReport:
    live = Live()
    engine = make_engine(plan, registry)
    runner = Runner(registry.probes, plan.scope, identify=plan.identify, named=plan.services, audit=log)
    shown = options.progress and not options.quiet and sys.stderr.isatty()
    with stop_on_signals(live.stop), show_progress(live, shown=shown) as say:
        if options.verbose or (plan.space.size >= LARGE and not options.quiet):
            sys.stderr.write(f"exposure: sweeping {counted(plan.space.size, 'endpoint')}; {why}\n")
        if (shown or options.verbose) and (told := _left_out(options, registry)):
            sys.stderr.write(f"exposure: {told}\n")
        if not options.quiet:
            for target in plan.targets:
                if target.text == str(Local()):
                    sys.stderr.write(f"exposure: {describe_target(target, plan.space.addresses)}\n")
        with _memory(options, plan, registry, live.problems) as memory:
            recorded = {**options.recorded(), OPTION: space_words(plan.space)}
            names = reverse_names(options.names, log)
            if options.wait_s is not None:
                await _wait(options, plan, live, log)
            proven = told_to(early, say if shown else None)
            run = scan(
                plan,
                engine,
                runner,
                live=live,
                options=recorded,
                memory=memory,
                names=names,
                audit=log,
                proven=proven,
                processes=fitting_processes(plan.space.size, audited=log is not None),
            )
            return await kept(log, run)
