"""The same findings by host, by owner and by rule: who has to do what, and where."""

from collections.abc import Iterator
from html import escape

from scanner.core.count import counted
from scanner.core.report import EndpointRow, ScanReport
from scanner.report.by_host import Together, host_of, together
from scanner.report.page.elements import level, link, listed, table
from scanner.report.verdict import LINT

_MOST_ROWS = 500


def groupings(report: ScanReport) -> Iterator[str]:
    """Yield one section each for hosts, owners (where any is known) and rules."""
    if not report.findings:
        return
    place = "File" if report.run.engine == LINT else "Host"
    yield from _hosts(report, place)
    if any(finding.owner for finding in report.findings):
        yield from _owners(report, place)
    yield from _rules(report, place)


def _hosts(report: ScanReport, place: str) -> Iterator[str]:
    found = together(report.findings, host_of)
    open_ports = _ports_by_host(report.endpoints)
    yield f'<h2 id="hosts">By {place.lower()}</h2>'
    heads = ("Worst", place, "Owner", "Findings", "What is so", "Open ports")
    rows = (_host(group, open_ports) for group in found[:_MOST_ROWS])
    yield from table(_caption(found, f"{place.lower()} with findings", f"{place.lower()}s with findings"), heads, rows)


def _host(group: Together, ports: dict[str, list[str]]) -> str:
    host = host_of(group.worst)
    names = f"<br>{listed(group.names, 3)}" if group.names else ""
    what = "<br>".join(f"{link(rule.worst, rule.worst.title)}{_times(rule)}" for rule in group.by_rule())
    return (
        f'<tr><td>{level(group.worst)}</td><td><span class="place">{escape(host)}</span>{names}</td>'
        f"<td>{listed(group.owners)}</td><td>{escape(group.counts)}</td><td>{what}</td>"
        f"<td>{listed(ports.get(host, []))}</td></tr>"
    )


def _owners(report: ScanReport, place: str) -> Iterator[str]:
    found = together(report.findings, lambda finding: finding.owner)
    yield '<h2 id="owners">By owner</h2>'
    heads = ("Worst", "Owner", "Findings", f"{place}s", "What is so")
    yield from table(_caption(found, "owner", "owners"), heads, map(_owner, found[:_MOST_ROWS]))


def _owner(group: Together) -> str:
    what = "<br>".join(f"{link(rule.worst, rule.worst.title)}{_times(rule)}" for rule in group.by_rule())
    return (
        f"<tr><td>{level(group.worst)}</td><td>{escape(group.worst.owner or 'nobody named')}</td>"
        f"<td>{escape(group.counts)}</td><td>{listed(group.hosts)}</td><td>{what}</td></tr>"
    )


def _rules(report: ScanReport, place: str) -> Iterator[str]:
    found = together(report.findings, lambda finding: finding.rule)
    yield '<h2 id="rules">By rule</h2>'
    heads = ("Worst", "What is so", "Findings", f"{place}s", "Owners")
    yield from table(_caption(found, "rule", "rules"), heads, map(_rule, found[:_MOST_ROWS]))


def _rule(group: Together) -> str:
    return (
        f"<tr><td>{level(group.worst)}</td><td>{link(group.worst, group.worst.title)}</td>"
        f"<td>{escape(group.counts)}</td><td>{listed(group.hosts)}</td><td>{listed(group.owners)}</td></tr>"
    )


def _times(group: Together) -> str:
    places = len(group.findings)
    return f" (at {counted(places, 'place')})" if places > 1 else ""


def _caption(found: tuple[Together, ...], one: str, many: str) -> str:
    shown = f", of which the worst {_MOST_ROWS} are shown" if len(found) > _MOST_ROWS else ""
    return f"{len(found):,} {one if len(found) == 1 else many}, worst first{shown}"


def _ports_by_host(rows: tuple[EndpointRow, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in sorted(rows, key=lambda row: row.endpoint.port):
        suffix = "" if row.endpoint.transport.value == "tcp" else "/udp"
        ports = found.setdefault(str(row.endpoint.address), [])
        if (port := f"{row.endpoint.port}{suffix}") not in ports:
            ports.append(port)
    return found
