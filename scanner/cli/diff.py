"""`exposure diff`: what changed between two reports."""

from pathlib import Path

import typer

from scanner.core.exit_code import ExitCode


def diff(
    old: Path = typer.Argument(..., metavar="OLD", help="The earlier JSON report."),
    new: Path = typer.Argument(..., metavar="NEW", help="The later JSON report."),
    as_json: bool = typer.Option(False, "--json", help="As JSON, for programs."),
) -> None:
    """Compare two JSON reports: new, gone, unchanged, and unknown where the later run did not look again.

    Exits 1 when there is a new finding that is not accepted, 0 otherwise.
    """
    import shutil
    import sys

    from scanner.core.finding import FindingState
    from scanner.findings.change import Fate, compare
    from scanner.report.comparison import write_json, write_text
    from scanner.report.read import read_report

    changes = compare(read_report(old), read_report(new))
    if as_json:
        write_json(changes, sys.stdout)
    else:
        write_text(changes, sys.stdout, shutil.get_terminal_size((100, 24)).columns)
    fresh = any(change.fate is Fate.NEW and change.finding.state is not FindingState.ACCEPTED for change in changes)
    raise typer.Exit(ExitCode.FINDINGS if fresh else ExitCode.CLEAN)
