"""What a ticket says, free of any markup: a title and blocks of text, which each tracker renders its own way."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple, TypeAlias

from scanner.core.address import Address, to_number
from scanner.core.finding import Finding, Severity
from scanner.core.moment import seconds_between
from scanner.core.ports import Transport
from scanner.core.report import Run
from scanner.core.text import clean
from scanner.targets.special import Reach, numbers_of
from scanner.tickets.fields import Fields
from scanner.tickets.marker import Marker, Member
from scanner.tickets.proof import PATH_MARK

TITLE_CHARS = 200
"""Longest title; the shortest limit of the trackers is ServiceNow's short_description of 160, which is cut there."""
_MOST_PROOF = 10
_MOST_REFERENCES = 10
_VALUE_CHARS = 1_000


class Heading(NamedTuple):
    """A heading of our own words."""

    text: str


class Prose(NamedTuple):
    """A paragraph; it may hold words from the network, so it is escaped like everything else."""

    text: str


class Rows(NamedTuple):
    """A list of labelled values; the labels are ours, the values a stranger's."""

    rows: tuple[tuple[str, str], ...]


class Code(NamedTuple):
    """Lines to paste."""

    lines: tuple[str, ...]


Block: TypeAlias = Heading | Prose | Rows | Code


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """The content of one ticket."""

    marker: Marker
    title: str
    blocks: tuple[Block, ...]
    fields: Fields
    severity: Severity
    """The highest among its findings."""
    findings: tuple[Finding, ...]
    """For trackers that have fields of their own for what a finding holds."""
    run: Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """Something to say once on a ticket."""

    mark: str
    """Sixteen hexadecimal digits by which a repetition is recognised."""
    lines: tuple[str, ...]


def write_ticket(findings: Sequence[Finding], marker: Marker, fields: Fields, run: Run, *, host: bool) -> Ticket:
    """Return the ticket for findings that share a key, with those members of the marker that were not looked at."""
    ordered = sorted(findings, key=lambda finding: (-finding.severity, finding.endpoint.port, finding.rule))
    shown = {finding.fingerprint for finding in ordered}
    unseen = [member for member in marker.members if member.fingerprint not in shown]
    title = _host_title(ordered) if host else _title(ordered[0])
    blocks: list[Block] = []
    for finding in ordered:
        if host:
            blocks.append(Heading(_title(finding)))
        blocks += _finding_blocks(finding, run, fields)
    if unseen:
        blocks += [
            Heading("Not looked at in the last run"),
            Rows(tuple((member.severity.word, _of_member(member)) for member in unseen)),
        ]
    blocks.append(Prose("The scanner rewrites this text when something that matters changes: comment, do not edit it."))
    return Ticket(
        marker=marker,
        title=clean(title, TITLE_CHARS),
        blocks=tuple(blocks),
        fields=fields,
        severity=max((*(finding.severity for finding in ordered), *(member.severity for member in unseen))),
        findings=tuple(ordered),
        run=run,
    )


def verify_command(finding: Finding) -> str:
    """Return the command that asks again; whoever gets the ticket has no report, so it names everything itself."""
    endpoint = finding.endpoint
    # A port of UDP has no scheme that says so.
    where = str(endpoint) if endpoint.transport is Transport.UDP else finding.url
    words = ["exposure", "verify", "--endpoint", clean(where, _VALUE_CHARS), "--rule", clean(finding.rule)]
    return shlex.join([*words, *(["--allow-public"] if _is_public(endpoint.address) else [])])


@cache
def _is_public(address: Address) -> bool:
    try:
        return to_number(address) in numbers_of(Reach.PUBLIC)
    except OSError:
        # A link-local address of an interface that this machine does not have.
        return False


def place_words(place: str) -> str:
    """Return a place of a marker as people write it."""
    return place.replace(PATH_MARK, "")


