"""Collects the rows that one run changes, and writes them in few statements."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, delete, insert

from scanner.history.store.life import Event, Fact
from scanner.history.store.rows import Values, add_counts, by_columns, chunks, insert_many, update_by_id, upsert
from scanner.history.store.seek import terms_of
from scanner.history.store.sums import Facets, Sums
from scanner.history.store.tables import CAME, LEFT, alias, daily, event, fact, finding, sought, wording

_WATCHED = (*Facets._fields, "place", "name")
"""Columns by which something else is kept."""


@dataclass(slots=True)
class Batch:
    """Rows by table."""

    new: list[Values] = field(default_factory=list)
    changed: list[Values] = field(default_factory=list)
    bodies: list[Values] = field(default_factory=list)
    aliases: list[Values] = field(default_factory=list)
    facts: list[Values] = field(default_factory=list)
    events: list[Values] = field(default_factory=list)
    terms: list[Values] = field(default_factory=list)
    renamed: list[int] = field(default_factory=list)
    sums: Sums = field(default_factory=Sums)
    days: Counter[tuple[str, int, str]] = field(default_factory=Counter)

    def row(self, number: int, before: Row[Any] | None, values: Values) -> None:
        """Set columns of a finding; `before` is its row, None for a new one."""
        was: Values = {} if before is None else {name: getattr(before, name) for name in _WATCHED}
        now = was | values
        if before is None:
            self.new.append({"id": number, **values})
        else:
            # Whatever stays as it was stays out of its indexes.
            changed = {name: value for name, value in values.items() if getattr(before, name) != value}
            if changed:
                self.changed.append({"id": number, **changed})
        self.sums.turn(Facets.of(was) if was else None, Facets.of(now))
        if (was.get("place"), was.get("name")) != (now["place"], now["name"]):
            if was:
                self.renamed.append(number)
            self.terms += [{"term": term, "finding": number} for term in terms_of(now["place"], now["name"])]

    def said(self, number: int, run: int, one: Fact) -> None:
        """Keep what a run said of a finding."""
        self.facts.append(
            {
                "finding": number,
                "run": run,
                "vantage": one.vantage,
                "kind": int(one.kind),
                "severity": int(one.severity),
                "what": one.what,
                "accepted": one.accepted,
            }
        )

    def happened(self, number: int, one: Event) -> None:
        """Keep a transition."""
        was = None if one.was is None else int(one.was)
        self.events.append(
            {
                "finding": number,
                "at": one.at,
                "turn": one.turn.value,
                "severity": int(one.severity),
                "was": was,
                "detail": one.detail,
            }
        )
        self.count(one.at, int(one.severity), one.turn.value, was, by=1)

    def count(self, at: str, severity: int, turn: str, was: int | None, *, by: int) -> None:
        """Count a transition on its day, or with -1 take it back."""
        day = at[:10]
        self.days[day, severity, turn] += by
        if was is not None:
            self.days[day, was, LEFT] += by
            self.days[day, severity, CAME] += by

    def flush(self, connection: Connection) -> None:
        """Write everything."""
        insert_many(connection, insert(finding), self.new)
        for rows in by_columns(self.changed).values():
            update_by_id(connection, finding, rows)
        upsert(connection, wording, ("finding",), self.bodies)
        upsert(connection, alias, ("alias", "finding"), self.aliases)
        upsert(connection, fact, ("finding", "run", "vantage"), self.facts)
        insert_many(connection, insert(event), self.events)
        for part in chunks(self.renamed):
            connection.execute(delete(sought).where(sought.c.finding.in_(part)))
        # In the order of the index: many rows of one page are then written at once.
        insert_many(connection, insert(sought), sorted(self.terms, key=lambda row: (row["term"], row["finding"])))
        add_counts(connection, daily, ("day", "severity", "turn"), self.days)
        self.sums.write(connection)
