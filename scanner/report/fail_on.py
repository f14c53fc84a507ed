"""The exit code of a run, decided in one place: clean and could-not-look are never the same; pure."""

from collections.abc import Iterable
from typing import NamedTuple

from scanner.core.count import counted
from scanner.core.exit_code import ExitCode
from scanner.core.finding import Confidence, Finding, FindingState, Severity
from scanner.core.problem import Problem
from scanner.core.report import RunStatus, ScanReport
from scanner.report.phrases import by_severity
from scanner.report.verdict import LINT, looked_at_share, missing_part, nothing_answered, nothing_was_open


class Gate(NamedTuple):
    """What a run has to satisfy."""

    threshold: Severity | None
    """Lowest severity that fails the run; None for never."""
    allow_incomplete: bool = False
    least_coverage: float | None = None
    """Share of planned endpoints that must have been looked at, 0 to 1."""
    strict_accept: bool = False
    """Whether expired and unused acceptances fail the run."""


class Decision(NamedTuple):
    """An exit code and one line of why, empty when it is plain."""

    code: ExitCode
    why: str = ""


def decide(report: ScanReport, gate: Gate, stale: Iterable[Problem] = ()) -> Decision:
    """Return the exit code of a run; `stale` is what findings.accepted said of the acceptances.

    What was found weighs more than what was not seen: an exposure stays one, however much was left unlooked at.
    """
    if report.run.status is RunStatus.INTERRUPTED:
        return Decision(ExitCode.INTERRUPTED, "interrupted: the report holds what was seen until then")
    failing = [finding for finding in report.findings if _counts(finding, gate.threshold)]
    if failing:
        return Decision(ExitCode.FINDINGS, f"{counted(len(failing), 'finding')} to act on: {by_severity(failing)}")
    rotten = tuple(stale) if gate.strict_accept else ()
    if rotten:
        return Decision(ExitCode.FINDINGS, f"{rotten[0].where}: {rotten[0].detail} (--strict-accept)")
    inside = report.host is not None or report.run.engine == LINT
    return _machine_seen(report, gate) if inside else _seen_enough(report, gate)


def _seen_enough(report: ScanReport, gate: Gate) -> Decision:
    coverage = report.coverage
    if nothing_was_open(report):
        return Decision(ExitCode.CLEAN, "the imported scan came to its end and found no open port")
    if coverage.looked_at == 0:
        return Decision(ExitCode.NOTHING_SCANNED, "nothing could be scanned; the problems in the report say why")
    if nothing_answered(coverage):
        return Decision(ExitCode.NOTHING_SCANNED, "no host answered on any port: that is not the same as clean")
    share = looked_at_share(coverage)
    if gate.least_coverage is not None and share < gate.least_coverage:
        told = f"looked at {share:.2%} of what was planned, less than --min-coverage {gate.least_coverage:.2%}"
        return Decision(ExitCode.INCOMPLETE, told)
    lost = any(problem.kind.loses_target for problem in report.problems)
    if (report.run.status is RunStatus.INCOMPLETE or lost) and not gate.allow_incomplete:
        return Decision(ExitCode.INCOMPLETE, f"{missing_part(report)} --allow-incomplete lets this pass")
    return Decision(ExitCode.CLEAN)


def _machine_seen(report: ScanReport, gate: Gate) -> Decision:
    """Judge a view from the inside, of a machine or of files: nothing to listen is not the same as no answer."""
    if report.run.status is RunStatus.INCOMPLETE and not gate.allow_incomplete:
        return Decision(ExitCode.INCOMPLETE, f"{missing_part(report)} --allow-incomplete lets this pass")
    return Decision(ExitCode.CLEAN)


def _counts(finding: Finding, threshold: Severity | None) -> bool:
    new = finding.state is FindingState.NEW and finding.confidence is not Confidence.SUSPECTED
    return new and threshold is not None and finding.severity >= threshold
