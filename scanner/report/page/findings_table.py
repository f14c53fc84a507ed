"""The table of findings: one row a rule and host with all its ports, and what the script filters it by."""

from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from scanner.core.count import counted
from scanner.core.finding import Finding, FindingState
from scanner.core.ports import Transport
from scanner.core.report import ScanReport
from scanner.report.by_host import Together, compared, rows
from scanner.report.document import category_code
from scanner.report.page.elements import ALARM, level, link
from scanner.report.phrases import groups, ranked

_MOST_PORTS = 12


class _Columns(NamedTuple):
    """Which columns say anything in this report."""

    owner: bool
    state: bool


def findings_table(report: ScanReport) -> Iterator[str]:
    """Yield the section with the table."""
    findings = ranked(report.findings)
    yield f'<h2 id="findings-title" tabindex="-1">Findings ({len(findings):,})</h2>'
    if not findings:
        yield "<p>None.</p>"
        return
    columns = _Columns(
        owner=any(finding.owner for finding in findings),
        state=compared(report) or any(finding.state is not FindingState.NEW for finding in findings),
    )
    lines = rows(findings)
    yield from _controls(report, columns)
    yield '<div class="scroll"><table class="findings" id="findings"><caption id="said" aria-live="polite">'
    yield f"{counted(len(findings), 'finding')}, worst first, one row for each rule on each host</caption><thead><tr>"
    for key, head in (("severity", "Severity"), ("place", "Endpoint"), ("service", "Service"), ("title", "What is so")):
        yield _sorting(key, head)
    yield _sorting("owner", "Owner") * columns.owner
    yield '<th scope="col">OWASP</th>' + '<th scope="col">State</th>' * columns.state + "</tr></thead><tbody>"
    yield from (_row(line, report.edition, columns) for line in lines)
    yield '</tbody></table></div>\n<button class="more" id="more" type="button" hidden>Show more</button>'


def _sorting(key: str, head: str) -> str:
    # Browsers leave buttons out where they repeat a head on the next sheet of paper.
    return f'<th scope="col" data-key="{key}" data-head="{head}"><button type="button">{head}</button></th>'


def _controls(report: ScanReport, columns: _Columns) -> Iterator[str]:
    yield '<div class="controls" role="search">'
    yield '<label class="grow">Search (press /)<input type="search" id="search" autocomplete="off"></label>'
    severities = {str(int(finding.severity)): finding.severity.word for finding in ranked(report.findings)}
    yield _select("Severity", "severity", dict(sorted(severities.items(), reverse=True)))
    yield _select("OWASP", "owasp", {group.code: f"{group.code} {group.title}" for group in groups(report)})
    if columns.owner:
        yield _select("Owner", "owner", {name: name for name in sorted({one.owner or "" for one in report.findings})})
    if columns.state:
        yield _select("State", "state", {state.value: state.value for state in FindingState})
    yield "</div>"


def _select(label: str, name: str, options: dict[str, str]) -> str:
    every = "".join(
        f'<option value="{escape(value)}">{escape(text)}</option>' for value, text in options.items() if value
    )
    return f'<label>{label}<select name="{name}"><option value="">all</option>{every}</select></label>'


def _row(line: Together, edition: int, columns: _Columns) -> str:
    worst = line.worst
    owasp = category_code(worst, edition)
    name = f"<br>{escape(worst.endpoint.name)}" if worst.endpoint.name else ""
    alarm = ALARM if line.compromised else ""
    owner = f'<td class="owner">{escape(worst.owner or "")}</td>' if columns.owner else ""
    state = f'<td class="word">{worst.state.value}</td>' if columns.state else ""
    return (
        f'<tr data-severity="{int(worst.severity)}" data-place="{_sortable(worst)}" data-owasp="{escape(owasp)}"'
        f' data-state="{worst.state.value}" data-owner="{escape(worst.owner or "")}" data-count="{len(line.findings)}">'
        f"<td>{level(worst)}</td><td>{_places(line)}{name}</td>"
        f"<td>{escape(line.products)}</td><td>{escape(worst.title)}{alarm}</td>{owner}"
        f'<td class="word">{escape(owasp)}</td>{state}</tr>'
    )


def _places(line: Together) -> str:
    first, *others = line.findings
    more = f" and {len(others) - _MOST_PORTS:,} more" if len(others) > _MOST_PORTS else ""
    links = ", ".join(
        (link(first, str(first.endpoint), "place"), *(link(other, _port(other)) for other in others[:_MOST_PORTS]))
    )
    return f"{links}{more}"


def _port(finding: Finding) -> str:
    """Return what tells a finding from others of its rule on its host."""
    endpoint = finding.endpoint
    if endpoint.subject or endpoint.base_path:
        return endpoint.subject or finding.url
    return f"{endpoint.port}{'' if endpoint.transport is Transport.TCP else '/udp'}"


def _sortable(finding: Finding) -> str:
    address = finding.endpoint.address
    return f"{address.version}{int(address):032x}{finding.endpoint.port:05d}"
