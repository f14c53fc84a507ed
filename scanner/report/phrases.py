"""What every report for people says, in the same order and the same words."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from scanner.core.count import counted
from scanner.core.endpoint import Endpoint
from scanner.core.finding import Finding, FindingState, Severity, Status
from scanner.core.report import EndpointRow, ScanReport
from scanner.core.talk import TlsFacts
from scanner.core.unheard import Unheard
from scanner.findings.end_of_life import end_of_life
from scanner.findings.owasp import TITLES
from scanner.findings.run_coverage import EndpointKey, endpoint_key
from scanner.report.document import category_code

Labels: TypeAlias = Mapping[EndpointKey, str]
"""Place of an endpoint -> what others call it, in words."""
_MOST_NAMES = 4
"""Names of one certificate that a report for people tells."""
_WHY_UNHEARD = {
    Unheard.TIMED_OUT: "it did not answer in time",
    Unheard.CUT_OFF: "its answer was cut off",
    Unheard.REFUSED_LATER: "it refuses to answer for now",
    Unheard.MALFORMED: "its answer can't be read",
    Unheard.UNDECIDED: "it neither shows nor refuses what would prove access",
    Unheard.LOCAL_FAULT: "this machine failed while it was asked",
    Unheard.NOT_ASKED: "it was not asked",
}
_LADDER = (Status.EXPOSED, Status.INCONCLUSIVE, Status.PROTECTED, Status.IDENTIFIED, Status.OPEN)


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one OWASP category, worst first."""

    code: str
    """Such as A02:2025."""
    title: str
    """Such as Security Misconfiguration."""
    findings: tuple[Finding, ...]

    def rules(self) -> tuple[tuple[Finding, ...], ...]:
        """Return the findings by rule; each rule's first finding speaks for it."""
        by_rule: defaultdict[str, list[Finding]] = defaultdict(list)
        for finding in self.findings:
            by_rule[finding.rule].append(finding)
        return tuple(map(tuple, by_rule.values()))


