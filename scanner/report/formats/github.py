"""GitHub Actions: annotations on standard output (workflow commands), and the job summary where a step has one."""

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from scanner.core.count import counted
from scanner.core.errors import ReportError
from scanner.core.finding import Finding, FindingState, Severity
from scanner.core.report import ScanReport
from scanner.report.formats.markdown import lines as markdown_lines
from scanner.report.phrases import ranked, reached, unheard_sentences
from scanner.report.verdict import RunOutcome, coverage_sentence, verdict
from scanner.report.writer import Format, WriteOptions

MOST_PER_LEVEL = 10
"""GitHub shows no more annotations of one level for a step."""
SUMMARY_BYTES = 1_000_000
"""Longest job summary; GitHub drops one of more than 1 MiB whole."""
_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "notice",
    Severity.INFO: "notice",
}


def write(report: ScanReport, out: TextIO, options: WriteOptions) -> None:
    """Write annotations for what is new, worst first, then the verdict; append the job summary if a step has one."""
    out.writelines(f"{line}\n" for line in _lines(report))
    if options.step_summary is not None:
        _append(options.step_summary, _summary(report))


def _lines(report: ScanReport) -> Iterator[str]:
    new = [finding for finding in ranked(report.findings) if finding.state is FindingState.NEW]
    for level in ("error", "warning", "notice"):
        fitting = [finding for finding in new if _LEVELS[finding.severity] == level]
        for finding in fitting[:MOST_PER_LEVEL]:
            yield _annotation(level, finding)
        if len(fitting) > MOST_PER_LEVEL:
            yield f"{level}: {counted(len(fitting) - MOST_PER_LEVEL, 'finding')} more, see the report"
    for told in unheard_sentences(report, MOST_PER_LEVEL - 1):
        yield f"::warning title=Inconclusive::{_message(told)}"
    outcome, sentence = verdict(report)
    told = f"{sentence} {coverage_sentence(report.coverage)}"
    if outcome in {RunOutcome.PARTIAL, RunOutcome.BLIND}:
        yield f"::warning title=Could not look at everything::{_message(told)}"
    else:
        yield f"exposure: {told}"


def _annotation(level: str, finding: Finding) -> str:
    place = f"file={_property(finding.anchor.file)},line={finding.anchor.line}," if finding.anchor else ""
    signs = "".join(f"\nPossible break-in: {indicator.id}: {indicator.detail}" for indicator in finding.compromise)
    remedy = "\n".join(filter(None, (reached(finding), *finding.remedy)))
    text = f"{finding.url}: {finding.detail}{signs}\n{finding.impact}\n{remedy}"
    return f"::{level} {place}title={_property(finding.title)}::{_message(text)}"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")


def _summary(report: ScanReport) -> str:
    kept: list[str] = []
    size = 0
    # A fenced block is one item, so a cut never leaves one open.
    for line in markdown_lines(report):
        size += len(line.encode("utf-8", "backslashreplace")) + 1
        if size > SUMMARY_BYTES:
            kept.append("\nCut here, where GitHub's limit is; the other reports hold everything.")
            break
        kept.append(line)
    return "\n".join(kept) + "\n"


def _append(path: Path, text: str) -> None:
    try:
        with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as error:
        raise ReportError(f"{path}: the job summary can't be written: {error.strerror}") from error


FORMAT = Format(name="github", about="annotations and job summary of GitHub Actions", write=write)
