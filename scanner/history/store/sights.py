"""What one report says of findings: facts for those that it has, and for those that it should have seen; pure."""

import json
import zlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from scanner.core.endpoint import Endpoint
from scanner.core.errors import UsageError
from scanner.core.facts import Access
from scanner.core.finding import Confidence, Finding, FindingState
from scanner.core.jsontext import Json
from scanner.core.moment import utc_of
from scanner.core.report import EndpointRow, ScanReport
from scanner.core.text import clean
from scanner.findings.change import Fate, fate_of_missing
from scanner.findings.run_coverage import RunCoverage, scope_words
from scanner.history.store.life import Fact, Kind
from scanner.report.document import endpoint_object, head_objects, problem_object
from scanner.report.read import parse_report

_AHEAD = timedelta(hours=1)
"""How much another machine's clock may be ahead of ours."""


def demand_seen(report: ScanReport, now: str) -> None:
    """Raise UsageError for a report that has no place in a history at a time (ISO 8601, UTC).

    A prediction from files saw nothing. What a run that has yet to come calls gone would stay gone, whatever is seen
    until then.
    """
    if any(finding.confidence is Confidence.PREDICTED for finding in report.findings) or report.run.engine == "lint":
        raise UsageError("the report of `exposure lint` tells what files would open; a history keeps what was seen")
    for name, text in (("started", report.run.started), ("ended", report.run.ended)):
        try:
            utc_of(text)
        except (ValueError, OverflowError):
            raise UsageError(f"run.{name} of run {report.run.id[:64]} is no time in ISO 8601") from None
    if datetime.fromisoformat(utc_of(report.run.started)) > datetime.fromisoformat(now) + _AHEAD:
        raise UsageError(
            f"run {report.run.id[:64]} began at {report.run.started[:64]}, which is still to come; check the clocks of "
            "the machine that scanned and of this one"
        )
    if len({one.fingerprint for one in report.findings}) < len(report.findings):
        raise UsageError(f"run {report.run.id[:64]} has two findings of one id; each belongs in a report once")


def vantages_of(report: ScanReport) -> tuple[str, ...]:
    """Return from where a run looked: its one vantage point, or all of a merged one."""
    several = {_short(name) for row in report.endpoints for name in row.reached_from}
    return tuple(sorted(several)) or (_short(report.run.vantage or ""),)


def facts_of_seen(finding: Finding, report: ScanReport, at: str) -> list[Fact]:
    """Return what a run says of a finding that it has: one fact for each vantage point that saw it."""
    places = dict.fromkeys(map(_short, finding.reached_from or (report.run.vantage or "",)))
    return [
        Fact(at, Kind.SEEN, place, finding.severity, what_of(finding), finding.state is FindingState.ACCEPTED)
        for place in places
    ]


def _short(vantage: str) -> str:
    """Return the name of a vantage point as it is kept."""
    return clean(vantage, 64)


def what_of(finding: Finding) -> str:
    """Return in words what matters of a finding beside its rule: another text is a change."""
    product = " ".join(part for part in (finding.product or finding.service, finding.version) if part)
    access = "" if finding.access is Access.UNKNOWN else f", {finding.access.word}"
    signs = "".join(f", {one.id}" for one in finding.compromise)
    return f"{product}{access}{signs}"[:500]


class Missing:
    """Judges findings that a run does not have."""

    def __init__(self, report: ScanReport, vantages: tuple[str, ...]) -> None:
        """Judge by one report, or what was kept of it."""
        self._at = utc_of(report.run.started)
        self._vantages = vantages
        whole = RunCoverage.of(report, report)
        self._same, self._other = whole, replace(whole, same_scope=False)
        self._options = scope_words(report.run)

    def facts(self, endpoint: Endpoint, service: str, options: str) -> list[Fact]:
        """Return what the run says of a finding, given the scope options of the run that saw it last.

        None where it never meant to look there: it says nothing at all.
        """
        coverage = self._same if options == self._options else self._other
        fate, why = fate_of_missing(endpoint, service, coverage)
        if fate is not Fate.GONE and coverage.row(endpoint) is None and not coverage.is_planned(endpoint):
            return []
        if fate is Fate.GONE and len(self._vantages) > 1:
            fate, why = Fate.UNKNOWN, "a merged report does not say from where it is gone; add those of each vantage"
        kind = Kind.GONE if fate is Fate.GONE else Kind.UNHEARD
        return [Fact(self._at, kind, vantage, what=why) for vantage in self._vantages]


def packed(report: ScanReport) -> bytes:
    """Return what a report can prove of findings that it does not have, compressed."""
    kept = replace(
        report,
        findings=(),
        problems=tuple(one for one in report.problems if one.kind.doubts_silence),
        endpoints=tuple(
            EndpointRow(endpoint=row.endpoint, status=row.status, reason=row.reason, service=row.service, note=row.note)
            for row in report.endpoints
        ),
    )
    document = {
        **head_objects(kept),
        "endpoints": [_bare(endpoint_object(row)) for row in kept.endpoints],
        "problems": [problem_object(one) for one in kept.problems],
    }
    return zlib.compress(json.dumps([document, vantages_of(report)]).encode())


def _bare(row: dict[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in row.items() if value not in (None, "", [], {}, False)}


def unpacked(data: bytes, name: str) -> Missing:
    """Return the judge of a run that was kept; raises UsageError naming the history when it is damaged."""
    document, vantages = json.loads(zlib.decompress(data))
    whole = {"findings": [], **document}
    return Missing(parse_report(json.dumps(whole).encode(), Path(name)), tuple(vantages))


def seen_ids(findings: Iterable[Finding]) -> set[str]:
    """Return every id of some findings."""
    return {key for one in findings for key in (one.fingerprint, *one.aliases)}
