"""What asking one endpoint again proves about a finding: closed only by a refusal, never by silence; pure."""

from enum import StrEnum
from typing import NamedTuple

from scanner.core.finding import Finding, Status
from scanner.core.report import EndpointRow, ScanReport
from scanner.findings.run_coverage import endpoint_key


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


def recheck(finding: Finding, report: ScanReport) -> Recheck:
    """Return what a run over the finding's one endpoint proves about it."""
    row = next((row for row in report.endpoints if endpoint_key(row.endpoint) == endpoint_key(finding.endpoint)), None)
    if row is not None:
        return _answering(finding, row, report)
    coverage = report.coverage
    if coverage.closed:
        return Recheck(RecheckOutcome.CLOSED, "the port refuses connections")
    if coverage.filtered:
        return Recheck(RecheckOutcome.UNKNOWN, "the port stays silent: filtered, or the host is down")
    if coverage.unreachable:
        return Recheck(RecheckOutcome.UNKNOWN, "there is no way to the host")
    return Recheck(RecheckOutcome.UNKNOWN, "it could not be looked at")


def _answering(finding: Finding, row: EndpointRow, report: ScanReport) -> Recheck:
    still = [found for found in report.findings if endpoint_key(found.endpoint) == endpoint_key(finding.endpoint)]
    same = [found for found in still if found.rule == finding.rule]
    for found in (*same, *still):
        steps = "; ".join(f"{step.sent} -> {step.received}" for step in found.proof)
        told = found.detail if found in same else f"{found.rule}: {found.detail}"
        return Recheck(RecheckOutcome.EXPOSED, f"{told} ({steps})" if steps else told)
    if row.status is Status.PROTECTED:
        return Recheck(RecheckOutcome.PROTECTED, f"{row.product or row.service} refuses strangers")
    reason = row.note or f"the port is open ({row.status.value}), and what it allows is not proven"
    return Recheck(RecheckOutcome.UNKNOWN, reason)
