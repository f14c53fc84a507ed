"""`exposure diff`: what changed between two reports."""

from dataclasses import dataclass
from pathlib import Path

from scanner.cli.command import Command
from scanner.cli.command_table import about
from scanner.cli.option import argument
from scanner.cli.readers import read_path
from scanner.cli.report_options import JsonOption
from scanner.core.exit_code import ExitCode


@dataclass(frozen=True, kw_only=True)
class DiffOptions(JsonOption):
    """Which reports are compared."""

    old: Path = argument("OLD", "The earlier JSON report.", read=read_path)
    new: Path = argument("NEW", "The later JSON report.", read=read_path)


def run(options: DiffOptions) -> ExitCode:
    """Print what changed; FINDINGS when a finding is new and not accepted."""
    import shutil
    import sys

    from scanner.core.finding import FindingState
    from scanner.findings.change import Fate, compare
    from scanner.report.comparison import write_json, write_text
    from scanner.report.read import read_report

    changes = compare(read_report(options.old), read_report(options.new))
    if options.as_json:
        write_json(changes, sys.stdout)
    else:
        write_text(changes, sys.stdout, shutil.get_terminal_size((100, 24)).columns)
    fresh = any(change.fate is Fate.NEW and change.finding.state is not FindingState.ACCEPTED for change in changes)
    return ExitCode.FINDINGS if fresh else ExitCode.CLEAN


COMMAND = Command(
    name="diff",
    about=about("diff"),
    options=DiffOptions,
    run=run,
    example="exposure diff last-week.json today.json",
)
