"""An earlier report as a baseline: what it knew already does not count as new; pure."""

from dataclasses import replace

from scanner.core.finding import Finding, FindingState
from scanner.core.report import ScanReport


def mark_known(report: ScanReport, baseline: ScanReport) -> ScanReport:
    """Return the report with every finding of the baseline marked known, and when it was first seen."""
    first_seen = {finding.fingerprint: finding.first_seen or baseline.run.started for finding in baseline.findings}
    return replace(report, findings=tuple(_marked(finding, first_seen) for finding in report.findings))


def _marked(finding: Finding, first_seen: dict[str, str]) -> Finding:
    seen = first_seen.get(finding.fingerprint)
    if seen is None:
        return finding
    state = FindingState.KNOWN if finding.state is FindingState.NEW else finding.state
    return replace(finding, state=state, first_seen=seen)
