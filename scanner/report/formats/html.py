"""One HTML file for people: no external request, a strict content security policy, readable without its script."""

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from importlib import resources
from typing import TextIO

from scanner.core.finding import Finding, FindingState, Severity, Status
from scanner.core.report import EndpointRow, ScanReport
from scanner.report.charts import Bar, bars
from scanner.report.document import TOOL
from scanner.report.phrases import (
    Beside,
    Group,
    counted,
    groups,
    product_of,
    ranked,
    remarks,
    state_note,
    surface,
)
from scanner.report.verdict import coverage_sentence, verdict
from scanner.report.writer import Format, WriteOptions

_LONG = 500
"""From this many findings on, those out of sight are not laid out."""
_MOST_LISTED = 200


def write(report: ScanReport, out: TextIO, _options: WriteOptions) -> None:
    """Write the page."""
    out.writelines(f"{piece}\n" for piece in _page(report))


def _page(report: ScanReport) -> Iterator[str]:
    assets = resources.files("scanner.report.assets")
    style, script = (assets.joinpath(name).read_text("utf-8") for name in ("report.css", "report.js"))
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    long = ' class="long"' if len(report.findings) >= _LONG else ""
    yield f'<!DOCTYPE html>\n<html lang="en"{long}>\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>Exposure report {escape(report.run.started)}</title>"
    yield f"<style>{style}</style>\n</head>\n<body>"
    yield '<a class="skip" href="#findings-title">Skip to the findings</a>'
    yield from _header(report)
    yield "<main>"
    yield from _overview(report)
    yield from _findings(report)
    yield from _details(report)
    yield from _surface(report)
    yield "</main>"
    yield f"<footer>Run {_code(report.run.id)}, seed {report.run.seed}, engine {escape(report.run.engine)}; "
    yield f"exposure-scanner {escape(str(TOOL['version']))}. This page makes no request to anybody.</footer>"
    yield f"<script>{script}</script>\n</body>\n</html>"


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _header(report: ScanReport) -> Iterator[str]:
    outcome, sentence = verdict(report)
    run = report.run
    yield "<header>\n<h1>Exposure report</h1>"
    yield f"<p class='soft'>{escape(run.started)} to {escape(run.ended)}, {run.status.value}</p>"
    yield f'<p class="verdict {outcome.value}" role="status">{escape(sentence)}</p>\n</header>'


def _overview(report: ScanReport) -> Iterator[str]:
    severities = Counter(finding.severity for finding in report.findings)
    states = Counter(finding.state for finding in report.findings)
    levels = [Bar(severity.word, severities[severity], severity.word) for severity in reversed(Severity)]
    categories = [Bar(f"{group.code} {group.title}", len(group.findings)) for group in groups(report)]
    yield '<h2 id="overview">Overview</h2>\n<div class="cards">'
    yield f"<section class='card'><h3>By severity</h3>{bars('Findings by severity', levels)}</section>"
    if categories:
        name = f"OWASP Top 10:{report.edition}"
        chart = bars(f"Findings by {name} category", categories)
        yield f"<section class='card'><h3>By {name} category</h3>{chart}</section>"
    yield "<section class='card'><h3>Worst first</h3>"
    worst = [_link(finding) for finding in ranked(report.findings) if finding.state is not FindingState.ACCEPTED][:5]
    yield (
        f"<ol>{''.join(worst)}</ol></section>"
        if worst
        else "<p>Nothing is exposed in what was looked at.</p></section>"
    )
    yield "<section class='card'><h3>What changed</h3><dl class='counts'>"
    for state, meaning in (
        (FindingState.NEW, "new"),
        (FindingState.KNOWN, "known since the baseline"),
        (FindingState.ACCEPTED, "accepted, with a reason and an owner"),
    ):
        yield f"<dt>{states[state]:,}</dt><dd>{meaning}</dd>"
    yield "</dl></section>"
    yield from _not_looked_at(report)
    yield "</div>"


def _link(finding: Finding) -> str:
    alarm = ' <span class="alarm">possible break-in</span>' if finding.compromise else ""
    text = f"{_level(finding)} {escape(finding.title)}"
    return f'<li>{text}: <a href="#{_anchor(finding)}">{escape(str(finding.endpoint))}</a>{alarm}</li>'


