"""What a history can be asked; each answer is found by an index, whatever the number of runs."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, select
from sqlalchemy.sql import Select

from scanner.core.errors import UsageError
from scanner.core.finding import Severity
from scanner.core.jsontext import Json, as_object
from scanner.history.store.held import COLUMNS, Held, held_of
from scanner.history.store.life import Kind, Shows, Turn
from scanner.history.store.rows import SHOWS, chunks
from scanner.history.store.tables import OPEN, alias, event, fact, finding, run, standing, wording

_SHORTEST = 8
"""Digits of a fingerprint that name it, as in `exposure accept`."""
_AT_ONCE = 50
"""Lives that are told from one reading of the tables: each may have thousands of sightings."""
NOT_OVER = standing.c.shows != SHOWS.index(Shows.GONE)
"""Of the sums: those of findings that are not gone."""
_TOLD = select(finding, wording.c.body).join(wording, wording.c.finding == finding.c.id)


def open_by_severity(connection: Connection) -> dict[Severity, int]:
    """Return how many findings are not gone, of each severity."""
    there = select(standing.c.severity, func.sum(standing.c.count)).where(NOT_OVER).group_by(standing.c.severity)
    found = dict.fromkeys(reversed(Severity), 0)
    return found | {Severity(severity): int(number) for severity, number in connection.execute(there)}


_RUN = [column for column in run.c if column.name != "scope_options"]


def runs(connection: Connection, *, limit: int | None = None, offset: int = 0) -> Sequence[Row[Any]]:
    """Return runs, the latest first."""
    order = (run.c.started.desc(), run.c.id.desc())
    return connection.execute(select(*_RUN).order_by(*order).limit(limit).offset(offset)).all()


@dataclass(frozen=True, slots=True)
class Story:
    """One finding with all that happened to it."""

    held: Held
    aliases: tuple[str, ...]
    events: tuple[tuple[str, Turn, str], ...]
    """When, what, and why."""
    sightings: tuple[tuple[str, str, str, str, str], ...]
    """The latest sightings first: when, run, from where, what was seen, why."""
    finding: dict[str, Json]
    """As the latest report that has it wrote it."""


def story(connection: Connection, fingerprint: str, *, sightings: int = 50) -> Story:
    """Return the life of one finding, named by eight or more digits; raises UsageError where none or several match."""
    return next(_stories(connection, [_named(connection, fingerprint)], sightings))


def stories(connection: Connection) -> Iterator[Story]:
    """Yield every finding with all that happened to it, in the order of `findings`."""
    for part in chunks(
        connection.scalars(select(finding.c.id).order_by(finding.c.listed, finding.c.id)).all(), _AT_ONCE
    ):
        rows = {row.id: row for row in connection.execute(_TOLD.where(finding.c.id.in_(part)))}
        yield from _stories(connection, [rows[number] for number in part])


def _stories(connection: Connection, rows: Sequence[Row[Any]], sightings: int | None = None) -> Iterator[Story]:
    """Yield the lives of some findings; `sightings` is the most that are told of all of them together."""
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
        .limit(sightings)
    )
    aliases, events, facts = (_by_finding(connection, statement) for statement in (others, happened, said))
    for row in rows:
        yield Story(
            held=held_of(row),
            aliases=tuple(other for (other,) in aliases[row.id]),
            events=tuple((at, Turn(turn), detail) for at, turn, detail in events[row.id]),
            sightings=tuple(
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
    return connection.execute(_TOLD.where(finding.c.id == ids.pop())).one()


def latest_run(connection: Connection) -> Row[Any] | None:
    """Return the run that looked last, None in an empty history."""
    return connection.execute(select(*_RUN).order_by(run.c.started.desc(), run.c.id.desc()).limit(1)).one_or_none()


def run_of(connection: Connection, number: int) -> Row[Any]:
    """Return the run of a number of the history's own; raises UsageError where there is none."""
    held = connection.execute(select(*_RUN).where(run.c.id == number)).one_or_none()
    if held is None:
        raise UsageError(f"there is no run {number} in the history")
    return held


def oldest(connection: Connection, limit: int) -> Iterator[Held]:
    """Yield the findings that have been open for longest."""
    statement = select(*COLUMNS).where(OPEN).order_by(finding.c.opened_at).limit(limit)
    return map(held_of, connection.execute(statement))


def owners(connection: Connection) -> list[str]:
    """Return everybody who owns a finding that is not gone."""
    statement = select(standing.c.owner).where(NOT_OVER, standing.c.owner != "").distinct()
    return sorted(connection.scalars(statement.limit(1_000)))


class Group(NamedTuple):
    """Findings of which two runs say the same."""

    total: int
    rows: tuple[Held, ...]
    """The gravest of them."""


def compared(connection: Connection, earlier: int, later: int, limit: int) -> dict[str, Group]:
    """Return what two runs say of findings: seen by the later one alone, gone, not told, and seen by both.

    Raises UsageError for a run that is not there.
    """
    at = run_of(connection, later).started
    run_of(connection, earlier)
    before, after = (_said(connection, number, Kind.SEEN) for number in (earlier, later))
    missing = before.keys() - after.keys()
    gone = missing & _said(connection, later, Kind.GONE).keys()
    # What was gone before is not judged again by each later run.
    for part in chunks(sorted(missing - gone)):
        gone |= set(connection.scalars(select(finding.c.id).where(finding.c.id.in_(part), finding.c.gone_at <= at)))
    groups = {
        "New": after.keys() - before.keys(),
        "Gone": gone,
        "Unknown": missing - gone,
        "Unchanged": before.keys() & after.keys(),
    }
    grades = before | after
    return {
        name: Group(len(ids), _some(connection, sorted(ids, key=lambda one: (-grades[one], one))[:limit]))
        for name, ids in groups.items()
    }


def _said(connection: Connection, number: int, kind: Kind) -> dict[int, int]:
    """Return what a run says one thing of, with the severity that it gave: from an index alone."""
    held = select(fact.c.finding, fact.c.severity).where(fact.c.run == number, fact.c.kind == int(kind))
    rows = connection.execute(held).all()
    return {row.finding: row.severity for row in rows}


def _some(connection: Connection, ids: Sequence[int]) -> tuple[Held, ...]:
    parts = (select(*COLUMNS).where(finding.c.id.in_(part)) for part in chunks(ids))
    held = [held_of(row) for part in parts for row in connection.execute(part)]
    return tuple(sorted(held, key=lambda one: (-one.severity, one.first_seen, one.fingerprint)))
