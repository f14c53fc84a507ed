"""`exposure history`: what many runs have found, since when, and how fast it gets closed."""

from typing import Any

from scanner.cli.command import Command
from scanner.cli.command_table import about
from scanner.cli.history_options import (
    AddOptions,
    ExportOptions,
    FindingsOptions,
    FixTimeOptions,
    MetricsOptions,
    PruneOptions,
    RunsOptions,
    ShowOptions,
    TrendOptions,
)
from scanner.core.exit_code import ExitCode


def add(options: AddOptions) -> ExitCode:
    """Add reports."""
    from scanner.cli.run_history import add_reports

    return add_reports(options)


def runs(options: RunsOptions) -> ExitCode:
    """List runs."""
    from scanner.cli.run_history import list_runs

    return list_runs(options)


def findings(options: FindingsOptions) -> ExitCode:
    """List findings."""
    from scanner.cli.run_history import list_findings

    return list_findings(options)


def show(options: ShowOptions) -> ExitCode:
    """Tell one finding's life."""
    from scanner.cli.run_history import show_finding

    return show_finding(options)


def trend(options: TrendOptions) -> ExitCode:
    """Tell how many were open on each day."""
    from scanner.cli.run_history import show_trend

    return show_trend(options)


def fix_time(options: FixTimeOptions) -> ExitCode:
    """Tell how fast findings get closed."""
    from scanner.cli.run_history import show_fix_times

    return show_fix_times(options)


def metrics(options: MetricsOptions) -> ExitCode:
    """Write metrics."""
    from scanner.cli.run_history import write_metrics

    return write_metrics(options)


def export(options: ExportOptions) -> ExitCode:
    """Write everything."""
    from scanner.cli.run_history import export_all

    return export_all(options)


def prune(options: PruneOptions) -> ExitCode:
    """Forget what is long over."""
    from scanner.cli.run_history import prune_history

    return prune_history(options)


COMMANDS: tuple[Command[Any], ...] = (
    Command(
        name="history add",
        about=about("history add"),
        options=AddOptions,
        run=add,
        example="exposure history add report.json",
    ),
    Command(
        name="history runs",
        about=about("history runs"),
        options=RunsOptions,
        run=runs,
        example="exposure history runs",
    ),
    Command(
        name="history findings",
        about=about("history findings"),
        options=FindingsOptions,
        run=findings,
        example="exposure history findings --since 7d",
    ),
    Command(
        name="history show",
        about=about("history show"),
        options=ShowOptions,
        run=show,
        example="exposure history show 1a2b3c4d",
    ),
    Command(
        name="history trend",
        about=about("history trend"),
        options=TrendOptions,
        run=trend,
        example="exposure history trend",
    ),
    Command(
        name="history fix-time",
        about=about("history fix-time"),
        options=FixTimeOptions,
        run=fix_time,
        example="exposure history fix-time",
    ),
    Command(
        name="history metrics",
        about=about("history metrics"),
        options=MetricsOptions,
        run=metrics,
        example="exposure history metrics",
    ),
    Command(
        name="history export",
        about=about("history export"),
        options=ExportOptions,
        run=export,
        example="exposure history export",
    ),
    Command(
        name="history prune",
        about=about("history prune"),
        options=PruneOptions,
        run=prune,
        example="exposure history prune --keep 400d",
    ),
)