def _not_looked_at(report: ScanReport) -> Iterator[str]:
    yield f"<section class='card broad'><h3>Looked at</h3><p>{escape(coverage_sentence(report.coverage))}</p>"
    unseen = report.coverage.unscanned_list
    told = [f"not looked at: {place}" for place in unseen]
    told += [f"{problem.kind}: {problem.where}: {problem.detail}" for problem in report.problems]
    if told:
        yield f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in told[:_MOST_LISTED])}</ul>"
    if len(told) > _MOST_LISTED:
        yield f"<p>and {len(told) - _MOST_LISTED:,} more, all in the JSON report</p>"
    yield "</section>"


def _findings(report: ScanReport) -> Iterator[str]:
    findings = ranked(report.findings)
    yield f'<h2 id="findings-title" tabindex="-1">Findings ({len(findings):,})</h2>'
    if not findings:
        yield "<p>None.</p>"
        return
    yield from _controls(report)
    yield '<div class="scroll"><table class="findings" id="findings"><caption id="said" aria-live="polite">'
    yield f"{counted(len(findings), 'finding')}, worst first</caption><thead><tr>"
    for key, head in (("severity", "Severity"), ("place", "Endpoint"), ("service", "Service"), ("title", "What is so")):
        yield f'<th scope="col" data-key="{key}"><button type="button">{head}</button></th>'
    yield '<th scope="col">OWASP</th><th scope="col">State</th></tr></thead><tbody>'
    for finding in findings:
        yield _row(finding, report.edition)
    yield '</tbody></table></div>\n<button class="more" id="more" type="button" hidden>Show more</button>'


def _controls(report: ScanReport) -> Iterator[str]:
    yield '<div class="controls" role="search">'
    yield '<label class="grow">Search (press /)<input type="search" id="search" autocomplete="off"></label>'
    severities = {str(int(finding.severity)): finding.severity.word for finding in ranked(report.findings)}
    yield _select("Severity", "severity", dict(sorted(severities.items(), reverse=True)))
    yield _select("OWASP", "owasp", {group.code: f"{group.code} {group.title}" for group in groups(report)})
    yield _select("State", "state", {state.value: state.value for state in FindingState})
    yield "</div>"


def _select(label: str, name: str, options: dict[str, str]) -> str:
    every = "".join(f'<option value="{escape(value)}">{escape(text)}</option>' for value, text in options.items())
    return f'<label>{label}<select name="{name}"><option value="">all</option>{every}</select></label>'


def _row(finding: Finding, edition: int) -> str:
    codes = finding.owasp.of(edition)
    owasp = f"{codes[0] if codes else 'none'}:{edition}"
    name = f"<br>{escape(finding.endpoint.name)}" if finding.endpoint.name else ""
    alarm = ' <span class="alarm">possible break-in</span>' if finding.compromise else ""
    return (
        f'<tr data-severity="{int(finding.severity)}" data-place="{_sortable(finding)}" data-owasp="{escape(owasp)}"'
        f' data-state="{finding.state.value}"><td>{_level(finding)}</td>'
        f'<td><a class="place" href="#{_anchor(finding)}">{escape(str(finding.endpoint))}</a>{name}</td>'
        f"<td>{escape(product_of(finding))}</td><td>{escape(finding.title)}{alarm}</td>"
        f"<td>{escape(owasp)}</td><td>{finding.state.value}</td></tr>"
    )


def _details(report: ScanReport) -> Iterator[str]:
    beside = Beside.of(report)
    for group in groups(report):
        yield f"<h2>{escape(group.code)} {escape(group.title)}</h2>"
        yield from _group(group, beside)


def _group(group: Group, beside: Beside) -> Iterator[str]:
    for number, findings in enumerate(group.rules()):
        first = findings[0]
        fix = f"fix-{group.code.replace(':', '-')}-{number}"
        yield f'<section class="rule"><h3>{escape(first.title)} {_code(first.rule)}</h3>'
        yield f"<p>{escape(first.impact)}</p>"
        remedies = list(dict.fromkeys(line for finding in findings for line in finding.remedy))
        if remedies:
            text = escape("\n".join(remedies))
            yield f'<h4>How to close it</h4><pre id="{escape(fix)}" tabindex="0">{text}</pre>'
            yield f'<button class="copy" type="button" data-of="{escape(fix)}">Copy</button>'
        for finding in findings:
            yield from _finding(finding, beside)
        if first.references:
            yield f"<h4>References</h4><ul>{''.join(map(_reference, first.references))}</ul>"
        yield "</section>"


