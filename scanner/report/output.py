"""Where a report goes: files named with --output, and standard output."""

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from scanner.core.errors import ReportError, UsageError
from scanner.core.report import ScanReport
from scanner.core.suggestion import did_you_mean
from scanner.report.clean_report import clean_report
from scanner.report.whole_file import demand_writable, write_file
from scanner.report.writer import Format, WriteOptions, find_format, format_names, format_of_file

_PREFIXED = re.compile(r"([a-z0-9-]+):(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Output:
    """One file that a report is written to."""

    format: Format
    path: Path


def parse_output(text: str) -> Output:
    """Return what `[FORMAT:]FILE` means; raises UsageError when no format can be told from it."""
    if text == "-":
        raise UsageError("--output - is no file; -f json writes a report to standard output")
    prefixed = _PREFIXED.fullmatch(text)
    if prefixed is None:
        return _output(format_of_file(Path(text)), text)
    if prefixed[1] not in format_names():
        near = did_you_mean(prefixed[1], format_names()) or f"; choose one of {', '.join(format_names())}"
        raise UsageError(
            f"unknown format '{prefixed[1]}' in --output {text}{near.rstrip('?')}, "
            f"or write ./{text} for a file whose name holds a colon"
        )
    return _output(find_format(prefixed[1]), prefixed[2])


def demand_outputs(outputs: Sequence[Output]) -> None:
    """Raise before the scan when a file can't be written, or is named twice."""
    seen: set[Path] = set()
    for output in outputs:
        place = _place(output.path)
        if place in seen:
            raise UsageError(f"--output names {output.path} twice; give each report a file of its own")
        seen.add(place)
        try:
            demand_writable(output.path)
        except ReportError as error:
            # Nothing was sent yet: the command line names a place that can't be used.
            raise UsageError(f"--output {error}") from None


def _place(path: Path) -> Path:
    try:
        return path.parent.resolve() / path.name
    except (OSError, RuntimeError):
        # Links that lead to each other: RuntimeError until Python 3.12.
        raise UsageError(f"--output {path}: its folder can't be reached; choose another place") from None


def emit(
    report: ScanReport,
    outputs: Sequence[Output],
    *,
    shown: Format | None,
    options: WriteOptions,
    stream: TextIO | None = None,
) -> None:
    """Write a report to every file, then in the format `shown` to `stream` (standard output unless given).

    One failure does not stop the others; they are raised together as one ReportError at the end. A reader that closed
    the pipe early is no error.
    """
    safe = clean_report(report)
    failures: list[str] = []
    for output in outputs:
        try:
            write_file(output.path, partial(_fill, output.format, safe))
        except ReportError as error:
            failures.append(str(error))
    if shown is not None:
        failures += _show(safe, shown, options, stream or sys.stdout)
    if failures:
        raise ReportError("; ".join(failures))


def _fill(chosen: Format, report: ScanReport, out: TextIO) -> None:
    chosen.write(report, out, WriteOptions())


def _show(report: ScanReport, shown: Format, options: WriteOptions, stream: TextIO) -> list[str]:
    if isinstance(stream, TextIOWrapper):
        # A terminal of another encoding gets escapes instead of a traceback.
        stream.reconfigure(errors="backslashreplace")
    try:
        shown.write(report, stream, options)
        stream.flush()
    except BrokenPipeError:
        _forget(stream)
    except ReportError as error:
        return [str(error)]
    except OSError as error:
        _forget(stream)
        return [f"standard output: the report can't be written: {error.strerror or error}"]
    return []


def _forget(stream: TextIO) -> None:
    """Keep the interpreter from flushing a dead stream once more at exit."""
    dead = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(dead, stream.fileno())
    finally:
        os.close(dead)


def _output(chosen: Format, file: str) -> Output:
    if file == "-":
        raise UsageError(f"--output writes files; for standard output use --format {chosen.name}")
    return Output(chosen, Path(file))
