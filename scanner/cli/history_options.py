"""Options of everything that reads or fills a history."""

import re
from dataclasses import dataclass
from pathlib import Path

from scanner.cli import choices
from scanner.cli.option import Group, argument, option, required_option
from scanner.cli.readers import one_of, read_path, whole
from scanner.cli.report_options import JsonOption

DEFAULT_HISTORY = "default"
"""The word for the file in the user's data folder."""
GROUPS = ("severity", "owner", "rule")
STATES = ("open", "inconclusive", "gone")
_SPAN = re.compile(r"[1-9][0-9]{0,4}[hdw]")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:]{5,8}Z?)?")


def read_since(word: str) -> str:
    """Return a span such as 7d, or a day in ISO 8601, as it stands."""
    if not _SPAN.fullmatch(word) and not _DAY.fullmatch(word):
        raise ValueError("write a span such as 12h, 7d or 4w, or a day such as 2026-11-01")
    return word


def read_span(word: str) -> str:
    """Return a span such as 400d, as it stands."""
    if not _SPAN.fullmatch(word):
        raise ValueError("write a span such as 90d or 52w")
    return word


@dataclass(frozen=True, kw_only=True)
class HistoryOption:
    """Which history is meant."""

    history: str = option(
        DEFAULT_HISTORY,
        "--history",
        "The history: a file (.db), postgresql://user@host/database, or default for the one in your data folder.",
        metavar="STORE",
        group=Group.REPORT,
        example="--history team.db",
    )


@dataclass(frozen=True, kw_only=True)
class AnswerOptions(HistoryOption, JsonOption):
    """How a history answers."""

    as_csv: bool = option(False, "--csv", "As CSV, for spreadsheets.", group=Group.REPORT, example="--csv")


@dataclass(frozen=True, kw_only=True)
class AddOptions(HistoryOption):
    """Which reports are added."""

    reports: tuple[Path, ...] = argument(
        "REPORT...", "JSON reports; each is dated by its own run.", read=read_path, many=True
    )


@dataclass(frozen=True, kw_only=True)
class RunsOptions(AnswerOptions):
    """How many runs are listed."""

    limit: int = option(
        50,
        "--limit",
        "How many, the latest first.",
        metavar="N",
        read=whole(1),
        group=Group.REPORT,
        example="--limit 10",
    )


@dataclass(frozen=True, kw_only=True)
class FindingsOptions(AnswerOptions):
    """Which findings are listed."""

    state: tuple[str, ...] = option(
        (),
        "--state",
        "open | inconclusive | gone; without it, all that are not gone.",
        metavar="STATE",
        read=one_of(lambda: STATES),
        choices=lambda: STATES,
        group=Group.REPORT,
        example="--state gone",
    )
    since: str = option(
        "",
        "--since",
        "New or back since then: 7d, 12h, or a day.",
        metavar="WHEN",
        read=read_since,
        group=Group.REPORT,
        example="--since 7d",
    )
    owner: str | None = option(
        None, "--owner", "Of that owner.", metavar="NAME", group=Group.REPORT, example="--owner ops"
    )
    severity: str = option(
        "info",
        "--severity",
        "Of that severity or graver.",
        metavar="LEVEL",
        read=one_of(choices.severities),
        choices=choices.severities,
        group=Group.REPORT,
        example="--severity high",
    )
    rule: str = option(
        "", "--rule", "Of that rule.", metavar="ID", group=Group.REPORT, example="--rule redis-no-password"
    )
    accepted: bool = option(False, "--accepted", "Accepted ones alone.", group=Group.REPORT, example="--accepted")
    text: str = option(
        "",
        "--grep",
        "With a word of place or name that begins so, or with that text in the title.",
        metavar="TEXT",
        group=Group.REPORT,
        example="--grep 10.0.",
    )
    limit: int | None = option(
        None, "--limit", "No more than so many.", metavar="N", read=whole(1), group=Group.REPORT, example="--limit 20"
    )


@dataclass(frozen=True, kw_only=True)
class ShowOptions(HistoryOption, JsonOption):
    """Whose life is told."""

    fingerprint: str = argument("FINGERPRINT", "The finding, or the first 8 digits or more of its fingerprint.")


@dataclass(frozen=True, kw_only=True)
class TrendOptions(AnswerOptions):
    """Which days are told."""

    since: str = option(
        "30d",
        "--since",
        "The first day: 30d, or a day.",
        metavar="WHEN",
        read=read_since,
        group=Group.REPORT,
        example="--since 90d",
    )


@dataclass(frozen=True, kw_only=True)
class FixTimeOptions(AnswerOptions):
    """What fix times are grouped by."""

    by: str = option(
        "severity",
        "--by",
        "severity | owner | rule",
        metavar="GROUP",
        read=one_of(lambda: GROUPS),
        choices=lambda: GROUPS,
        group=Group.REPORT,
        example="--by owner",
    )


@dataclass(frozen=True, kw_only=True)
class PruneOptions(HistoryOption):
    """How much is kept."""

    keep: str = required_option(
        "--keep",
        "How long what is over is kept; whatever is open stays.",
        metavar="SPAN",
        read=read_span,
        group=Group.REPORT,
        example="--keep 400d",
    )


@dataclass(frozen=True, kw_only=True)
class MetricsOptions(HistoryOption):
    """Where the metrics go."""

    output: Path | None = option(
        None,
        "-o, --output",
        "Write this file, whole or not at all: the textfile collector of the node exporter reads it.",
        metavar="FILE",
        read=read_path,
        group=Group.REPORT,
        example="-o /var/lib/node_exporter/exposure.prom",
    )


@dataclass(frozen=True, kw_only=True)
class ExportOptions(HistoryOption):
    """Where a history is copied to."""

    output: Path | None = option(
        None,
        "-o, --output",
        "Write this file.",
        metavar="FILE",
        read=read_path,
        group=Group.REPORT,
        example="-o all.ndjson",
    )
