"""JUnit XML as Ant's schema and the CI services read it: a failure is an exposure, an error is "could not look".

What is accepted or known since the baseline is skipped with its reason; protected and merely open endpoints pass.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple, TextIO
from xml.sax.saxutils import escape, quoteattr

from scanner.core.finding import Finding, FindingState
from scanner.core.report import EndpointRow, Run, ScanReport
from scanner.report.phrases import product_of, ranked, reached, remarks, state_note, surface
from scanner.report.verdict import coverage_sentence, is_blind, missing_part
from scanner.report.writer import Format, WriteOptions

"""Problems of the accept file, not of looking."""


class _Case(NamedTuple):
    suite: str
    name: str
    outcome: str = ""
    """failure, error or skipped; empty for one that passed."""
    kind: str = ""
    message: str = ""
    text: str = ""


def write(report: ScanReport, out: TextIO, _options: WriteOptions) -> None:
    """Write one suite with one case for each finding, other endpoint and problem, and one for the coverage."""
    cases = list(_cases(report))
    count = {outcome: sum(case.outcome == outcome for case in cases) for outcome in ("failure", "error", "skipped")}
    totals = f'tests="{len(cases)}" failures="{count["failure"]}" errors="{count["error"]}"'
    duration = f'time="{_duration_s(report.run)}"'
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    out.write(f'<testsuites>\n<testsuite name="exposure" package="exposure" id="0" {totals} ')
    out.write(f'skipped="{count["skipped"]}" {duration} timestamp={quoteattr(_local(report.run.started))} ')
    out.write(f"hostname={quoteattr(report.run.machine or 'localhost')}>\n<properties>\n")
    out.writelines(
        f"<property name={quoteattr(name)} value={quoteattr(value)}/>\n"
        for name, value in (("run", report.run.id), ("status", report.run.status.value), ("engine", report.run.engine))
    )
    out.write("</properties>\n")
    out.writelines(_element(case) for case in cases)
    out.write(f"<system-out>{escape(coverage_sentence(report.coverage))}</system-out>\n<system-err></system-err>\n")
    out.write("</testsuite>\n</testsuites>\n")


def _cases(report: ScanReport) -> Iterator[_Case]:
    gap = missing_part(report) or ("nothing answered" if is_blind(report) else "")
    yield _Case("coverage", "every planned endpoint was looked at", "error" if gap else "", "incomplete", gap, gap)
    yield from map(_finding_case, ranked(report.findings))
    yield from map(_endpoint_case, surface(report))
    for number, problem in enumerate(report.problems, 1):
        message = f"{problem.where}: {problem.detail}"
        # Cases of one name collapse into the first, so each has its number.
        name = f"problem {number}: {problem.kind}"
        if problem.kind.advises:
            yield _Case("problems", name, "skipped", message=message)
        else:
            yield _Case("problems", name, "error", problem.kind, message, message)


def _finding_case(finding: Finding) -> _Case:
    name = f"{finding.title} [{finding.rule}] at {finding.endpoint}"
    if finding.state is not FindingState.NEW:
        text = f"fingerprint: {finding.fingerprint}"
        return _Case(finding.service, name, "skipped", message=state_note(finding), text=text)
    message = f"{finding.severity.word}: {finding.title} at {finding.url}"
    return _Case(finding.service, name, "failure", finding.rule, message, "\n".join(_story(finding)))


def _story(finding: Finding) -> Iterator[str]:
    yield finding.detail or finding.title
    yield finding.impact
    yield from (f"possible break-in: {indicator.id}: {indicator.detail}" for indicator in finding.compromise)
    yield from (f"proof: {step.sent} -> {step.received}" for step in finding.proof)
    yield from filter(None, (reached(finding),))
    yield from finding.remedy
    yield from finding.references
    yield f"fingerprint: {finding.fingerprint}"


def _endpoint_case(row: EndpointRow) -> _Case:
    name = product_of(row) if row.service else "no known service"
    case = _Case(row.service or "unidentified", f"{row.status.value}: {name} at {row.endpoint}")
    if row.reason is None:
        return case
    return case._replace(outcome="error", kind=row.reason, message=f"could not be heard out: {remarks(row)}")


def _element(case: _Case) -> str:
    opened = f'<testcase classname={quoteattr(case.suite)} name={quoteattr(case.name)} time="0"'
    if not case.outcome:
        return f"{opened}/>\n"
    kind = f" type={quoteattr(case.kind)}" if case.kind else ""
    inside = f"<{case.outcome}{kind} message={quoteattr(case.message)}>{escape(case.text)}</{case.outcome}>"
    return f"{opened}>{inside}</testcase>\n"


def _local(moment: str) -> str:
    # Ant's schema allows no zone and no fraction: the time is UTC without saying so.
    return moment[:19]


def _duration_s(run: Run) -> int:
    try:
        spent = datetime.fromisoformat(run.ended) - datetime.fromisoformat(run.started)
    except ValueError:
        return 0
    return max(int(spent.total_seconds()), 0)


FORMAT = Format(name="junit", about="test results for CI (JUnit XML)", suffixes=(".xml",), write=write)
