"""The cards at the top: how bad, of which kind, on which ports and hosts, what to do first, what was not seen."""

from collections import Counter
from collections.abc import Iterator
from html import escape

from scanner.core.count import counted
from scanner.core.finding import FindingState, Severity
from scanner.core.ports import Transport
from scanner.core.report import ScanReport
from scanner.report.by_host import Together, compared, together
from scanner.report.charts import Bar, bars, severity_parts
from scanner.report.network_map import LEGEND, network_map
from scanner.report.page.elements import ALARM, level, link, listed
from scanner.report.phrases import groups, product_of
from scanner.report.verdict import LINT, coverage_sentence

_MOST_LISTED = 200
_MOST_PORTS = 8
_MOST_RULES = 5


def overview(report: ScanReport) -> Iterator[str]:
    """Yield the section with the cards."""
    yield '<h2 id="overview">Overview</h2>\n<div class="cards">'
    yield from _charts(report)
    yield from _worst(report)
    yield from _states(report)
    yield from _not_looked_at(report)
    yield "</div>"
    yield from _map(report)


def _charts(report: ScanReport) -> Iterator[str]:
    severities = Counter(finding.severity for finding in report.findings)
    levels = [Bar(severity.word, severities[severity], severity.word) for severity in reversed(Severity)]
    yield f"<section class='card'><h3>By severity</h3>{bars('Findings by severity', levels)}</section>"
    if not report.findings:
        return
    name = f"OWASP Top 10:{report.edition}"
    categories = [
        Bar(f"{group.code} {group.title}", len(group.findings), parts=severity_parts(group.findings))
        for group in groups(report)
    ]
    chart = bars(f"Findings by {name} category", categories)
    yield f"<section class='card'><h3>By {name} category</h3>{chart}</section>"
    yield f"<section class='card'><h3>By port</h3>{bars('Findings by port', _ports(report))}</section>"


def _ports(report: ScanReport) -> list[Bar]:
    found = together(
        (finding for finding in report.findings if not finding.endpoint.subject),
        lambda finding: (finding.endpoint.port, finding.endpoint.transport),
    )
    most = sorted(found, key=lambda group: -len(group.findings))[:_MOST_PORTS]
    return [Bar(_port(group), len(group.findings), parts=severity_parts(group.findings)) for group in most]


def _port(group: Together) -> str:
    endpoint = group.worst.endpoint
    suffix = "" if endpoint.transport is Transport.TCP else "/udp"
    return f"{endpoint.port}{suffix} {group.worst.product or product_of(group.worst)}"


def _worst(report: ScanReport) -> Iterator[str]:
    yield "<section class='card'><h3>Worst first</h3>"
    found = (finding for finding in report.findings if finding.state is not FindingState.ACCEPTED)
    lines = [_rule(group) for group in together(found, lambda finding: finding.rule)[:_MOST_RULES]]
    yield f"<ol>{''.join(lines)}</ol>" if lines else "<p>Nothing is exposed in what was looked at.</p>"
    yield "</section>"


def _rule(group: Together) -> str:
    worst, hosts = group.worst, group.hosts
    elsewhere = f" and {counted(len(hosts) - 1, 'other host')}" if len(hosts) > 1 else ""
    alarm = ALARM if group.compromised else ""
    place = link(worst, str(worst.endpoint))
    return f"<li>{level(worst)} {escape(worst.title)}: {place}{elsewhere}{alarm}</li>"


def _states(report: ScanReport) -> Iterator[str]:
    states = Counter(finding.state for finding in report.findings)
    against = compared(report)
    told = [
        (FindingState.NEW, "new since the run that it was compared with"),
        (FindingState.KNOWN, "known before"),
    ] * against
    if against or states[FindingState.ACCEPTED]:
        told.append((FindingState.ACCEPTED, "accepted, with a reason and an owner"))
    if not told:
        return
    title = "What changed" if against else "Accepted"
    yield f"<section class='card'><h3>{title}</h3><dl class='counts'>"
    yield from (f"<dt>{states[state]:,}</dt><dd>{meaning}</dd>" for state, meaning in told)
    yield "</dl></section>"


def _not_looked_at(report: ScanReport) -> Iterator[str]:
    yield f"<section class='card broad'><h3>Looked at</h3><p>{escape(coverage_sentence(report.coverage))}</p>"
    told = [f"not looked at: {place}" for place in report.coverage.unscanned_list]
    told += [f"{problem.kind}: {problem.where}: {problem.detail}" for problem in report.problems]
    if told:
        yield f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in told[:_MOST_LISTED])}</ul>"
    if len(told) > _MOST_LISTED:
        yield f"<p>and {len(told) - _MOST_LISTED:,} more, all in the JSON report</p>"
    yield "</section>"


def _map(report: ScanReport) -> Iterator[str]:
    # Files have no hosts, and a machine seen from the inside is one.
    if report.run.engine == LINT or report.host is not None:
        return
    drawn = network_map(report)
    if not drawn.networks:
        return
    yield '<h2 id="map">Hosts by worst finding</h2>'
    yield f"<p class='soft'>{listed(LEGEND)}</p><div class='cards'>"
    yield from (f"<section class='card'><h3>{escape(name)}</h3>{svg}</section>" for name, svg in drawn.networks)
    yield "</div>"
    if drawn.left_out:
        yield f"<p>{escape(drawn.left_out)}</p>"
