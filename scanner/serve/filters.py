"""What stands in a page's URL: which findings, which page; anything that can't be read is left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from scanner.core.errors import UsageError
from scanner.core.finding import Severity
from scanner.core.number import parse_number
from scanner.history.lives import since
from scanner.history.store.ask import Wanted
from scanner.history.store.life import NOT_GONE, Shows

PAGE = 50
"""Rows of one page."""
_MOST_PAGES = 100_000
_STATES = {"": NOT_GONE, "all": (), **{one.value: (one,) for one in Shows}}
_LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What the person has chosen."""

    state: str = ""
    severity: str = ""
    owner: str = ""
    rule: str = ""
    text: str = ""
    since: str = ""
    accepted: str = ""
    page: int = 1

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Filter":
        """Return the filter that a query names."""

        def word(name: str, known: Mapping[str, object] | None = None) -> str:
            value = query.get(name, "")[:_LONGEST]
            return value if known is None or value in known else ""

        number = parse_number(query.get("page", "1"))
        return cls(
            state=word("state", _STATES),
            severity=word("severity", {one.word: one for one in Severity}),
            owner=word("owner"),
            rule=word("rule"),
            text=word("text"),
            since=word("since"),
            accepted=word("accepted", {"yes": 1, "no": 0}),
            page=min(max(1, number or 1), _MOST_PAGES),
        )

    def wanted(self, now: str) -> Wanted:
        """Return what to ask the history for; a time that can't be read is none."""
        try:
            first = since(self.since, now) if self.since else None
        except UsageError:
            first = None
        return Wanted(
            shows=_STATES[self.state],
            since=first,
            owner=self.owner or None,
            least=Severity[self.severity.upper()] if self.severity else Severity.INFO,
            rule=self.rule or None,
            accepted={"yes": True, "no": False}.get(self.accepted),
            text=self.text or None,
        )

    def link(self, **changes: object) -> str:
        """Return the query of this filter with some fields changed."""
        fields = {name: getattr(self, name) for name in self.__slots__} | changes
        held = {name: str(value) for name, value in fields.items() if value and (name, value) != ("page", 1)}
        return f"?{urlencode(held)}" if held else "?"
