"""What a history answers to programs: the same columns and values on the command line and over HTTP."""

from collections.abc import Sequence
from typing import Any, Final

from scanner.core.finding import Severity
from scanner.core.jsontext import Json
from scanner.history.store.figures import Day, FixTime

SCHEMA: Final = "exposure-scanner/history/v1"
RUN_COLUMNS: Final = (
    "number", "run", "shard", "vantage", "started", "ended", "status", "planned", "looked_at", "inconclusive",
    "findings",
)  # fmt: skip
ASSET_COLUMNS: Final = (
    "address", "port", "transport", "name", "status", "service", "product", "version", "first_open", "last_open",
)  # fmt: skip
DAY_COLUMNS: Final = ("day", *(severity.word for severity in reversed(Severity)), "new", "gone")
_FIX_COLUMNS: Final = ("fixed", "median_s", "p90_s", "open", "oldest_open_since")


def run_row(row: Any) -> list[Json]:
    """Return the values of a row of `run`, in the order of RUN_COLUMNS."""
    return [
        row.id, row.run_id, row.shard, row.vantage or None, row.started, row.ended, row.status, row.planned,
        row.looked_at, row.inconclusive, row.findings,
    ]  # fmt: skip


def asset_row(row: Any) -> list[Json]:
    """Return the values of a row of `endpoint`, in the order of ASSET_COLUMNS."""
    return [
        row.address, row.port, row.transport, row.name or None, row.status, row.service or None, row.product or None,
        row.version or None, row.first_seen, row.last_seen,
    ]  # fmt: skip


def day_row(day: Day) -> list[Json]:
    """Return the values of a day of the trend, in the order of DAY_COLUMNS."""
    return [day.day, *day.open.values(), day.new, day.gone]


def fix_columns(by: str) -> tuple[str, ...]:
    """Return the columns of fix times that are grouped by something."""
    return (by, *_FIX_COLUMNS)


def fix_row(line: FixTime) -> list[Json]:
    """Return the values of one group's fix times, in the order of `fix_columns`."""
    return [line.group, line.fixed, line.median_s, line.p90_s, line.open, line.oldest]


def objects(columns: Sequence[str], rows: Sequence[Sequence[Json]]) -> list[Json]:
    """Return rows as objects."""
    return [dict(zip(columns, row, strict=True)) for row in rows]
