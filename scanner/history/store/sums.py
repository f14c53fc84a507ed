"""Sums that are kept beside the findings, so that whatever is counted needs no look at a million of them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, select

from scanner.history.store.rows import add_counts
from scanner.history.store.tables import closed, finding, standing

_STANDING = ("owner", "rule", "title", "severity", "accepted", "shows")
_CLOSED = ("grouping", "key", "fix_s")
GROUPINGS = ("severity", "owner", "rule")
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3_600, 86_400


class Facets(NamedTuple):
    """What of a finding is counted."""

    owner: str
    rule: str
    title: str
    severity: int
    accepted: bool
    shows: int
    fix_s: float | None

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Facets":
        """Return the facets among the columns of a row."""
        return cls(**{name: values[name] for name in cls._fields})


def rounded(fix_s: float) -> int:
    """Return a time in seconds as it is summed: to the minute below a day, to the hour below 60 days, else to the day.

    So a history of any length holds a few thousand different ones.
    """
    unit_s = _MINUTE_S if fix_s < _DAY_S else _HOUR_S if fix_s < 60 * _DAY_S else _DAY_S
    return round(fix_s / unit_s) * unit_s


@dataclass(slots=True)
class Sums:
    """What changes in the sums."""

    _standing: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    _closed: Counter[tuple[Any, ...]] = field(default_factory=Counter)

    def turn(self, before: Facets | None, after: Facets | None) -> None:
        """Take a finding from where it was to where it is; None for one that was not, or is not any more."""
        for facets, by in ((before, -1), (after, 1)):
            if facets is None:
                continue
            self._standing[facets[:-1]] += by
            if facets.fix_s is not None:
                for grouping in GROUPINGS:
                    self._closed[grouping, str(getattr(facets, grouping)), rounded(facets.fix_s)] += by

    def write(self, connection: Connection) -> None:
        """Add what has changed."""
        add_counts(connection, standing, _STANDING, self._standing)
        add_counts(connection, closed, _CLOSED, self._closed)


def rebuild(connection: Connection) -> None:
    """Count everything anew."""
    connection.execute(delete(standing))
    connection.execute(delete(closed))
    sums = Sums()
    columns = select(*(finding.c[name] for name in Facets._fields))
    with connection.execute(columns, execution_options={"yield_per": 5_000}) as rows:
        for row in rows:
            sums.turn(None, Facets(*row))
    sums.write(connection)
