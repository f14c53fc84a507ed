"""Markdown for a wiki, a merge request or a job summary."""

from collections.abc import Iterator, Sequence
from typing import TextIO

from scanner.core.count import counted
from scanner.core.finding import Finding, Status
from scanner.core.report import EndpointRow, ScanReport
from scanner.report.markup import block, code, prose
from scanner.report.phrases import Beside, Group, by_severity, groups, product_of, reached, remarks, state_note, surface
from scanner.report.verdict import coverage_sentence, verdict
from scanner.report.writer import Format, WriteOptions

_MOST_PROBLEMS = 50


def write(report: ScanReport, out: TextIO, _options: WriteOptions) -> None:
    """Write the whole report."""
    out.writelines(f"{line}\n" for line in lines(report))


def lines(report: ScanReport) -> Iterator[str]:
    """Yield the report line by line: verdict and coverage first, details after."""
    yield "# Exposure report"
    yield ""
    yield f"**{prose(verdict(report).sentence)}**"
    yield ""
    run = report.run
    yield f"Run {code(run.id)}, {code(run.started)} to {code(run.ended)}, {run.status.value}."
    yield ""
    yield f"Coverage: {prose(coverage_sentence(report.coverage))}"
    yield ""
    beside = Beside.of(report)
    for group in groups(report):
        yield from _group_lines(group, beside)
    yield from _surface_lines(report)
    yield from _problem_lines(report)


def _group_lines(group: Group, beside: Beside) -> Iterator[str]:
    category, _, edition = group.code.rpartition(":")
    yield f"## {prose(category)}:{edition} {prose(group.title)}: {by_severity(group.findings)}"
    yield ""
    yield "| Severity | Endpoint | Service | What is so |"
    yield "| --- | --- | --- | --- |"
    for finding in group.findings:
        yield f"| {' | '.join(_cells(finding))} |"
    yield ""
    for findings in group.rules():
        yield from _rule_lines(findings, beside)


def _cells(finding: Finding) -> Iterator[str]:
    yield f"**{finding.severity.word}**"
    name = f" {code(finding.endpoint.name)}" if finding.endpoint.name else ""
    yield code(str(finding.endpoint)) + name
    yield code(product_of(finding))
    alarm = " **Possible break-in.**" if finding.compromise else ""
    note = "".join(f" _{prose(told)}_" for told in (state_note(finding), reached(finding)) if told)
    yield f"{prose(finding.detail or finding.title)}{alarm}{note}"


def _rule_lines(findings: tuple[Finding, ...], beside: Beside) -> Iterator[str]:
    first = findings[0]
    yield f"### {prose(first.title)} ({code(first.rule)})"
    yield ""
    yield prose(first.impact)
    yield ""
    for finding in findings:
        steps = "; ".join(f"{code(step.sent)}: {code(step.received)}" for step in finding.proof)
        yield f"- {code(finding.url)} {steps or 'predicted; nothing was asked'}"
        for indicator in finding.compromise:
            yield f"  - **Possible break-in**: {code(indicator.id)} {code(indicator.detail)}"
        if called := beside.called(finding):
            yield f"  - {prose(called)}"
        if since := beside.since(finding):
            yield f"  - {prose(since)}"
        yield f"  - fingerprint {code(finding.fingerprint)}"
    yield ""
    remedies = list(dict.fromkeys(line for finding in findings for line in finding.remedy))
    if remedies:
        yield "How to close it:"
        yield ""
        yield block(remedies)
        yield ""
    if first.references:
        yield "References: " + ", ".join(map(code, first.references))
        yield ""


def _surface_lines(report: ScanReport) -> Iterator[str]:
    rows = surface(report)
    unheard = [row for row in rows if row.status is Status.INCONCLUSIVE]
    known = [row for row in rows if row.status not in {Status.OPEN, Status.INCONCLUSIVE}]
    unknown = [row for row in rows if row.status is Status.OPEN]
    if unheard:
        yield f"## Inconclusive: {counted(len(unheard), 'open endpoint')} could not be heard out"
        yield ""
        yield from _known_table(unheard)
    if known:
        yield "## Attack surface"
        yield ""
        yield from _known_table(known)
    if unknown:
        yield f"Open, no known service: {counted(len(unknown), 'port')}"
        yield ""
        yield ", ".join(code(str(row.endpoint)) for row in unknown)
        yield ""


def _known_table(rows: Sequence[EndpointRow]) -> Iterator[str]:
    yield "| Status | Endpoint | Service | Note |"
    yield "| --- | --- | --- | --- |"
    for row in rows:
        name = f" {code(row.endpoint.name)}" if row.endpoint.name else ""
        where = code(str(row.endpoint)) + name
        yield f"| {row.status.value} | {where} | {code(product_of(row))} | {prose(remarks(row))} |"
    yield ""


def _problem_lines(report: ScanReport) -> Iterator[str]:
    unseen = report.coverage.unscanned_list
    if not report.problems and not unseen:
        return
    yield "## Not looked at, and problems"
    yield ""
    for where in unseen[:_MOST_PROBLEMS]:
        yield f"- not looked at: {code(where)}"
    for problem in report.problems[:_MOST_PROBLEMS]:
        yield f"- {code(problem.kind)} {code(problem.where)} {prose(problem.detail)}"
    left_out = max(len(unseen) - _MOST_PROBLEMS, 0) + max(len(report.problems) - _MOST_PROBLEMS, 0)
    if left_out:
        yield f"- and {left_out:,} more, all in the JSON report"
    yield ""


FORMAT = Format(name="markdown", about="for a wiki or a merge request", suffixes=(".md",), write=write)
