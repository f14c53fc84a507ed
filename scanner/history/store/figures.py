"""Figures over a history: how many were open on each day, and how fast findings get closed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Any, NamedTuple

from sqlalchemy import Connection, case, func, select

from scanner.core.finding import Severity
from scanner.history.store.ask import NOT_OVER
from scanner.history.store.life import Turn
from scanner.history.store.tables import CAME, LEFT, OPEN, closed, daily, finding, run, standing

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
    """From open to proven gone, as `sums.rounded` keeps it; None where none is."""
    p90_s: float | None
    open: int
    oldest: str | None
    """Since when the oldest open one is open."""


def fix_times(connection: Connection, by: By) -> list[FixTime]:
    """Return a line for each group, by severity the gravest first, else those with most open findings first."""
    column, own = standing.c[by.value], finding.c[by.value]
    there = select(column.label("key"), func.sum(standing.c.count).label("open")).where(NOT_OVER).group_by(column)
    groups = there.subquery()
    oldest = select(func.min(finding.c.opened_at)).where(OPEN, own == groups.c.key).scalar_subquery()
    waiting = {
        str(key): (int(number), since)
        for key, number, since in connection.execute(select(groups.c.key, groups.c.open, oldest))
    }
    times: dict[str, list[tuple[int, int]]] = {}
    held = select(closed.c.key, closed.c.fix_s, closed.c.count).where(closed.c.grouping == by.value)
    for key, fix_s, number in connection.execute(held):
        times.setdefault(key, []).append((fix_s, number))
    keys = times.keys() | waiting.keys()
    if by is By.SEVERITY:
        order = sorted(keys, key=int, reverse=True)
    else:
        order = sorted(keys, key=lambda key: (-waiting.get(key, (0, None))[0], key))
    return [_line(by, key, sorted(times.get(key, [])), *waiting.get(key, (0, None))) for key in order]


def _line(by: By, key: str, times: Sequence[tuple[int, int]], waiting: int, oldest: str | None) -> FixTime:
    fixed = sum(number for _, number in times)
    return FixTime(
        group=Severity(int(key)).word if by is By.SEVERITY else key,
        fixed=fixed,
        median_s=_quantile(times, fixed // 2),
        p90_s=_quantile(times, fixed * 9 // 10),
        open=waiting,
        oldest=oldest,
    )


def _quantile(times: Sequence[tuple[int, int]], place: int) -> float | None:
    """Return the time at a place in the row of all times, each with how often it was needed."""
    for fix_s, number in times:
        if place < number:
            return float(fix_s)
        place -= number
    return None


class Covered(NamedTuple):
    """What the runs of one day looked at."""

    day: str
    share: float
    """Of what they planned, from 0 to 1; shards may have looked at some of it twice."""
    runs: int
    inconclusive: int


def coverage(connection: Connection, first: str, last: str) -> list[Covered]:
    """Return the days of some time on which somebody looked."""
    day = func.substr(run.c.started, 1, 10).label("day")
    sums = (func.sum(run.c.looked_at), func.sum(run.c.planned), func.count(), func.sum(run.c.inconclusive))
    within = run.c.started.between(first, f"{last}~")
    rows = connection.execute(select(day, *sums).where(within).group_by(day).order_by(day))
    return [
        Covered(name, min(1.0, int(looked) / int(planned)) if planned else 0.0, number, int(untold))
        for name, looked, planned, number, untold in rows
    ]
