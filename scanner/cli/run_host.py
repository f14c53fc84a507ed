"""Runs one view from the inside: read, judge, confirm if asked, keep evidence, report, exit code."""

import secrets
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

import click

from scanner.cli.host_options import HostOptions
from scanner.cli.option import options_of
from scanner.cli.outputs import Outputs
from scanner.cli.policy import Policy
from scanner.core.count import counted
from scanner.core.exit_code import ExitCode
from scanner.core.jsontext import Json
from scanner.core.plan import ScanPlan
from scanner.core.report import Run, RunStatus, ScanReport
from scanner.core.scope import Scope
from scanner.core.space import Space
from scanner.findings.judge import finding_order
from scanner.host.check import load_checks
from scanner.host.evidence_copy import keep_evidence
from scanner.host.host_report import ENGINE, machine_report, once
from scanner.host.reading.files import Files
from scanner.host.reading.ioc_file import read_ioc
from scanner.host.reading.machine import Place, read_machine, with_suspects
from scanner.host.reasons import Reason, explain
from scanner.host.snapshot import Process, Snapshot
from scanner.host.story import story
from scanner.host.weigh import Judgement, judge
from scanner.probes.registry import Registry, load_registry
from scanner.report.clean_report import clean_report
from scanner.report.fail_on import decide
from scanner.report.output import emit
from scanner.targets.interfaces import read_interfaces

_EMPTY = ScanPlan(targets=(), scope=Scope(), space=Space(()), seed=0)


def run_host(options: HostOptions) -> ExitCode:
    """Do what `exposure host` was asked, and return its exit code."""
    outputs = Outputs.resolve(options, options, quiet=options.quiet)
    policy = Policy.read(options)
    started = _now()
    place = Place(root=options.root, proc=options.proc)
    snapshot, judgement = look(place, options)
    reasons = explain(snapshot)
    run = Run(
        id=secrets.token_hex(8),
        status=RunStatus.COMPLETE,
        started=started,
        ended=_now(),
        engine=ENGINE,
        seed=0,
        options={**_recorded(options), "host": snapshot.machine},
    )
    # A hundred services are loaded only where something stands open, or is asked.
    registry = load_registry() if options.confirm or any(reason.open for reason in reasons) else Registry(())
    probes = {probe.id: probe for probe in registry.probes}
    report = machine_report(snapshot, judgement, reasons, run, checks=load_checks(), probes=probes)
    report = _confirmed(options, report, snapshot, reasons, registry)
    if options.evidence is not None:
        _keep(options, snapshot, judgement)
    report, stale = policy.apply(replace(report, edition=int(options.owasp)), _EMPTY.space)
    _show(report, reasons, outputs, options)
    decision = decide(report, policy.gate, stale)
    if decision.why and not options.quiet:
        sys.stderr.write(f"exposure: {decision.why}\n")
    return decision.code


def look(place: Place, options: HostOptions) -> tuple[Snapshot, Judgement]:
    """Return the machine and what the checks say of it; suspects are hashed and judged once more."""
    listed = read_ioc(options.ioc) if options.ioc is not None else None
    pause, begun = threading.Event(), time.monotonic()

    def wait() -> None:
        # Reading the details takes a part of the time between the samples.
        pause.wait(max(0.0, options.watch_s - (time.monotonic() - begun)))

    snapshot = read_machine(place, wait=wait, listed=listed, history=options.shell_history)
    judgement = judge(snapshot, load_checks())
    suspected = suspects(snapshot, judgement)
    if not suspected:
        return snapshot, judgement
    snapshot = with_suspects(snapshot, place, suspected)
    return snapshot, judge(snapshot, load_checks())


def suspects(snapshot: Snapshot, judgement: Judgement) -> tuple[Process, ...]:
    """Return the processes that an alarm is about."""
    numbers = {alarm.subject.number for alarm in judgement.alarms}
    return tuple(process for process in snapshot.processes if process.pid in numbers)


def _confirmed(
    options: HostOptions, report: ScanReport, snapshot: Snapshot, reasons: tuple[Reason, ...], registry: Registry
) -> ScanReport:
    if options.confirm:
        from scanner.host.confirm import confirm

        own = [interface.address for interface in read_interfaces() if interface.up]
        files = Files(options.root)
        chosen = registry.select(())
        report = confirm(report, snapshot, reasons, registry=chosen, own=own, files=files)
    return replace(report, findings=tuple(sorted(once(report.findings), key=finding_order)))


def _keep(options: HostOptions, snapshot: Snapshot, judgement: Judgement) -> None:
    found = suspects(snapshot, judgement)
    if options.evidence is None or not found:
        click.echo("no process is suspected, so no evidence was kept", err=True)
        return
    manifest = keep_evidence(options.evidence, snapshot, found, proc=options.proc, taken=_now())
    click.echo(f"evidence of {counted(len(found), 'process')}: {manifest}", err=True)


def _show(report: ScanReport, reasons: tuple[Reason, ...], outputs: Outputs, options: HostOptions) -> None:
    if outputs.shown is None or outputs.shown.name != "table":
        outputs.write(report)
        return
    if outputs.files:
        emit(report, outputs.files, shown=None, options=outputs.options)
    click.echo(story(clean_report(report), reasons, width=min(outputs.options.width, 120), verbose=options.verbose))


def _recorded(options: HostOptions) -> dict[str, Json]:
    return {one.name: one.recorded(getattr(options, one.name)) for one in options_of(options) if one.recorded}


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
