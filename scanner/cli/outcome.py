"""What a run's exit code is: clean and could-not-look are never the same."""

from scanner.core.finding import FindingState, Severity
from scanner.core.report import RunStatus, ScanReport

CLEAN = 0
FINDINGS = 1
NOTHING_SCANNED = 3
INCOMPLETE = 4
INTERRUPTED = 130


def exit_code(report: ScanReport, threshold: Severity | None, *, allow_incomplete: bool) -> tuple[int, str]:
    """Return the exit code of CLI.md and one line of why, empty when it is plain."""
    if report.run.status is RunStatus.INTERRUPTED:
        return INTERRUPTED, "interrupted: the report holds what was seen until then"
    coverage = report.coverage
    if coverage.looked_at == 0:
        return NOTHING_SCANNED, "nothing could be scanned; the problems in the report say why"
    counted = [finding for finding in report.findings if _counts(finding.state) and finding.confidence == "confirmed"]
    if threshold is not None and any(finding.severity >= threshold for finding in counted):
        return FINDINGS, ""
    if coverage.open + coverage.closed == 0:
        return NOTHING_SCANNED, "no host answered on any port: that is not the same as clean"
    if report.run.status is RunStatus.INCOMPLETE and not allow_incomplete:
        return INCOMPLETE, "something could not be looked at; the problems in the report say what"
    return CLEAN, ""


def _counts(state: FindingState) -> bool:
    return state is FindingState.NEW
