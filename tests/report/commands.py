"""Runs one command of the command line in this process."""

from pathlib import Path
from typing import NamedTuple

import typer
from typer.testing import CliRunner

from scanner.core.report import ScanReport
from scanner.report.formats.json import write
from scanner.report.whole_file import write_file
from scanner.report.writer import WriteOptions


class Ran(NamedTuple):
    code: int
    out: str


def run(command, *arguments) -> Ran:
    """Run a command; its ScannerError comes through."""
    app = typer.Typer()
    app.command()(command)
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    return Ran(result.exit_code, result.output)


def save(report: ScanReport, path: Path) -> Path:
    """Write a JSON report and return its path."""
    write_file(path, lambda out: write(report, out, WriteOptions()))
    return path
