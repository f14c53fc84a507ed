"""Pages of findings: each is read from where the one before ended, and none goes over more than so many rows.

What a filter leads to is either little, then it is fetched and ordered, or much, then the list is walked in its own
order along an index. A walk that has passed _MOST_WALKED rows stops where it is, and says where to go on.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, func, select, tuple_

from scanner.core.finding import Severity
from scanner.core.number import parse_number
from scanner.history.store.held import COLUMNS, Held, held_of
from scanner.history.store.life import Shows
from scanner.history.store.rows import SHOWS, chunks
from scanner.history.store.seek import Seek, is_few
from scanner.history.store.tables import ACCEPTED, UNTOLD, finding, standing

_FEW = 1_000
_MOST_WALKED = 10_000
_RECENT = 20_000
"""Findings opened since some time that are ordered, in the place of a walk: their index tells all that takes."""
_AT_ONCE = 1_000
_MOST_ID = (1 << 31) - 1
_KEY = (finding.c.listed, finding.c.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which findings are asked for; what is not given does not matter."""

    shows: tuple[Shows, ...] = ()
    since: str | None = None
    """Open since that time or later, ISO 8601, UTC: new or back."""
    owner: str | None = None
    least: Severity = Severity.INFO
    rule: str | None = None
    accepted: bool | None = None
    text: str | None = None
    """The beginning of a word of place or name, or part of the title."""


