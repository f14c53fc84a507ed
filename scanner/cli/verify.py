"""`exposure verify`: ask once more about one finding of a report."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from scanner.core.exit_code import ExitCode

if TYPE_CHECKING:
    from scanner.core.finding import Finding
    from scanner.core.plan import ScanPlan
    from scanner.core.probe import Probe
    from scanner.core.report import ScanReport
    from scanner.history.audit_file import AuditLog
    from scanner.probes.registry import Registry


def verify(
    fingerprint: str = typer.Argument(..., help="The finding, or the first 8 digits or more of its fingerprint."),
    *,
    source: Path = typer.Option(..., "--from", metavar="FILE", help="The JSON report that holds the finding."),
    allow_public: bool = typer.Option(False, "--allow-public", help="Permit an address that is not private."),
    checks: Path | None = typer.Option(None, "--checks", metavar="DIR", help="Your own TOML checks."),
    audit: Path | None = typer.Option(
        None,
        "--audit",
        metavar="FILE",
        help="Log all that is sent, line chained to line; `exposure audit` checks it.",
    ),
    as_json: bool = typer.Option(False, "--json", help="As JSON, for programs."),
) -> None:
    """Ask one endpoint again and say what became of a finding.

    Exits 0 when it is proven closed or protected, 1 when it is still exposed, 4 when it could not be looked at.
    """
    import asyncio
    import json

    from scanner.cli.auditing import audit_in, begin, end
    from scanner.findings.recheck import RecheckOutcome, recheck
    from scanner.findings.run_coverage import endpoint_key
    from scanner.probes.registry import load_registry
    from scanner.report.pick import pick_finding
    from scanner.report.read import read_report

    report = read_report(source)
    finding = pick_finding(report, fingerprint, source)
    registry = load_registry() if checks is None else load_registry().with_checks(checks)
    plan = plan_again(finding, registry, allow_public=allow_public)
    spoke_tls = any(
        endpoint_key(row.endpoint) == endpoint_key(finding.endpoint) and row.tls for row in report.endpoints
    )
    probes = probes_again(finding, registry, tls=spoke_tls)
    with audit_in(audit) as log:
        begin(log, plan)
        seen = asyncio.run(_ask(plan, registry, probes, log))
        end(log, seen)
    outcome, why = recheck(finding, seen)
    if as_json:
        told = {"fingerprint": finding.fingerprint, "outcome": outcome.value, "why": why, "url": finding.url}
        typer.echo(json.dumps(told))
    else:
        typer.echo(f"{outcome.value}: {finding.endpoint}: {finding.title}: {why}")
    bad = {RecheckOutcome.EXPOSED: ExitCode.FINDINGS, RecheckOutcome.UNKNOWN: ExitCode.INCOMPLETE}
    raise typer.Exit(bad.get(outcome, ExitCode.CLEAN))


def plan_again(finding: "Finding", registry: "Registry", *, allow_public: bool) -> "ScanPlan":
    """Return the plan for the finding's one endpoint; the address passes the same gate as any target.

    A report is a file, and a file can name anything: raises ScopeError for an address that is not private.
    """
    from dataclasses import replace

    from scanner.core.plan import ScanPlan
    from scanner.core.ports import Transport
    from scanner.targets.plan import resolve_targets

    endpoint = finding.endpoint
    prefix = "U:" if endpoint.transport is Transport.UDP else ""
    found = resolve_targets(
        (str(endpoint.address),),
        ports=f"{prefix}{endpoint.port}",
        catalogue=registry.ports,
        allow_public=allow_public,
    )
    scheme = finding.url.partition("://")[0]
    targets = tuple(
        replace(
            target,
            name=endpoint.name,
            host=endpoint.host,
            base_path=endpoint.base_path,
            scheme=scheme if scheme in {"http", "https"} else None,
        )
        for target in found.targets
    )
    return ScanPlan(targets=targets, scope=found.scope, space=found.space, seed=0, problems=found.problems)


def probes_again(finding: "Finding", registry: "Registry", *, tls: bool) -> "tuple[Probe, ...]":
    """Return the probes to ask: the finding's own, at home on its port whatever the number, and all asked by default.

    The others are there in case another service has taken the port.
    """
    from dataclasses import replace

    from scanner.core.probe import DefaultPort

    here = DefaultPort(finding.endpoint.port, finding.endpoint.transport, tls)
    return tuple(
        replace(entry.probe, ports=(here, *entry.probe.ports)) if entry.probe.id == finding.service else entry.probe
        for entry in registry.entries
        if entry.probe.opt_in is None or entry.probe.id == finding.service
    )


async def _ask(
    plan: "ScanPlan", registry: "Registry", probes: "tuple[Probe, ...]", log: "AuditLog | None"
) -> "ScanReport":
    from scanner.cli.auditing import kept
    from scanner.cli.planning import make_engine
    from scanner.pipeline import scan
    from scanner.probes.runner import Runner

    runner = Runner(probes, plan.scope, audit=log)
    return await kept(log, scan(plan, make_engine(plan, registry), runner, audit=log))
