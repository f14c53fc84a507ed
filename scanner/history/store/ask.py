"""What a history can be asked; each answer is found by an index, whatever the number of runs."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select
from sqlalchemy.sql import Select

from scanner.core.errors import UsageError
from scanner.core.finding import Severity
from scanner.core.jsontext import Json, as_object
from scanner.history.store.life import NOT_GONE, Kind, Shows, Turn
from scanner.history.store.rows import chunks
from scanner.history.store.tables import alias, endpoint, event, fact, finding, run

_SHORTEST = 8
"""Digits of a fingerprint that name it, as in `exposure accept`."""
_AT_ONCE = 50
"""Lives that are told from one reading of the tables: each may have thousands of looks."""
_ORDER = (finding.c.over, finding.c.severity.desc(), finding.c.first_seen, finding.c.id)


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
    """Part of place, name or title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A finding and its life, as answers have it."""

    fingerprint: str
    rule: str
    title: str
    service: str
    place: str
    name: str
    owner: str
    severity: Severity
    priority: Severity
    what: str
    shows: Shows
    why: str
    accepted: bool
    accepted_reason: str
    first_seen: str
    last_seen: str
    opened_at: str
    gone_at: str | None
    reopened: int
    vantages: tuple[str, ...]


def held_of(row: Row[Any]) -> Held:
    """Return the answer in a row of `finding`."""
    gone = row.gone_at is not None
    return Held(
        fingerprint=row.fingerprint,
        rule=row.rule,
        title=row.title,
        service=row.service,
        place=row.place,
        name=row.name,
        owner=row.owner,
        severity=Severity(row.severity),
        priority=Severity(row.priority),
        what=row.what,
        shows=Shows.GONE if gone else Shows.INCONCLUSIVE if row.unheard else Shows.OPEN,
        why=row.gone_why if gone else row.unheard,
        accepted=row.accepted,
        accepted_reason=row.accepted_reason,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        opened_at=row.opened_at,
        gone_at=row.gone_at,
        reopened=row.reopened,
        vantages=tuple(name for name in json.loads(row.views) if name),
    )


_CONDITIONS = {
    Shows.OPEN: and_(~finding.c.over, finding.c.unheard == ""),
    Shows.INCONCLUSIVE: and_(~finding.c.over, finding.c.unheard != ""),
    Shows.GONE: finding.c.over,
}


def _where(wanted: Wanted) -> list[ColumnElement[bool]]:
    held: list[ColumnElement[bool]] = []
    if wanted.shows == NOT_GONE:
        held.append(~finding.c.over)
    elif wanted.shows:
        held.append(or_(*(_CONDITIONS[one] for one in wanted.shows)))
    if wanted.since:
        held.append(finding.c.opened_at >= wanted.since)
    if wanted.owner is not None:
        held.append(finding.c.owner == wanted.owner)
    if wanted.least:
        held.append(finding.c.severity >= int(wanted.least))
    if wanted.rule:
        held.append(finding.c.rule == wanted.rule)
    if wanted.accepted is not None:
        held.append(finding.c.accepted.is_(wanted.accepted))
    if wanted.text:
        part = f"%{wanted.text.replace('/', '//').replace('%', '/%').replace('_', '/_')}%"
        columns = (finding.c.place, finding.c.name, finding.c.title)
        held.append(or_(*(column.ilike(part, escape="/") for column in columns)))
    return held


def findings(connection: Connection, wanted: Wanted, *, limit: int | None = None, offset: int = 0) -> Iterator[Held]:
    """Yield findings: open ones before gone ones, the gravest first, then the oldest."""
    statement = select(finding).where(*_where(wanted)).order_by(*_ORDER).limit(limit).offset(offset)
    # A caller that stops early must not leave the server's cursor open.
    with connection.execution_options(yield_per=1_000).execute(statement) as rows:
        for row in rows:
            yield held_of(row)


def count(connection: Connection, wanted: Wanted) -> int:
    """Return how many findings there are."""
    return int(connection.scalar(select(func.count()).select_from(finding).where(*_where(wanted))) or 0)


def open_by_severity(connection: Connection, owner: str | None = None) -> dict[Severity, int]:
    """Return how many findings are not gone, of each severity."""
    where = _where(Wanted(shows=NOT_GONE, owner=owner))
    rows = connection.execute(select(finding.c.severity, func.count()).where(*where).group_by(finding.c.severity))
    found = dict.fromkeys(reversed(Severity), 0)
    return found | {Severity(severity): number for severity, number in rows}


def runs(connection: Connection, *, limit: int | None = None, offset: int = 0) -> Sequence[Row[Any]]:
    """Return runs, the latest first."""
    order = (run.c.started.desc(), run.c.id.desc())
    return connection.execute(select(run).order_by(*order).limit(limit).offset(offset)).all()


@dataclass(frozen=True, slots=True)
class Story:
    """One finding with all that happened to it."""

    held: Held
    aliases: tuple[str, ...]
    events: tuple[tuple[str, Turn, str], ...]
    """When, what, and why."""
    looks: tuple[tuple[str, str, str, str, str], ...]
    """The latest looks first: when, run, from where, what was seen, why."""
    finding: dict[str, Json]
    """As the latest report that has it wrote it."""


def story(connection: Connection, fingerprint: str, *, looks: int = 50) -> Story:
    """Return the life of one finding, named by eight or more digits; raises UsageError where none or several match."""
    return next(_stories(connection, [_named(connection, fingerprint)], looks))


def stories(connection: Connection) -> Iterator[Story]:
    """Yield every finding with all that happened to it, in the order of `findings`."""
    for part in chunks(connection.scalars(select(finding.c.id).order_by(*_ORDER)).all(), _AT_ONCE):
        rows = {row.id: row for row in connection.execute(select(finding).where(finding.c.id.in_(part)))}
        yield from _stories(connection, [rows[number] for number in part])


def _stories(connection: Connection, rows: Sequence[Row[Any]], looks: int | None = None) -> Iterator[Story]:
    """Yield the lives of some findings; `looks` is the most that are told of all of them together."""
    ids = [row.id for row in rows]
    others = select(alias.c.finding, alias.c.alias).where(alias.c.finding.in_(ids)).order_by(alias.c.alias)
    happened = (
        select(event.c.finding, event.c.at, event.c.turn, event.c.detail)
        .where(event.c.finding.in_(ids))
        .order_by(event.c.at, event.c.id)
    )
    said = (
        select(fact.c.finding, run.c.started, run.c.run_id, fact.c.vantage, fact.c.kind, fact.c.what)
        .join(run, run.c.id == fact.c.run)
        .where(fact.c.finding.in_(ids))
        .order_by(run.c.started.desc())
        .limit(looks)
    )
    aliases, events, facts = (_by_finding(connection, statement) for statement in (others, happened, said))
    for row in rows:
        yield Story(
            held=held_of(row),
            aliases=tuple(other for (other,) in aliases[row.id]),
            events=tuple((at, Turn(turn), detail) for at, turn, detail in events[row.id]),
            looks=tuple(
                (at, name, place, Kind(kind).name.lower(), what) for at, name, place, kind, what in facts[row.id]
            ),
            finding=as_object(json.loads(row.body)),
        )


def _by_finding(connection: Connection, statement: Select[Any]) -> Mapping[int, Sequence[Sequence[Any]]]:
    """Return rows by the number of the finding that each begins with, in their order."""
    found: defaultdict[int, list[Sequence[Any]]] = defaultdict(list)
    for number, *rest in connection.execute(statement):
        found[number].append(rest)
    return found


def _named(connection: Connection, fingerprint: str) -> Row[Any]:
    digits = fingerprint.lower()
    if len(digits) < _SHORTEST or not set(digits) <= set("0123456789abcdef"):
        raise UsageError(f"{fingerprint[:80]} is no fingerprint; give the first {_SHORTEST} digits or more")
    after = digits + "g"
    own = select(finding.c.id).where(finding.c.fingerprint >= digits, finding.c.fingerprint < after)
    other = select(alias.c.finding).where(alias.c.alias >= digits, alias.c.alias < after)
    ids = set(connection.scalars(own.limit(2))) or set(connection.scalars(other.limit(2)))
    if not ids:
        raise UsageError(f"no finding of the history begins with {digits}; `exposure history findings` lists them")
    if len(ids) > 1:
        raise UsageError(f"several findings begin with {digits}; give more digits")
    return connection.execute(select(finding).where(finding.c.id == ids.pop())).one()


def assets(connection: Connection, *, text: str = "", limit: int | None = None, offset: int = 0) -> Sequence[Row[Any]]:
    """Return every endpoint that was ever open, by address and port."""
    statement: Select[Any] = select(endpoint).order_by(endpoint.c.address, endpoint.c.port)
    if text:
        statement = statement.where(
            or_(endpoint.c.address == text, endpoint.c.name == text, endpoint.c.service == text)
        )
    return connection.execute(statement.limit(limit).offset(offset)).all()


def latest_run(connection: Connection) -> Row[Any] | None:
    """Return the run that looked last, None in an empty history."""
    return connection.execute(select(run).order_by(run.c.started.desc(), run.c.id.desc()).limit(1)).one_or_none()


def run_of(connection: Connection, number: int) -> Row[Any]:
    """Return the run of a number of the history's own."""
    return connection.execute(select(run).where(run.c.id == number)).one()