class Place(NamedTuple):
    """A place in the list, between two findings."""

    listed: str
    id: int

    @property
    def words(self) -> str:
        """The place as it stands in a URL."""
        return f"{self.listed}~{self.id}"

    @classmethod
    def read(cls, words: str) -> "Place | None":
        """Return the place that some words name, None where they name none."""
        listed, _, number = words[:80].rpartition("~")
        known = parse_number(number, most=_MOST_ID)
        return None if known is None or not listed.isascii() or "\0" in listed else cls(listed, known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some findings in their order."""

    rows: tuple[Held, ...]
    earlier: Place | None
    later: Place | None
    """Where the next page begins; it is there too where a walk was cut, and then `rows` may be few or none."""
    total: int | None
    """How many findings are wanted, None where that is not known without going over all of them."""


def page(
    connection: Connection, wanted: Wanted, *, size: int, after: Place | None = None, before: Place | None = None
) -> Page:
    """Return the findings that follow a place, or those that come before one; without any, the first ones."""
    ways = _ways(connection, wanted)
    if ways.is_little:
        return _fetched(connection, _keys(connection, wanted, ways), size=size, after=after, before=before)
    total = _sum(connection, wanted)
    if total == 0:
        return Page(rows=(), earlier=None, later=None, total=0)
    back = before is not None
    rows, more = _walked(connection, wanted, ways.seek, size, before if back else after, back=back)
    held = tuple(held_of(row) for row in (reversed(rows) if back else rows))
    begin, end = _ends(rows, back=back)
    if back:
        return Page(rows=held, earlier=more, later=end or before, total=total)
    return Page(rows=held, earlier=(begin or after) if after else None, later=more, total=total)


def findings(connection: Connection, wanted: Wanted, *, limit: int | None = None) -> Iterator[Held]:
    """Yield findings: open ones before gone ones, the gravest first, then the oldest."""
    at: Place | None = None
    left = limit
    while left is None or left > 0:
        part = page(connection, wanted, size=_AT_ONCE if left is None else min(left, _AT_ONCE), after=at)
        yield from part.rows
        at = part.later
        if at is None:
            return
        left = None if left is None else left - len(part.rows)


def counted(connection: Connection, wanted: Wanted) -> int | None:
    """Return how many findings there are, None where nothing but going over all of them would tell."""
    ways = _ways(connection, wanted)
    return len(_keys(connection, wanted, ways)) if ways.is_little else _sum(connection, wanted)


def _sum(connection: Connection, wanted: Wanted) -> int | None:
    if wanted.text or wanted.since:
        return None
    held: list[ColumnElement[bool]] = [standing.c.severity >= int(wanted.least)]
    held += [standing.c[name] == value for name in ("owner", "rule") if (value := getattr(wanted, name)) is not None]
    if wanted.shows:
        held.append(standing.c.shows.in_([SHOWS.index(one) for one in wanted.shows]))
    if wanted.accepted is not None:
        held.append(standing.c.accepted.is_(wanted.accepted))
    return int(connection.scalar(select(func.coalesce(func.sum(standing.c.count), 0)).where(*held)) or 0)


class _Ways(NamedTuple):
    """How the findings are come by."""

    seek: Seek | None
    by_text: bool
    """Whether few findings have the text."""
    by_time: bool
    """Whether few findings were opened since."""

    @property
    def is_little(self) -> bool:
        return self.by_text or self.by_time


def _ways(connection: Connection, wanted: Wanted) -> _Ways:
    seek = Seek.of(connection, wanted.text) if wanted.text else None
    by_text = seek is not None and is_few(connection, seek.ids(_FEW), _FEW)
    if by_text or wanted.since is None:
        return _Ways(seek, by_text, by_time=False)
    opened = select(finding.c.id).where(finding.c.opened_at >= wanted.since)
    return _Ways(seek, by_text, is_few(connection, opened, _RECENT))


def _where(wanted: Wanted, seek: Seek | None) -> list[ColumnElement[bool]]:
    """Return the conditions that a row can be held against, whatever way has led to it."""
    held: list[ColumnElement[bool]] = [] if seek is None else [seek.fits()]
    if wanted.shows:
        held.append(_apart(finding.c.shows).in_([SHOWS.index(one) for one in wanted.shows]))
    if wanted.since:
        held.append(_apart(finding.c.opened_at) >= wanted.since)
    if wanted.least:
        held.append(_apart(finding.c.severity) >= int(wanted.least))
    if wanted.owner is not None:
        held.append(_apart(finding.c.owner) == wanted.owner)
    if wanted.rule is not None:
        held.append(_apart(finding.c.rule) == wanted.rule)
    if wanted.accepted is not None:
        held.append(_apart(finding.c.accepted).is_(wanted.accepted))
    return held


def _apart(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a column in a form that no index has: what leads to the rows is chosen here, not by the planner."""
    return func.coalesce(column, column)


def _along(wanted: Wanted) -> list[ColumnElement[bool]]:
    """Return the conditions of which an index knows the list's order: the walk goes along it."""
    held: list[ColumnElement[bool]] = []
    lowest = max(Severity) - wanted.least + 1
    if wanted.shows and Shows.GONE not in wanted.shows:
        held.append(finding.c.listed < f"0{lowest}")
    elif wanted.shows == (Shows.GONE,):
        held += [finding.c.listed >= "1", finding.c.listed < f"1{lowest}"]
    if wanted.rule is not None:
        held.append(finding.c.rule == wanted.rule)
    elif wanted.owner is not None:
        held.append(finding.c.owner == wanted.owner)
    elif wanted.accepted:
        held.append(ACCEPTED)
    elif wanted.shows == (Shows.INCONCLUSIVE,):
        held.append(UNTOLD)
    return held


def _walked(
    connection: Connection, wanted: Wanted, seek: Seek | None, size: int, at: Place | None, *, back: bool
) -> tuple[list[Row[Any]], Place | None]:
    """Return some rows of the list in the order of the walk, and where to go on, None at the end."""
    along = _along(wanted)
    order = [column.desc() if back else column for column in _KEY]
    if at is not None:
        along.append(tuple_(*_KEY) < tuple_(*at) if back else tuple_(*_KEY) > tuple_(*at))
    cut = connection.execute(select(*_KEY).where(*along).order_by(*order).offset(_MOST_WALKED).limit(1)).one_or_none()
    end = None if cut is None else Place(*cut)
    if end is not None:
        along.append(tuple_(*_KEY) > tuple_(*end) if back else tuple_(*_KEY) < tuple_(*end))
    chosen = select(*COLUMNS).where(*along, *_where(wanted, seek)).order_by(*order).limit(size + 1)
    rows = list(connection.execute(chosen))
    if len(rows) > size:
        return rows[:size], Place(rows[size - 1].listed, rows[size - 1].id)
    # The row at the end was not looked at: the next page begins just before it.
    return rows, None if end is None else end._replace(id=end.id + (1 if back else -1))


def _ends(rows: list[Row[Any]], *, back: bool) -> tuple[Place | None, Place | None]:
    if not rows:
        return None, None
    ends = [Place(row.listed, row.id) for row in (rows[0], rows[-1])]
    return (ends[1], ends[0]) if back else (ends[0], ends[1])


def _keys(connection: Connection, wanted: Wanted, ways: _Ways) -> list[Place]:
    """Return the places of findings of which there are few."""
    where = _where(wanted, ways.seek)
    if ways.by_text and ways.seek is not None:
        ids = connection.scalars(ways.seek.ids(_FEW)).all()
        parts: list[ColumnElement[bool]] = [finding.c.id.in_(part) for part in chunks(sorted(ids))]
    else:
        parts = [finding.c.opened_at >= wanted.since]
    return sorted(Place(*key) for part in parts for key in connection.execute(select(*_KEY).where(part, *where)))


def _fetched(
    connection: Connection, keys: list[Place], *, size: int, after: Place | None, before: Place | None
) -> Page:
    if before is not None:
        last = bisect_left(keys, before)
        first = max(0, last - size)
    else:
        first = 0 if after is None else bisect_right(keys, after)
        last = min(len(keys), first + size)
    ids = [key.id for key in keys[first:last]]
    rows = {
        row.id: held_of(row)
        for part in chunks(ids)
        for row in connection.execute(select(*COLUMNS).where(finding.c.id.in_(part)))
    }
    return Page(
        rows=tuple(rows[number] for number in ids),
        earlier=keys[first] if 0 < first < len(keys) else None,
        later=keys[last - 1] if 0 < last < len(keys) else None,
        total=len(keys),
    )
