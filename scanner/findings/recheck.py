"""What asking one endpoint again proves about a rule: closed only by a refusal, never by silence; pure."""

from enum import StrEnum
from typing import NamedTuple

from scanner.core.finding import Finding, Status
from scanner.core.report import EndpointRow, ScanReport


class RecheckOutcome(StrEnum):
    """What became of a finding that was asked again."""

    CLOSED = "closed"
    """The port refuses connections."""
    PROTECTED = "protected"
    """The service refuses strangers."""
    EXPOSED = "exposed"
    UNKNOWN = "unknown"
    """It could not be looked at, or what it allows is not proven."""


class Recheck(NamedTuple):
    """An outcome and the sentence that says why."""

    outcome: RecheckOutcome
    why: str


def recheck(rule: str, report: ScanReport) -> Recheck:
    """Return what a run over one endpoint proves about a rule; of a name's several addresses the worst one counts."""
    same = [found for found in report.findings if found.rule == rule]
    for found in (*same, *report.findings):
        return Recheck(RecheckOutcome.EXPOSED, _told(found, same=bool(same)))
    for row in report.endpoints:
        if row.status is not Status.PROTECTED:
            return Recheck(RecheckOutcome.UNKNOWN, _unproven(row))
    lacking = _lacking(report)
    if lacking:
        return Recheck(RecheckOutcome.UNKNOWN, lacking)
    if report.endpoints:
        row = report.endpoints[0]
        return Recheck(RecheckOutcome.PROTECTED, f"{row.product or row.service} refuses strangers")
    return Recheck(RecheckOutcome.CLOSED, "the port refuses connections")


def _lacking(report: ScanReport) -> str:
    """Return why the run is no proof, empty when every endpoint of it answered or refused."""
    coverage = report.coverage
    if coverage.filtered:
        return "the port stays silent: filtered, or the host is down"
    if coverage.unreachable:
        return "there is no way to the host"
    looked_at = report.endpoints or coverage.closed
    return "" if looked_at and not coverage.unscanned else "it could not be looked at"


def _told(found: Finding, *, same: bool) -> str:
    steps = "; ".join(f"{step.sent} -> {step.received}" for step in found.proof)
    told = found.detail if same else f"{found.rule}: {found.detail}"
    return f"{told} ({steps})" if steps else told


def _unproven(row: EndpointRow) -> str:
    return row.note or f"the port is open ({row.status.value}), and what it allows is not proven"