def oldest(connection: Connection, limit: int) -> Iterator[Held]:
    """Yield the findings that have been open for longest."""
    statement = select(finding).where(~finding.c.over).order_by(finding.c.opened_at).limit(limit)
    return map(held_of, connection.execute(statement))


def owners(connection: Connection) -> list[str]:
    """Return everybody who owns a finding that is not gone."""
    statement = select(finding.c.owner).where(~finding.c.over, finding.c.owner != "").distinct()
    return sorted(connection.scalars(statement.limit(1_000)))


def compared(connection: Connection, earlier: int, later: int, limit: int) -> dict[str, list[Held]]:
    """Return what two runs say of findings: seen by the later one alone, gone, not told, and seen by both."""
    seen = {
        number: set(
            connection.scalars(select(fact.c.finding).where(fact.c.run == number, fact.c.kind == int(Kind.SEEN)))
        )
        for number in (earlier, later)
    }
    at = connection.scalar(select(run.c.started).where(run.c.id == later)) or ""
    proven = select(fact.c.finding).where(fact.c.run == later, fact.c.kind == int(Kind.GONE))
    # What was gone before is not judged again by each later run.
    over = select(finding.c.id).where(finding.c.gone_at <= at)
    gone = set(connection.scalars(proven)) | set(connection.scalars(over))
    missing = seen[earlier] - seen[later]
    groups = {
        "New": seen[later] - seen[earlier],
        "Gone": missing & gone,
        "Unknown": missing - gone,
        "Unchanged": seen[earlier] & seen[later],
    }
    return {name: _some(connection, sorted(ids)[:limit]) for name, ids in groups.items()}


def _some(connection: Connection, ids: Sequence[int]) -> list[Held]:
    rows = [row for part in chunks(ids) for row in connection.execute(select(finding).where(finding.c.id.in_(part)))]
    return sorted(map(held_of, rows), key=lambda one: (-one.severity, one.first_seen, one.fingerprint))
