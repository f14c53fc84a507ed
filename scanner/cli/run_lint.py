"""Runs `exposure lint`: read, judge, report; with --confirm, scan as well and hold both against each other."""

import os
import sys
from dataclasses import replace
from datetime import UTC, datetime

import click

from scanner.cli.lint import LintOptions
from scanner.cli.outputs import Outputs
from scanner.cli.policy import Policy
from scanner.core.errors import UsageError
from scanner.core.exit_code import ExitCode
from scanner.core.report import RunStatus, ScanReport
from scanner.core.space import Space
from scanner.findings.accepted import apply_acceptances
from scanner.findings.baseline import mark_known
from scanner.findings.judge import finding_order
from scanner.lint.find import Found, lint
from scanner.lint.findings import report_of
from scanner.report.fail_on import decide


def run_lint(options: LintOptions) -> ExitCode:
    """Do what `exposure lint` was asked, and return its exit code."""
    if options.listed:
        click.echo(_listing())
        return ExitCode.CLEAN
    if not options.paths:
        raise UsageError("no path; name a file or a folder: exposure lint .")
    outputs = Outputs.resolve(options, options)
    policy = Policy.read(options)
    found = lint(options.paths, os.environ, sys.stdin.buffer)
    if not found.files and not found.problems:
        raise UsageError(f"{options.paths[0]}: holds no file of a kind that is known; see `exposure lint --list`")
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if options.confirm:
        return _confirmed(options, found, now)
    report = report_of(found, {"targets": list(options.paths), "fail_on": options.fail_on}, now)
    report = _held_against(report, policy)
    stale = [problem for problem in report.problems if problem.kind.advises]
    outputs.write(report)
    decision = decide(report, policy.gate, stale)
    if decision.why and not options.quiet:
        sys.stderr.write(f"exposure: {decision.why}\n")
    return decision.code


def _held_against(report: ScanReport, policy: Policy) -> ScanReport:
    if policy.baseline is not None:
        report = mark_known(report, policy.baseline)
    return apply_acceptances(report, policy.acceptances, Space()).report if policy.acceptances else report


def beside(found: Found, report: ScanReport, now: str) -> ScanReport:
    """Return a scan's report with what files say that it could not prove: of other kinds, and those not read."""
    composed = {str(file) for file in found.composed}
    others = replace(
        found,
        predictions=[one for one in found.predictions if one.anchor.file not in composed],
        problems=[one for one in found.problems if one.kind.leaves_gap],
    )
    told = report_of(others, {}, now)
    gap = told.run.status is RunStatus.INCOMPLETE and report.run.status is RunStatus.COMPLETE
    return replace(
        report,
        run=replace(report.run, status=RunStatus.INCOMPLETE) if gap else report.run,
        findings=tuple(sorted((*report.findings, *told.findings), key=finding_order)),
        problems=(*report.problems, *told.problems),
    )


def _confirmed(options: LintOptions, found: Found, now: str) -> ExitCode:
    """Scan what the Compose files publish here: the scan's own report says which predictions it proved."""
    from scanner.cli.run_scan import run_scan
    from scanner.cli.scan_options import ScanOptions

    files = tuple(dict.fromkeys(found.composed))
    if not files:
        raise UsageError("--confirm scans what Compose files publish, and none is here")
    return run_scan(
        ScanOptions(
            from_compose=files,
            form=options.form,
            output=options.output,
            fail_on=options.fail_on,
            allow_incomplete=options.allow_incomplete,
            min_coverage=options.min_coverage,
            accept=options.accept,
            strict_accept=options.strict_accept,
            baseline=options.baseline,
            owasp=options.owasp,
            quiet=options.quiet,
            verbose=options.verbose,
            color=options.color,
            no_color=options.no_color,
            progress=options.progress,
        ),
        lambda report: beside(found, report, now),
    )


def _listing() -> str:
    from scanner.lint.knowledge import known_images
    from scanner.lint.reader import load_readers

    kinds = "\n".join(f"  {reader.title}" for reader in load_readers())
    rows = sorted({(known.probe.id, " ".join(known.image.names)) for known in known_images()})
    images = "\n".join(f"  {service:<20} {names}" for service, names in rows)
    return f"Files:\n{kinds}\n\nImages:\n{images}"
