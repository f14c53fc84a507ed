"""Runs `exposure history`: opens the store, asks, prints."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from scanner.cli.history_options import (
    AddOptions,
    AnswerOptions,
    ExportOptions,
    FindingsOptions,
    FixTimeOptions,
    MetricsOptions,
    PruneOptions,
    RunsOptions,
    ShowOptions,
    TrendOptions,
)
from scanner.cli.listing import Listing
from scanner.core.count import counted
from scanner.core.errors import UsageError
from scanner.core.exit_code import ExitCode
from scanner.core.finding import Severity
from scanner.core.report import ScanReport
from scanner.core.text import clean
from scanner.history.answers import DAY_COLUMNS, RUN_COLUMNS, SCHEMA, day_row, fix_columns, fix_row, run_row
from scanner.history.lives import FINDING_COLUMNS, age, finding_row, since, span, state_words, story_lines, story_object
from scanner.history.store import ask, figures
from scanner.history.store.add import Added, add_run
from scanner.history.store.life import NOT_GONE, Shows, Turn
from scanner.history.store.metrics import exposition
from scanner.history.store.open import Store
from scanner.history.store.place import read_place
from scanner.history.store.prune import prune
from scanner.history.store.walk import Wanted, findings
from scanner.net.clock import Clock
from scanner.report.read import read_report
from scanner.report.whole_file import write_file

_EMPTY = "no run yet; fill it with `exposure history add REPORT` or `exposure scan ... --history`"


def open_history(word: str, *, make: bool) -> Store:
    """Return the history that a word names; raises UsageError or StoreError."""
    return Store(read_place(word), make=make)


def keep(store: Store, report: ScanReport) -> ScanReport:
    """Add a run that has just ended, say what is lost, and return its report with the days of first sight."""
    added = add_run(store, report, Clock().utc())
    _say_lost(added)
    return added.report


def add_reports(options: AddOptions) -> ExitCode:
    """Add reports in the order of their runs, oldest first."""
    reports = sorted(((read_report(path), path) for path in options.reports), key=lambda one: one[0].run.started)
    with open_history(options.history, make=True) as store:
        for report, path in reports:
            added = add_run(store, report, Clock().utc())
            _say_lost(added)
            sys.stdout.write(f"{path}: {_added_words(added)}\n")
    return ExitCode.CLEAN


def _added_words(added: Added) -> str:
    if added.was_there:
        return f"run {added.report.run.id} is there already, nothing changed"
    counts = {turn: sum(one.event.turn is turn for one in added.turned) for turn in Turn}
    told = ", ".join(f"{number} {turn.value}" for turn, number in counts.items() if number)
    return f"run {added.report.run.id} added, {counted(len(added.report.findings), 'finding')}" + (
        f": {told}" if told else ", nothing changed"
    )


def _say_lost(added: Added) -> None:
    for run in added.lost:
        sys.stderr.write(
            f"exposure: run {clean(run, 64)} was being written when its process died, and is not in the history; "
            "add its report again\n"
        )


def list_runs(options: RunsOptions) -> ExitCode:
    """Print the runs."""
    with open_history(options.history, make=False) as store, store.reading() as connection:
        rows = ask.runs(connection, limit=options.limit)
    shown = [
        [row.started, row.run_id, row.vantage, row.status, f"{row.looked_at:,} of {row.planned:,}",
         str(row.inconclusive), str(row.findings)]
        for row in rows
    ]  # fmt: skip
    headers = ("started", "run", "from", "status", "looked at", "inconclusive", "findings")
    return _print(Listing("runs", RUN_COLUMNS, [run_row(row) for row in rows], shown, headers, _EMPTY), options)


def list_findings(options: FindingsOptions) -> ExitCode:
    """Print findings."""
    now = Clock().utc()
    wanted = Wanted(
        shows=tuple(Shows(word) for word in options.state) or NOT_GONE,
        since=since(options.since, now) if options.since else None,
        owner=options.owner,
        least=Severity[options.severity.upper()],
        rule=options.rule or None,
        accepted=True if options.accepted else None,
        text=options.text or None,
    )
    with open_history(options.history, make=False) as store, store.reading() as connection:
        held = list(findings(connection, wanted, limit=options.limit))
        empty = _EMPTY if ask.latest_run(connection) is None else "no such finding in the history"
    shown = [
        [one.severity.word, state_words(one), one.place, one.name, one.title, age(one.opened_at, one.gone_at or now),
         one.first_seen[:10], one.owner, one.fingerprint[:8]]
        for one in held
    ]  # fmt: skip
    headers = ("severity", "state", "where", "name", "what", "open for", "first seen", "owner", "id")
    return _print(
        Listing("findings", FINDING_COLUMNS, [finding_row(one) for one in held], shown, headers, empty), options
    )


def show_finding(options: ShowOptions) -> ExitCode:
    """Print one life."""
    with open_history(options.history, make=False) as store, store.reading() as connection:
        story = ask.story(connection, options.fingerprint)
    if options.as_json:
        document = {"schema": SCHEMA, "question": "show", **story_object(story)}
        json.dump(document, sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in story_lines(story, Clock().utc()))
    return ExitCode.CLEAN


def show_trend(options: TrendOptions) -> ExitCode:
    """Print the days."""
    now = Clock().utc()
    with open_history(options.history, make=False) as store, store.reading() as connection:
        days = list(figures.trend(connection, since(options.since, now)[:10], now[:10]))
    values = [day_row(day) for day in days]
    shown = [[str(value) for value in row] for row in values]
    headers = tuple("new or back" if name == "new" else name for name in DAY_COLUMNS)
    return _print(Listing("trend", DAY_COLUMNS, values, shown, headers, "no day"), options)


def show_fix_times(options: FixTimeOptions) -> ExitCode:
    """Print fix times."""
    now = Clock().utc()
    with open_history(options.history, make=False) as store, store.reading() as connection:
        lines = figures.fix_times(connection, figures.By(options.by))
    values = [fix_row(one) for one in lines]
    shown = [
        [one.group or "(none)", str(one.fixed), span(one.median_s), span(one.p90_s), str(one.open),
         age(one.oldest, now) if one.oldest else ""]
        for one in lines
    ]  # fmt: skip
    headers = (options.by, "fixed", "half within", "nine of ten within", "open", "oldest open for")
    return _print(Listing("fix-time", fix_columns(options.by), values, shown, headers, _EMPTY), options)


def write_metrics(options: MetricsOptions) -> ExitCode:
    """Write metrics to a file or standard output."""
    with open_history(options.history, make=False) as store, store.reading() as connection:
        text = exposition(connection, Clock().utc())
    # The exporter that reads it runs as another user; it holds no address.
    _to(options.output, lambda out: out.write(text), mode=0o644)
    return ExitCode.CLEAN


def export_all(options: ExportOptions) -> ExitCode:
    """Write every finding with its life, one JSON object a line."""
    with open_history(options.history, make=False) as store, store.reading() as connection:
        lines = (f"{json.dumps(story_object(one))}\n" for one in ask.stories(connection))
        _to(options.output, lambda out: out.writelines(lines))
    return ExitCode.CLEAN


def prune_history(options: PruneOptions) -> ExitCode:
    """Forget what is long over, and say how much that was."""
    with open_history(options.history, make=False) as store:
        gone = prune(store, since(options.keep, Clock().utc()))
    sys.stdout.write(
        f"forgot {counted(gone.findings, 'finding')} that were gone, {counted(gone.runs, 'run')} and "
        f"{counted(gone.sightings, 'sighting')} that changed nothing\n"
    )
    return ExitCode.CLEAN


def _to(path: Path | None, write: Callable[[TextIO], object], *, mode: int = 0o600) -> None:
    if path is None:
        write(sys.stdout)
    else:
        write_file(path, write, mode=mode)


def _print(answer: Listing, options: AnswerOptions) -> ExitCode:
    if options.as_json and options.as_csv:
        raise UsageError("--json and --csv are two forms of one answer; choose one")
    answer.write(sys.stdout, as_json=options.as_json, as_csv=options.as_csv)
    return ExitCode.CLEAN
