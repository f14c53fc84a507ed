"""Figures over a history: how many were open on each day, and how fast findings get closed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, select

from scanner.core.finding import Severity
from scanner.history.store.life import Turn
from scanner.history.store.tables import CAME, LEFT, daily, finding, run

_RISES = (Turn.NEW.value, Turn.BACK.value, CAME)
_FALLS = (Turn.GONE.value, LEFT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """How things stood at the end of one day, UTC."""

    day: str
    open: dict[Severity, int]
    """Findings that were not gone, the gravest first."""
    new: int
    """New or back on that day."""
    gone: int


def trend(connection: Connection, first: str, last: str) -> Iterator[Day]:
    """Yield every day from the first to the last, as `2026-11-28`; none before anybody had looked."""
    looked = [connection.scalar(select(func.min(column))) for column in (run.c.started, daily.c.day)]
    begun = min((day[:10] for day in looked if day), default=None)
    if begun is None:
        return
    first = max(first, begun)
    change = case((daily.c.turn.in_(_RISES), daily.c.count), (daily.c.turn.in_(_FALLS), -daily.c.count), else_=0)
    stood = dict.fromkeys(reversed(Severity), 0)
    before = select(daily.c.severity, func.sum(change)).where(daily.c.day < first).group_by(daily.c.severity)
    for severity, total in connection.execute(before):
        stood[Severity(severity)] = int(total)
    within = select(daily).where(daily.c.day >= first, daily.c.day <= last)
    rows: dict[str, list[Any]] = {}
    for row in connection.execute(within):
        rows.setdefault(row.day, []).append(row)
    day, end = date.fromisoformat(first), date.fromisoformat(last)
    while day <= end:
        name = day.isoformat()
        here = rows.get(name, [])
        for row in here:
            sign = 1 if row.turn in _RISES else -1 if row.turn in _FALLS else 0
            stood[Severity(row.severity)] += sign * row.count
        yield Day(
            day=name,
            open=dict(stood),
            new=sum(row.count for row in here if row.turn in {Turn.NEW.value, Turn.BACK.value}),
            gone=sum(row.count for row in here if row.turn == Turn.GONE.value),
        )
        day += timedelta(days=1)


class By(Enum):
    """What fix times are grouped by."""

    SEVERITY = "severity"
    OWNER = "owner"
    RULE = "rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class FixTime:
    """How fast the findings of one group get closed, and what waits."""

    group: str
    fixed: int
    median_s: float | None
    """From open to proven gone; None where none is."""
    p90_s: float | None
    open: int
    oldest: str | None
    """Since when the oldest open one is open."""


def fix_times(connection: Connection, by: By) -> list[FixTime]:
    """Return a line for each group, by severity the gravest first, else those with most open findings first."""
    column = finding.c[by.value]
    closed = select(column, func.count()).where(finding.c.fix_s.is_not(None)).group_by(column)
    fixed: dict[Any, int] = {key: int(number) for key, number in connection.execute(closed)}
    waiting = {
        key: (number, oldest)
        for key, number, oldest in connection.execute(
            select(column, func.count(), func.min(finding.c.opened_at)).where(~finding.c.over).group_by(column)
        )
    }
    keys = fixed.keys() | waiting.keys()
    if by is By.SEVERITY:
        order = sorted(keys, reverse=True)
    else:
        order = sorted(keys, key=lambda key: (-waiting.get(key, (0, None))[0], str(key)))
    return [_line(connection, column, key, fixed.get(key, 0), waiting.get(key, (0, None))) for key in order]


def _line(
    connection: Connection, column: ColumnElement[Any], key: Any, fixed: int, waiting: tuple[int, str | None]
) -> FixTime:
    def quantile(share: float) -> float | None:
        if not fixed:
            return None
        place = min(fixed - 1, int(share * fixed))
        same = (column == key, finding.c.fix_s.is_not(None))
        statement = select(finding.c.fix_s).where(*same).order_by(finding.c.fix_s).offset(place).limit(1)
        return connection.scalar(statement)

    return FixTime(
        group=Severity(key).word if column is finding.c.severity else str(key),
        fixed=fixed,
        median_s=quantile(0.5),
        p90_s=quantile(0.9),
        open=waiting[0],
        oldest=waiting[1],
    )