def ranked(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings worst first; among equals by address, port and rule."""
    return sorted(findings, key=_rank)


def groups(report: ScanReport) -> tuple[Group, ...]:
    """Return the findings by primary OWASP category of the report's edition, the group with the worst one first."""
    by_category: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in ranked(report.findings):
        by_category[category_code(finding, report.edition)].append(finding)
    titles = TITLES[report.edition]
    return tuple(
        Group(code, titles.get(code.rpartition(":")[0], ""), tuple(found)) for code, found in by_category.items()
    )


def surface(report: ScanReport) -> tuple[EndpointRow, ...]:
    """Return the endpoints that no finding speaks for: protected and identified ones, then those merely open."""
    # Several URLs of one port are places of their own.
    told = {(endpoint_key(finding.endpoint), finding.endpoint.base_path) for finding in report.findings}
    rest = [row for row in report.endpoints if (endpoint_key(row.endpoint), row.endpoint.base_path) not in told]
    return tuple(sorted(rest, key=lambda row: (_LADDER.index(row.status), *_address_key(row.endpoint))))


def unheard(report: ScanReport) -> tuple[EndpointRow, ...]:
    """Return the open endpoints that could not be heard out, in the order of the surface."""
    return tuple(row for row in surface(report) if row.status is Status.INCONCLUSIVE)


def why_unheard(row: EndpointRow) -> str:
    """Return why an endpoint could not be heard out, with the word of its reason; empty when it was."""
    return f"{_WHY_UNHEARD[row.reason]} ({row.reason})" if row.reason is not None else ""


def unheard_sentences(report: ScanReport, most: int) -> Iterator[str]:
    """Yield one sentence for each endpoint that could not be heard out, at most so many, then how many more."""
    rows = unheard(report)
    for row in rows[:most]:
        service = f" ({product_of(row)})" if row.service else ""
        yield f"{row.endpoint}{service} is open and could not be heard out: {why_unheard(row)}"
    if len(rows) > most:
        yield f"{counted(len(rows) - most, 'open endpoint')} more could not be heard out; all are in the JSON report"


def product_of(item: Finding | EndpointRow) -> str:
    """Return product and version, or the service's id, or `?`."""
    name = item.product or item.service or "?"
    return f"{name} {item.version}" if item.version else name


def by_severity(findings: Iterable[Finding]) -> str:
    """Return `2 critical, 1 low`, the worst first."""
    counts = dict.fromkeys(reversed(Severity), 0)
    for finding in findings:
        counts[finding.severity] += 1
    return ", ".join(f"{number:,} {severity.word}" for severity, number in counts.items() if number)


def labels_by_place(report: ScanReport) -> Labels:
    """Return what others call each endpoint, in words; those of which nothing is known are missing."""
    said = ((endpoint_key(row.endpoint), labels(row)) for row in report.endpoints)
    return {where: words for where, words in said if words}


def labels(row: EndpointRow) -> str:
    """Return the reverse DNS name and the certificate in words, empty when there is neither."""
    named = f"reverse DNS {row.reverse_dns}" if row.reverse_dns else ""
    return "; ".join(filter(None, (named, certificate(row.tls))))


def outlived(item: Finding | EndpointRow) -> str:
    """Return since when its makers mend a version no longer; empty where nobody knows that."""
    found = end_of_life(item.product, item.version)
    return "" if found is None else f"{item.product} {found.words}"


def remarks(row: EndpointRow) -> str:
    """Return what there is to say of an endpoint that no finding speaks for."""
    decoy = f"possible decoy: {row.decoy}" if row.decoy else ""
    return "; ".join(filter(None, (why_unheard(row), row.note, decoy, outlived(row), reached(row), labels(row))))


def reached(item: Finding | EndpointRow) -> str:
    """Return from which vantage points an endpoint was reached; empty where these have no names."""
    return f"reached from {', '.join(item.reached_from)}" if item.reached_from else ""


def certificate(tls: TlsFacts | None) -> str:
    """Return whose a certificate is, for how long, and whether nobody vouches for it; empty when there is none."""
    if tls is None or not (tls.sha256 or tls.subject):
        return ""
    names = [name for name in tls.names if f"CN={name}" != tls.subject]
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    parts = (
        f"certificate {tls.subject or 'without a subject'}",
        f"for {', '.join(names[:_MOST_NAMES])}{more}" if names else "",
        f"until {tls.not_after[:10]}" if tls.not_after else "",
        "self-signed" if tls.self_signed else "",
    )
    return ", ".join(filter(None, parts))


def state_note(finding: Finding) -> str:
    """Return what is special about a finding's state, empty for a new one."""
    if finding.state is FindingState.ACCEPTED:
        return f"accepted: {finding.accepted_reason or 'no reason given'}" + (
            f" ({finding.owner})" if finding.owner else ""
        )
    return "known since the baseline" if finding.state is FindingState.KNOWN else ""


@dataclass(frozen=True, slots=True)
class Beside:
    """What a report knows beside a finding itself."""

    labels: Labels
    started: str

    @classmethod
    def of(cls, report: ScanReport) -> "Beside":
        """Return what a report knows."""
        return cls(labels_by_place(report), report.run.started)

    def called(self, finding: Finding) -> str:
        """Return what else the machine is called; empty for nothing."""
        return self.labels.get(endpoint_key(finding.endpoint), "")

    def since(self, finding: Finding) -> str:
        """Return since when a finding is known and how long before the run that was; empty where nobody knows."""
        if not finding.first_seen:
            return ""
        try:
            age = datetime.fromisoformat(self.started) - datetime.fromisoformat(finding.first_seen)
        except (ValueError, TypeError):
            return f"first seen {finding.first_seen}"
        days = f", {counted(age.days, 'day')} before this run" if age.days > 0 else ""
        return f"first seen {finding.first_seen[:10]}{days}"


def _rank(finding: Finding) -> tuple[int, int, float, int, int, str, int, str, str]:
    return (
        -finding.priority,
        -finding.severity,
        -finding.cvss.score,
        *_address_key(finding.endpoint),
        finding.endpoint.transport.value,
        finding.rule,
    )


def _address_key(endpoint: Endpoint) -> tuple[int, int, str, int]:
    # Not core.address.to_number: that one asks this machine for a zone's interface, and the report may be another's.
    address = endpoint.address
    return address.version, int(address), getattr(address, "scope_id", None) or "", endpoint.port