def _title(finding: Finding) -> str:
    name = f" ({finding.endpoint.name})" if finding.endpoint.name else ""
    return f"{finding.title}: {finding.endpoint}{finding.endpoint.base_path}{name}"


def _host_title(findings: Sequence[Finding]) -> str:
    endpoint = findings[0].endpoint
    host = f"{endpoint.address} ({endpoint.name})" if endpoint.name else str(endpoint.address)
    services = sorted({finding.service for finding in findings})
    return f"Services open to anybody on {host}: {', '.join(services)}"


def _of_member(member: Member) -> str:
    return f"{member.rule} at {place_words(member.place)}, fingerprint {member.fingerprint}"


def _finding_blocks(finding: Finding, run: Run, fields: Fields) -> list[Block]:
    blocks: list[Block] = [
        Prose(clean(finding.detail, _VALUE_CHARS)) if finding.detail else Prose(clean(finding.title, _VALUE_CHARS)),
        Rows(tuple((label, clean(value, _VALUE_CHARS)) for label, value in _summary(finding, run, fields) if value)),
        Heading("What an attacker gains"),
        Prose(clean(finding.impact, _VALUE_CHARS)),
    ]
    if finding.compromise:
        signs = tuple((clean(sign.id), clean(sign.detail, _VALUE_CHARS)) for sign in finding.compromise)
        blocks += [Heading("Signs that somebody has been in already"), Rows(signs)]
    if finding.proof:
        steps = [(("Sent", step.sent), ("Received", step.received)) for step in finding.proof[-_MOST_PROOF:]]
        rows = tuple((label, clean(value, _VALUE_CHARS)) for step in steps for label, value in step)
        blocks += [Heading("Proof (read-only)"), Rows(rows)]
    if finding.remedy:
        blocks += [Heading("Remedy"), Code(tuple(clean(line, _VALUE_CHARS) for line in finding.remedy))]
    blocks += [
        Heading("How to check that it is fixed"),
        Code((verify_command(finding),)),
    ]
    if finding.references:
        links = tuple(("See", clean(link)) for link in finding.references[:_MOST_REFERENCES])
        blocks += [Heading("References"), Rows(links)]
    return blocks


def _first_seen(finding: Finding, run: Run) -> str:
    if not finding.first_seen:
        return f"{run.ended} at the latest"
    try:
        days = int(seconds_between(finding.first_seen, run.started) // 86_400)
    except (ValueError, TypeError):
        return finding.first_seen
    old = f"{days} day{'s' if days > 1 else ''}" if days else "less than a day"
    return f"{finding.first_seen}, {old} before this run"


def _summary(finding: Finding, run: Run, fields: Fields) -> list[tuple[str, str]]:
    owasp = ", ".join(f"{code}:{edition}" for edition in (2025, 2021, 2017) for code in finding.owasp.of(edition)[:1])
    priority = finding.priority.word
    cvss = f"CVSS {finding.cvss.version} {finding.cvss.score} {finding.cvss.vector}"
    reasons = "; ".join(finding.priority_reasons)
    return [
        ("Where", finding.url),
        ("Name", finding.endpoint.name or ""),
        ("Service", " ".join(filter(None, (finding.product or finding.service, finding.version)))),
        (
            "Severity",
            f"{finding.severity.word} ({cvss})",
        ),
        ("Priority", f"{priority}: {reasons}" if reasons else priority),
        ("Confidence", finding.confidence),
        ("Access without credentials", finding.access.word),
        ("OWASP Top 10", owasp),
        ("CWE", ", ".join(f"CWE-{number}" for number in finding.cwe)),
        ("ATT&CK", ", ".join(finding.attack)),
        ("Owner", finding.owner or ""),
        ("Queue", fields.note),
        ("First seen", _first_seen(finding, run)),
        ("Seen", f"{run.ended} in run {run.id}, when this text was written"),
        ("Rule", finding.rule),
        ("Fingerprint", finding.fingerprint),
    ]
