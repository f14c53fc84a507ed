"""An earlier report as a baseline: what it knew already does not count as new; pure."""

from dataclasses import replace

from scanner.core.finding import Finding, FindingState
from scanner.core.report import ScanReport
from scanner.findings.identity import adopt, pair


def mark_known(report: ScanReport, baseline: ScanReport) -> ScanReport:
    """Return the report with every finding of the baseline marked known, and when it was first seen.

    A named machine at a new address keeps the fingerprints that the baseline has for it.
    """
    known = pair(baseline.findings, report.findings)
    findings = tuple(_marked(finding, known.get(place), baseline) for place, finding in enumerate(report.findings))
    # A baseline of an earlier version may have a name's id in front: that one is an alias now, and nothing moved.
    moved = [old for place, old in known.items() if old.fingerprint not in report.findings[place].aliases]
    return replace(report, findings=adopt(findings, moved))


def _marked(finding: Finding, known: Finding | None, baseline: ScanReport) -> Finding:
    if known is None:
        return finding
    state = FindingState.KNOWN if finding.state is FindingState.NEW else finding.state
    return replace(finding, state=state, first_seen=known.first_seen or baseline.run.started)
