"""Finds findings by a text: the beginning of a word of their place or name, or any part of their title.

Each beginning is a term in a table of its own, so that a text is a range of an index in every database: neither a
full-text index nor trigrams are in all of them.
"""

import re
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, or_, select, union

from scanner.core.text import clean
from scanner.history.store.tables import finding, sought, standing

_MOST_TERMS = 12
_LONGEST = 80
_MOST_TITLES = 5_000
_BREAK = re.compile(r"(?<=[.:/\-_@ \[])(?=[^.:/\-_@ \]\[])")
_LAST = "\U0010ffff"


def terms_of(place: str, name: str) -> set[str]:
    """Return what a finding is found by: its place, the port in it, and its name from the beginning of each word."""
    where, _, port = place.casefold().rpartition(":")
    terms = {place.casefold(), port, where.lstrip("[") + ":" + port}
    called = name.casefold()
    terms.update(called[at.start() :] for at in list(_BREAK.finditer(called))[:_MOST_TERMS])
    terms.add(called)
    return {term[:_LONGEST] for term in terms if term}


@dataclass(frozen=True, slots=True)
class Seek:
    """A text that is looked for."""

    low: str
    titles: tuple[str, ...]
    """Titles that hold it."""
    rules: tuple[str, ...]
    """Rules that have such titles: findings are found by them."""

    @classmethod
    def of(cls, connection: Connection, text: str) -> "Seek":
        """Look a text up among the titles, which are few."""
        low = clean(text, 512).casefold()[:_LONGEST]
        held = connection.execute(select(standing.c.rule, standing.c.title).distinct().limit(_MOST_TITLES))
        found = [(rule, title) for rule, title in held if low in title.casefold()]
        rules, titles = (tuple(sorted(set(column))) for column in zip(*found, strict=True)) if found else ((), ())
        return cls(low, titles, rules)

    def ids(self, limit: int) -> Select[tuple[int]]:
        """Select the findings, no more than so many by each of the two ways."""
        begin = and_(sought.c.term >= self.low, sought.c.term < self.low + _LAST)
        by_term = select(sought.c.finding).where(begin).limit(limit).subquery()
        titled = and_(finding.c.rule.in_(self.rules), finding.c.title.in_(self.titles))
        by_title = select(finding.c.id).where(titled).limit(limit).subquery()
        return select(union(select(by_term.c.finding), select(by_title.c.id)).subquery().c[0])

    def fits(self) -> ColumnElement[bool]:
        """Return the condition for a finding that is there already."""
        own = exists().where(
            sought.c.finding == finding.c.id, sought.c.term >= self.low, sought.c.term < self.low + _LAST
        )
        return or_(finding.c.title.in_(self.titles), own)


def is_few(connection: Connection, ids: Select[tuple[int]], most: int) -> bool:
    """Tell whether a select yields fewer than so many findings."""
    return int(connection.scalar(select(func.count()).select_from(ids.limit(most).subquery())) or 0) < most
