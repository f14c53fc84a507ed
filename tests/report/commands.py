"""Runs one command of the command line in this process."""

import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

from scanner.cli.command import to_click
from scanner.core.report import ScanReport
from scanner.report.formats.json import write
from scanner.report.whole_file import write_file
from scanner.report.writer import WriteOptions


class Ran(NamedTuple):
    code: int
    out: str


def run(command, *arguments) -> Ran:
    """Run a command; its ScannerError comes through."""
    parsed = to_click(command, {})
    out = io.StringIO()
    words = [str(argument) for argument in arguments]
    with redirect_stdout(out), redirect_stderr(out), parsed.make_context("exposure", words) as context:
        code = parsed.invoke(context)
    return Ran(code, out.getvalue())


def save(report: ScanReport, path: Path) -> Path:
    """Write a JSON report and return its path."""
    write_file(path, lambda out: write(report, out, WriteOptions()))
    return path
