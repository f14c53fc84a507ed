"""`exposure verify`: ask once more about one finding."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from scanner.cli.command import Command
from scanner.cli.command_table import about
from scanner.cli.option import Group, option
from scanner.cli.report_options import FindingOptions, JsonOption
from scanner.cli.sweep_options import AuditOption
from scanner.cli.target_options import AllowPublicOption, ChecksOption
from scanner.core.exit_code import ExitCode

if TYPE_CHECKING:
    from scanner.cli.verify_plan import Claim
    from scanner.core.plan import ScanPlan
    from scanner.core.probe import Probe
    from scanner.core.report import ScanReport
    from scanner.history.audit_file import AuditLog
    from scanner.probes.registry import Registry


@dataclass(frozen=True, kw_only=True)
class VerifyOptions(JsonOption, AuditOption, ChecksOption, AllowPublicOption, FindingOptions):
    """Which finding is asked about: one of a report, or a rule at an endpoint."""

    endpoint: str = option(
        "",
        "--endpoint",
        "Without a report: where, as tickets and reports write it.",
        metavar="URL",
        group=Group.TARGETS,
        example="--endpoint redis://10.0.0.5:6379",
    )
    rule: str = option(
        "",
        "--rule",
        "The rule to check at that endpoint.",
        metavar="ID",
        group=Group.TARGETS,
        example="--rule redis-no-password",
    )


def run(options: VerifyOptions) -> ExitCode:
    """Ask again, and print what became of the finding."""
    import asyncio
    import json

    from scanner.cli.auditing import audit_in, begin, end
    from scanner.cli.verify_plan import plan_claim, probes_for
    from scanner.findings.recheck import RecheckOutcome, recheck
    from scanner.probes.registry import load_registry

    registry = load_registry() if options.checks is None else load_registry().with_checks(options.checks)
    claim = _claim(options, registry)
    plan = plan_claim(claim, registry, allow_public=options.allow_public)
    with audit_in(options.audit) as log:
        begin(log, plan)
        seen = asyncio.run(_ask(plan, registry, probes_for(claim, registry), log))
        end(log, seen)
    outcome, why = recheck(claim.rule, seen)
    if options.as_json:
        told = {
            "fingerprint": claim.fingerprint,
            "rule": claim.rule,
            "outcome": outcome.value,
            "why": why,
            "url": claim.url,
        }
        click.echo(json.dumps(told))
    else:
        click.echo(f"{outcome.value}: {claim.url}: {claim.title}: {why}")
    bad = {RecheckOutcome.EXPOSED: ExitCode.FINDINGS, RecheckOutcome.UNKNOWN: ExitCode.INCOMPLETE}
    return bad.get(outcome, ExitCode.CLEAN)


COMMAND = Command(
    name="verify",
    about=about("verify"),
    options=VerifyOptions,
    run=run,
    example="exposure verify 3f2a9c01 --from report.json",
)


def _claim(options: VerifyOptions, registry: "Registry") -> "Claim":
    from scanner.cli.verify_plan import claim_of_endpoint, claim_of_finding
    from scanner.core.errors import UsageError
    from scanner.findings.run_coverage import endpoint_key
    from scanner.report.pick import pick_finding
    from scanner.report.read import read_report

    fingerprint, source, endpoint, rule = options.fingerprint, options.source, options.endpoint, options.rule
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
