"""`exposure history`: what many runs have found, since when, and how fast it gets closed."""

from typing import Any

from scanner.cli.command import Command
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
        about="Add JSON reports to a history; one that is there already changes nothing.",
        options=AddOptions,
        run=add,
        example="exposure history add report.json",
    ),
    Command(
        name="history runs",
        about="List the runs of a history, the latest first.",
        options=RunsOptions,
        run=runs,
        example="exposure history runs",
    ),
    Command(
        name="history findings",
        about="List findings with since when each is open: what is new since last week, what is oldest, whose it is.",
        options=FindingsOptions,
        run=findings,
        example="exposure history findings --since 7d",
    ),
    Command(
        name="history show",
        about="Tell the life of one finding: when it came, changed, went, and what each run said of it.",
        options=ShowOptions,
        run=show,
        example="exposure history show 1a2b3c4d",
    ),
    Command(
        name="history trend",
        about="Tell how many findings were open at the end of each day, by severity.",
        options=TrendOptions,
        run=trend,
        example="exposure history trend",
    ),
    Command(
        name="history fix-time",
        about="Tell how long findings stay open until they are proven closed, by severity, owner or rule.",
        options=FixTimeOptions,
        run=fix_time,
        example="exposure history fix-time",
    ),
    Command(
        name="history metrics",
        about="Write counts and ages in the Prometheus text format, without addresses.",
        options=MetricsOptions,
        run=metrics,
        example="exposure history metrics",
    ),
    Command(
        name="history export",
        about="Write every finding with its life as NDJSON.",
        options=ExportOptions,
        run=export,
        example="exposure history export",
    ),
    Command(
        name="history prune",
        about="Forget findings that have been gone for long, and looks that changed nothing.",
        options=PruneOptions,
        run=prune,
        example="exposure history prune --keep 400d",
    ),
)
