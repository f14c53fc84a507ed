"""Where a run's report goes: resolved before the run, so that a wrong option costs nothing."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scanner.cli.choices import NOTHING
from scanner.cli.report_options import ColorOptions, OutputOptions
from scanner.core.report import ScanReport
from scanner.report.early import EarlyRecords
from scanner.report.output import Output, demand_outputs, emit, parse_output
from scanner.report.writer import Format, WriteOptions, find_format

_PIPE_COLUMNS = 160


@dataclass(frozen=True, slots=True)
class Outputs:
    """The format for standard output, and the files."""

    shown: Format | None
    """None for nothing."""
    files: tuple[Output, ...]
    options: WriteOptions

    @classmethod
    def resolve(cls, options: OutputOptions, color: ColorOptions, *, quiet: bool = False) -> "Outputs":
        """Return where the report goes; raises UsageError before anything is sent.

        A quiet run prints no table; any other format was asked for and is still printed.
        """
        files = tuple(map(parse_output, options.output))
        demand_outputs(files)
        silent = options.form == NOTHING or (quiet and options.form == "table")
        return cls(None if silent else find_format(options.form), files, write_options(color))

    def early(self, started: str) -> EarlyRecords | None:
        """Begin a stream of findings on standard output, where that is to get NDJSON."""
        return EarlyRecords(sys.stdout, started) if self.shown is not None and self.shown.name == "ndjson" else None

    def write(self, report: ScanReport) -> None:
        """Write every report."""
        emit(report, self.files, shown=self.shown, options=self.options)


def write_options(options: ColorOptions) -> WriteOptions:
    """Return what writers may know of standard output: its width, and whether it wants colour."""
    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size((_PIPE_COLUMNS, 24)).columns if terminal else _columns_asked()
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    return WriteOptions(
        width=width,
        colour=wants_color(options, os.environ, terminal=terminal),
        step_summary=Path(summary) if summary else None,
    )


def wants_color(options: ColorOptions, environ: Mapping[str, str], *, terminal: bool) -> bool:
    """Return whether output is coloured: the option, then NO_COLOR (no-color.org), then FORCE_COLOR, then the terminal.

    The variables count when they are not empty; FORCE_COLOR=0 forces nothing.
    """
    if options.no_color or options.color != "auto":
        return options.color == "always" and not options.no_color
    if environ.get("NO_COLOR"):
        return False
    return terminal or environ.get("FORCE_COLOR", "0") not in {"", "0", "false"}


def _columns_asked() -> int:
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdecimal() and int(columns) >= 40 else _PIPE_COLUMNS
