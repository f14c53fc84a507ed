"""Between rows of the store and values: lives, identities, and writing many rows at once."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Row,
    Table,
    bindparam,
    case,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from scanner.core.address import Address, order_number
from scanner.core.finding import Finding, Severity
from scanner.core.moment import seconds_between
from scanner.core.text import clean
from scanner.history.store.life import Life, Shows, View
from scanner.history.store.tables import alias, finding
from scanner.report.document import finding_object
from scanner.tickets.proof import place_of

_CHUNK = 400
"""Values in one statement: SQLite of older systems takes 999 in all."""
SHOWS: Final = tuple(Shows)
"""What the world shows, by the number in the column `shows`."""
T = TypeVar("T")
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """A finding of the store: what it is known by, and its life."""

    id: int
    fingerprint: str
    aliases: tuple[str, ...]
    life: Life
    row: Row[Any]
    """Its row of `finding`, as it was."""


def chunks(items: Iterable[T], size: int = _CHUNK) -> Iterator[list[T]]:
    """Yield items in lists of at most `size`."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


def known_by(connection: Connection, keys: Iterable[str]) -> list[Known]:
    """Return the findings that have one of some fingerprints, as their own or as an alias."""
    ids: set[int] = set()
    for part in chunks(dict.fromkeys(keys)):
        ids.update(connection.scalars(select(finding.c.id).where(finding.c.fingerprint.in_(part))))
        ids.update(connection.scalars(select(alias.c.finding).where(alias.c.alias.in_(part))))
    names: dict[int, list[str]] = {}
    rows: list[Row[Any]] = []
    for some in chunks(sorted(ids)):
        for number, other in connection.execute(
            select(alias.c.finding, alias.c.alias).where(alias.c.finding.in_(some))
        ):
            names.setdefault(number, []).append(other)
        rows += connection.execute(select(finding).where(finding.c.id.in_(some))).all()
    return [Known(row.id, row.fingerprint, tuple(sorted(names.get(row.id, ()))), life_of(row), row) for row in rows]


def life_of(row: Row[Any]) -> Life:
    """Return the life in a row of `finding`."""
    return Life(
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        judged_at=row.judged_at,
        severity=Severity(row.severity),
        what=row.what,
        accepted=row.accepted,
        opened_at=row.opened_at,
        gone_at=row.gone_at,
        gone_why=row.gone_why,
        reopened=row.reopened,
        views={name: View(*parts) for name, parts in json.loads(row.views).items()},
    )


def life_values(life: Life) -> Values:
    """Return the columns of `finding` that hold a life."""
    gone = life.gone_at
    return {
        "first_seen": life.first_seen,
        "last_seen": life.last_seen,
        "judged_at": life.judged_at,
        "severity": int(life.severity),
        "what": life.what,
        "accepted": life.accepted,
        "opened_at": life.opened_at,
        "gone_at": gone,
        "over": gone is not None,
        "shows": SHOWS.index(life.shows),
        "listed": listed_of(gone is not None, life.severity, life.first_seen),
        "gone_why": life.gone_why,
        "unheard": "" if gone else life.why,
        "reopened": life.reopened,
        "fix_s": None if gone is None else seconds_between(life.opened_at, gone),
        "views": json.dumps({name: [one.last_seen, one.gone_at, one.unheard] for name, one in life.views.items()}),
    }


def listed_of(over: bool, severity: Severity, first_seen: str) -> str:
    """Return a finding's place in every list: open ones before gone ones, the gravest first, then the oldest."""
    return f"{int(over)}{max(Severity) - severity}{first_seen}"


def number_of(address: Address) -> str:
    """Return an address as 32 hexadecimal digits, in the order of the number line; a zone is left out."""
    return f"{order_number(address) & ((1 << 128) - 1):032x}"


def finding_values(one: Finding) -> Values:
    """Return the columns of `finding` that tell how it was seen last."""
    endpoint = one.endpoint
    return {
        "rule": clean(one.rule, 128),
        "title": clean(one.title, 200),
        "service": clean(one.service, 64),
        "place": place_of(endpoint),
        "address": str(endpoint.address),
        "number": number_of(endpoint.address),
        "port": endpoint.port,
        "transport": endpoint.transport.value,
        "base_path": endpoint.base_path,
        "subject": endpoint.subject,
        "host": endpoint.host,
        "name": clean(endpoint.name or endpoint.host or "", 512),
        "owner": clean(one.owner or "", 256),
        "priority": int(one.priority),
        "accepted_reason": one.accepted_reason or "",
    }


def body_of(one: Finding) -> str:
    """Return a finding as its report writes it."""
    return json.dumps(finding_object(one), separators=(",", ":"))


def upsert(
    connection: Connection,
    into: Table,
    keys: Sequence[str],
    rows: Sequence[Values],
    *,
    least: Sequence[str] = (),
    latest: str = "",
    fixed: Sequence[str] = (),
) -> None:
    """Insert rows; where one of that key is there, set its columns anew.

    Of the columns in `least` the smaller value stays; those in `fixed` follow from the key. With `latest`, a row whose
    column of that name is smaller than the one that is there sets nothing else: a run that is added late tells nothing
    new.
    """
    if not rows:
        return
    statement = _insert_of(connection)(into)
    there, here = into.c, statement.excluded

    def chosen(name: str) -> ColumnElement[Any]:
        if name in least:
            return case((here[name] < there[name], here[name]), else_=there[name])
        return case((here[latest] >= there[latest], here[name]), else_=there[name]) if latest else here[name]

    new = {name: chosen(name) for name in rows[0] if name not in {*keys, *fixed}}
    if new:
        statement = statement.on_conflict_do_update(index_elements=list(keys), set_=new)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=list(keys))
    insert_many(connection, statement, rows)


def add_counts(connection: Connection, into: Table, keys: Sequence[str], counts: Mapping[tuple[Any, ...], int]) -> None:
    """Add to the `count` of rows; those of which nothing is left go."""
    rows = [{**dict(zip(keys, key, strict=True)), "count": number} for key, number in counts.items() if number]
    if not rows:
        return
    statement = _insert_of(connection)(into)
    total = into.c.count + statement.excluded.count
    insert_many(connection, statement.on_conflict_do_update(index_elements=list(keys), set_={"count": total}), rows)
    if any(row["count"] < 0 for row in rows):
        connection.execute(delete(into).where(into.c.count == 0))


def insert_many(connection: Connection, statement: Insert, rows: Iterable[Values]) -> None:
    """Execute an insert with many rows."""
    for part in chunks(rows, 5_000):
        connection.execute(statement, part)


def _insert_of(connection: Connection) -> Any:
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert


def update_by_id(connection: Connection, into: Table, rows: Sequence[Values]) -> None:
    """Set columns of the rows whose `id` is given; all rows have the same columns."""
    if not rows:
        return
    named: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "id"}
    statement = update(into).where(into.c.id == bindparam("this_id")).values(named)
    values = [{("this_id" if name == "id" else name): value for name, value in row.items()} for row in rows]
    connection.execute(statement, values)


def next_id(connection: Connection, table: Table) -> int:
    """Return the number of the next row: there is one writer at a time."""
    return int(connection.scalar(select(func.coalesce(func.max(table.c.id), 0))) or 0) + 1


def by_columns(rows: Iterable[Values]) -> Mapping[tuple[str, ...], list[Values]]:
    """Return rows by which columns they have: one statement for each."""
    groups: dict[tuple[str, ...], list[Values]] = {}
    for row in rows:
        groups.setdefault(tuple(row), []).append(row)
    return groups
