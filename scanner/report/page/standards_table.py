"""The findings by the codes of the standards that an auditor asks for."""

from collections import defaultdict
from collections.abc import Iterator
from html import escape

from scanner.core.finding import Finding
from scanner.core.report import ScanReport
from scanner.findings.standards import Standard, codes, standards
from scanner.report.by_host import together
from scanner.report.page.elements import level, link, table
from scanner.report.phrases import by_severity, ranked

_HEADS = ("Standard", "Code", "Worst", "Findings", "What is so")
_CAPTION = "Where the findings belong; a code that is missing here is not thereby met"


def standards_table(report: ScanReport) -> Iterator[str]:
    """Yield the section with the table; nothing where nothing was found."""
    found: defaultdict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in ranked(report.findings):
        for standard, held in codes(finding).items():
            for code in held:
                found[standard, code].append(finding)
    if not found:
        return
    yield '<h2 id="standards">By standard</h2>'
    rows = (
        _row(standard, code, found[standard.id, code])
        for standard in standards()
        for code in standard.titles
        if (standard.id, code) in found
    )
    yield from table(_CAPTION, _HEADS, rows)


def _row(standard: Standard, code: str, findings: list[Finding]) -> str:
    rules = together(findings, lambda finding: finding.rule)
    what = "<br>".join(link(rule.worst, rule.worst.title) for rule in rules)
    return (
        f"<tr><td>{escape(standard.name)}</td><td>{escape(code)} {escape(standard.titles[code])}</td>"
        f"<td>{level(findings[0])}</td><td>{escape(by_severity(findings))}</td><td>{what}</td></tr>"
    )
