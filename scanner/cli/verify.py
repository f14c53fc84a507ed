"""`exposure verify`: ask once more about one finding."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from scanner.core.exit_code import ExitCode

if TYPE_CHECKING:
    from scanner.cli.verify_plan import Claim
    from scanner.core.plan import ScanPlan
    from scanner.core.probe import Probe
    from scanner.core.report import ScanReport
    from scanner.history.audit_file import AuditLog
    from scanner.probes.registry import Registry


def verify(
    fingerprint: str = typer.Argument("", help="The finding, or the first 8 digits or more of its fingerprint."),
    *,
    source: Path | None = typer.Option(None, "--from", metavar="FILE", help="The JSON report that holds the finding."),
    endpoint: str = typer.Option(
        "", "--endpoint", metavar="URL", help="Without a report: where, as tickets and reports write it."
    ),
    rule: str = typer.Option("", "--rule", metavar="ID", help="The rule to check at that endpoint."),
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
    from scanner.cli.verify_plan import plan_claim, probes_for
    from scanner.findings.recheck import RecheckOutcome, recheck
    from scanner.probes.registry import load_registry

    registry = load_registry() if checks is None else load_registry().with_checks(checks)
    claim = _claim(fingerprint, source, endpoint, rule, registry)
    plan = plan_claim(claim, registry, allow_public=allow_public)
    with audit_in(audit) as log:
        begin(log, plan)
        seen = asyncio.run(_ask(plan, registry, probes_for(claim, registry), log))
        end(log, seen)
    outcome, why = recheck(claim.rule, seen)
    if as_json:
        told = {
            "fingerprint": claim.fingerprint,
            "rule": claim.rule,
            "outcome": outcome.value,
            "why": why,
            "url": claim.url,
        }
        typer.echo(json.dumps(told))
    else:
        typer.echo(f"{outcome.value}: {claim.url}: {claim.title}: {why}")
    bad = {RecheckOutcome.EXPOSED: ExitCode.FINDINGS, RecheckOutcome.UNKNOWN: ExitCode.INCOMPLETE}
    raise typer.Exit(bad.get(outcome, ExitCode.CLEAN))


def _claim(fingerprint: str, source: Path | None, endpoint: str, rule: str, registry: "Registry") -> "Claim":
    from scanner.cli.verify_plan import claim_of_endpoint, claim_of_finding
    from scanner.core.errors import UsageError
    from scanner.findings.run_coverage import endpoint_key
    from scanner.report.pick import pick_finding
    from scanner.report.read import read_report

    if endpoint and rule and not fingerprint and source is None:
        return claim_of_endpoint(endpoint, rule, registry)
    if not fingerprint or source is None or endpoint or rule:
        raise UsageError("say what to verify: FINGERPRINT --from FILE, or --endpoint URL --rule ID")
    report = read_report(source)
    finding = pick_finding(report, fingerprint, source)
    here = endpoint_key(finding.endpoint)
    tls = any(endpoint_key(row.endpoint) == here and row.tls for row in report.endpoints)
    try:
        return claim_of_finding(finding, tls=tls)
    except UsageError as error:
        raise UsageError(str(error), file=source) from None


async def _ask(
    plan: "ScanPlan", registry: "Registry", probes: "tuple[Probe, ...]", log: "AuditLog | None"
) -> "ScanReport":
    from scanner.cli.auditing import kept
    from scanner.cli.planning import make_engine
    from scanner.pipeline import scan
    from scanner.probes.runner import Runner

    runner = Runner(probes, plan.scope, audit=log)
    return await kept(log, scan(plan, make_engine(plan, registry), runner, audit=log))
