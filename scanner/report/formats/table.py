"""The report for a terminal: what is exposed first, how to close it, then the rest of the attack surface."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TextIO

from scanner.core.count import counted
from scanner.core.finding import Confidence, Finding, Status
from scanner.core.report import EndpointRow, ScanReport
from scanner.report.grid import fit, wrapped
from scanner.report.phrases import (
    Beside,
    Group,
    by_severity,
    groups,
    outlived,
    product_of,
    reached,
    remarks,
    state_note,
    surface,
)
from scanner.report.verdict import coverage_sentence, verdict
from scanner.report.writer import Format, WriteOptions

_LEAST_WIDTH = 60
_WIDE = 130
"""From this many columns on the table itself says what an attacker gains."""
_MOST_LISTED = 20
_MOST_NAMED = 200
"""Open ports that are named though nothing can be said of them."""
_RESET = "\x1b[0m"
_COLOURS = {
    "critical": "\x1b[1;37;41m",
    "high": "\x1b[1;31m",
    "medium": "\x1b[33m",
    "low": "\x1b[36m",
    "info": "\x1b[2m",
    "alarm": "\x1b[1;35m",
    "head": "\x1b[1m",
    "clean": "\x1b[1;32m",
    "exposed": "\x1b[1;31m",
    "partial": "\x1b[1;33m",
    "blind": "\x1b[1;33m",
    "protected": "\x1b[32m",
    "identified": "\x1b[36m",
}
_Paint = Callable[[str, str], str]


def write(report: ScanReport, out: TextIO, options: WriteOptions) -> None:
    """Write the report for a terminal of `options.width` columns."""
    width = max(options.width, _LEAST_WIDTH)
    paint = _coloured if options.colour else _plain
    out.writelines(line.rstrip() + "\n" for line in _lines(report, width, paint))


def _lines(report: ScanReport, width: int, paint: _Paint) -> Iterator[str]:
    beside = Beside.of(report)
    for group in groups(report):
        yield paint("head", f"{group.code} {group.title}: {by_severity(group.findings)}")
        yield ""
        yield from _finding_table(group, width, paint)
        yield ""
        for findings in group.rules():
            yield from _rule_lines(findings, beside, width, paint)
            yield ""
    yield from _surface_lines(surface(report), width, paint)
    yield from _problem_lines(report, width, paint)
    yield from wrapped("Coverage: " + coverage_sentence(report.coverage), width, hang=10)
    yield from _unscanned_lines(report, width)
    outcome, sentence = verdict(report)
    for line in wrapped(sentence, width):
        yield paint(outcome.value, line)


def _finding_table(group: Group, width: int, paint: _Paint) -> Iterator[str]:
    wide = width >= _WIDE
    heads = ["Severity", "Endpoint", "Service", "What is so"]
    shares = [0.0, 0.27, 0.25, 0.48]
    if wide:
        heads.append("What an attacker gains")
        shares = [0.0, 0.2, 0.16, 0.31, 0.33]
    rows = [_finding_cells(finding, wide=wide) for finding in group.findings]
    cells = _fitted(heads, rows, shares, width)
    for finding, row in zip(group.findings, cells, strict=True):
        row[0] = paint(finding.severity.word, row[0])
        row[3] = "\n".join(paint("alarm", line) if line.startswith("!!") else line for line in row[3].split("\n"))
    yield from _table(heads, cells)


def _finding_cells(finding: Finding, *, wide: bool) -> list[str]:
    notes = [state_note(finding), reached(finding)]
    if finding.compromise:
        notes.append("!! possible break-in, see below")
    if finding.confidence is not Confidence.CONFIRMED:
        notes.append(f"{finding.confidence}, not confirmed")
    if finding.priority > finding.severity:
        notes.append(f"priority {finding.priority.word}")
    told = "\n".join(filter(None, (finding.detail or finding.title, *notes)))
    cells = [finding.severity.word.upper(), _labelled(finding, "\n"), product_of(finding), told]
    return [*cells, finding.impact] if wide else cells


def _rule_lines(findings: tuple[Finding, ...], beside: Beside, width: int, paint: _Paint) -> Iterator[str]:
    first = findings[0]
    yield paint("head", f"{first.title} [{first.rule}]")
    if width < _WIDE:
        yield from wrapped(first.impact, width, head="  gain   ", hang=9)
    for finding in findings:
        yield from _proof_lines(finding, beside, width, paint)
    for index, remedy in enumerate(_distinct(line for finding in findings for line in finding.remedy)):
        head = "         " if index else "  close  "
        # Lines to paste stay whole, whatever the terminal; comments may go on as comments.
        yield from wrapped(remedy, width, head=head, hang=9, mark="# ") if remedy.startswith("# ") else (head + remedy,)
    for index, reference in enumerate(first.references):
        yield f"{'         ' if index else '  read   '}{reference}"


def _proof_lines(finding: Finding, beside: Beside, width: int, paint: _Paint) -> Iterator[str]:
    steps = "; ".join(f"{step.sent} -> {step.received}" for step in finding.proof)
    head = "  proof  " if steps else "  where  "
    yield from wrapped(f"{finding.endpoint}  {steps or 'predicted; nothing was asked'}", width, head=head, hang=9)
    yield f"         id {finding.fingerprint}"
    if finding.priority is not finding.severity:
        yield from wrapped(
            f"{finding.priority.word}: {'; '.join(finding.priority_reasons)}", width, head="  urgent ", hang=9
        )
    if since := beside.since(finding):
        yield f"         {since}"
    if ended := outlived(finding):
        yield from wrapped(ended, width, head="  old    ", hang=9)
    if called := beside.called(finding):
        yield from wrapped(called, width, head="  label  ", hang=9)
    for indicator in finding.compromise:
        for line in wrapped(f"possible break-in: {indicator.id}: {indicator.detail}", width, head="      !! ", hang=9):
            yield paint("alarm", line)


def _surface_lines(rows: Sequence[EndpointRow], width: int, paint: _Paint) -> Iterator[str]:
    unheard = [row for row in rows if row.status is Status.INCONCLUSIVE]
    known = [row for row in rows if row.status not in {Status.OPEN, Status.INCONCLUSIVE}]
    unknown = [row for row in rows if row.status is Status.OPEN]
    if unheard:
        yield paint("head", f"Inconclusive: {counted(len(unheard), 'open endpoint')} could not be heard out")
        yield ""
        yield from _known_table(unheard[:_MOST_NAMED], width, paint)
        yield from (f"  {line}" for line in _and_more(len(unheard), _MOST_NAMED))
        yield ""
    if known:
        yield paint("head", "Attack surface: known services that are reachable and gave nothing away")
        yield ""
        yield from _known_table(known, width, paint)
        yield ""
    if unknown:
        yield paint("head", f"Open: {counted(len(unknown), 'port')} where no known service answered")
        yield from _open_lines(unknown, width)
        yield ""


def _known_table(rows: Sequence[EndpointRow], width: int, paint: _Paint) -> Iterator[str]:
    heads = ["Status", "Endpoint", "Service", "Note"]
    rows_text = [[row.status.value, _labelled(row, "\n"), product_of(row), remarks(row)] for row in rows]
    cells = _fitted(heads, rows_text, [0.0, 0.3, 0.25, 0.45], width)
    for line in cells:
        line[0] = paint(line[0], line[0])
    yield from _table(heads, cells)


def _open_lines(rows: Sequence[EndpointRow], width: int) -> Iterator[str]:
    """Yield possible decoys, a line for all with the same reason, then what others said, then addresses alone."""
    decoys: dict[str, list[EndpointRow]] = {}
    for row in rows:
        if row.decoy:
            decoys.setdefault(row.decoy, []).append(row)
    groups = [*decoys.values(), *([row] for row in rows if row.note and not row.decoy)]
    for alike in groups[:_MOST_LISTED]:
        yield from wrapped(f"{_places(alike)}  {_of_all(alike)}", width, head="  ", hang=4)
    rest = [row for alike in groups[_MOST_LISTED:] for row in alike]
    rest += [row for row in rows if not row.note and not row.decoy]
    if rest:
        yield from wrapped(_places(rest, _MOST_NAMED), width, head="  ", hang=2)


def _places(rows: Sequence[EndpointRow], most: int = 3) -> str:
    named = ", ".join(_labelled(row, " ") for row in rows[:most])
    return " ".join((named, *_and_more(len(rows), most)))


def _of_all(alike: Sequence[EndpointRow]) -> str:
    """Return what can be said of all rows with one reason to doubt them."""
    return remarks(alike[0]) if len(alike) == 1 else f"possible decoy: {alike[0].decoy}"


def _labelled(item: Finding | EndpointRow, separator: str) -> str:
    name = item.endpoint.name
    return f"{item.endpoint}{separator}({name})" if name else str(item.endpoint)


def _problem_lines(report: ScanReport, width: int, paint: _Paint) -> Iterator[str]:
    if not report.problems:
        return
    yield paint("head", f"Problems: {len(report.problems):,}")
    for problem in report.problems[:_MOST_LISTED]:
        yield from wrapped(f"{problem.kind}: {problem.where}: {problem.detail}", width, head="  ", hang=4)
    yield from (f"  {line}" for line in _and_more(len(report.problems)))
    yield ""


def _unscanned_lines(report: ScanReport, width: int) -> Iterator[str]:
    for where in report.coverage.unscanned_list[:_MOST_LISTED]:
        yield from wrapped(where, width, head="  not looked at: ", hang=4)
    yield from (f"  {line}" for line in _and_more(len(report.coverage.unscanned_list)))


def _and_more(total: int, most: int = _MOST_LISTED) -> Iterator[str]:
    if total > most:
        yield f"and {total - most:,} more, all in the JSON report"


def _fitted(heads: list[str], rows: list[list[str]], shares: list[float], width: int) -> list[list[str]]:
    # tabulate pads every column to two more than its header.
    return fit([[head + "  " for head in heads], *rows], shares, width)[1:]


def _table(heads: list[str], rows: list[list[str]]) -> Iterator[str]:
    from tabulate import tabulate

    text = tabulate(rows, headers=heads, tablefmt="simple", disable_numparse=True)
    yield from text.split("\n")


def _distinct(lines: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(lines))


def _coloured(kind: str, text: str) -> str:
    return f"{_COLOURS[kind]}{text}{_RESET}" if kind in _COLOURS else text


def _plain(_kind: str, text: str) -> str:
    return text


FORMAT = Format(name="table", about="for people, in a terminal", suffixes=(".txt",), write=write)