def _finding(finding: Finding, beside: Beside) -> Iterator[str]:
    yield f'<article class="finding" id="{_anchor(finding)}"><h4>{_level(finding)} {_code(finding.url)}'
    yield f"{f' {escape(finding.endpoint.name)}' if finding.endpoint.name else ''}</h4>"
    yield f"<p>{escape(finding.detail)}</p>"
    yield "".join(
        f'<p class="alarm">Possible break-in: {_code(indicator.id)} {escape(indicator.detail)}</p>'
        for indicator in finding.compromise
    )
    steps = "<br>".join(f"{_code(step.sent)} &rarr; {_code(step.received)}" for step in finding.proof)
    scored = f"{finding.cvss.score} {_code(finding.cvss.vector)}"
    classes = ", ".join((*(f"CWE-{number}" for number in finding.cwe), *finding.attack))
    facts = [
        ("Service", escape(product_of(finding))),
        ("Known as", escape(beside.called(finding))),
        ("Known since", escape(beside.since(finding).removeprefix("first seen "))),
        ("Proof", steps),
        ("CVSS", scored),
        ("Priority", escape("; ".join((finding.priority.word, *finding.priority_reasons)))),
        ("Classes", escape(classes)),
        ("State", escape(state_note(finding))),
        ("Owner", escape(finding.owner or "")),
        ("Fingerprint", _code(finding.fingerprint)),
    ]
    yield "<dl class='fact'>" + "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts if value) + "</dl>"
    yield "</article>"


def _reference(text: str) -> str:
    # Only a link that a rule wrote: nothing that came from the network ever gets here, and only https is followed.
    if text.startswith("https://"):
        return f'<li><a href="{escape(text)}" rel="noreferrer noopener">{escape(text)}</a></li>'
    return f"<li>{escape(text)}</li>"


def _surface(report: ScanReport) -> Iterator[str]:
    rows = surface(report)
    unheard = [row for row in rows if row.status is Status.INCONCLUSIVE]
    if unheard:
        told = f"{counted(len(unheard), 'open endpoint')} that could not be heard out: neither clean nor exposed"
        yield from _surface_table("Inconclusive", told, unheard)
    known = [row for row in rows if row.status is not Status.INCONCLUSIVE]
    if known:
        told = f"{counted(len(known), 'endpoint')} that answered and gave nothing away"
        yield from _surface_table("Attack surface", told, known)


def _surface_table(title: str, caption: str, rows: Sequence[EndpointRow]) -> Iterator[str]:
    yield f'<h2>{title}</h2><div class="scroll"><table class="findings"><caption>{caption}</caption>'
    yield '<thead><tr><th scope="col">Status</th><th scope="col">Endpoint</th><th scope="col">Service</th>'
    yield '<th scope="col">Note</th></tr></thead><tbody>'
    yield from map(_surface_row, rows)
    yield "</tbody></table></div>"


def _surface_row(row: EndpointRow) -> str:
    name = f"<br>{escape(row.endpoint.name)}" if row.endpoint.name else ""
    service = product_of(row) if row.status is not Status.OPEN else ""
    return (
        f'<tr><td>{row.status.value}</td><td><span class="place">{escape(str(row.endpoint))}</span>{name}</td>'
        f"<td>{escape(service)}</td><td>{escape(remarks(row))}</td></tr>"
    )


def _level(finding: Finding) -> str:
    return f'<span class="level {finding.severity.word}">{finding.severity.word}</span>'


def _anchor(finding: Finding) -> str:
    return f"f-{escape(finding.fingerprint)}"


def _sortable(finding: Finding) -> str:
    address = finding.endpoint.address
    return f"{address.version}{int(address):032x}{finding.endpoint.port:05d}"


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


FORMAT = Format(name="html", about="one self-contained page", suffixes=(".html", ".htm"), write=write)
