"""What stands in a page's URL: which findings, which page; anything that can't be read is left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from scanner.core.errors import UsageError
from scanner.core.finding import Severity
from scanner.core.number import parse_number
from scanner.core.text import clean
from scanner.history.lives import since
from scanner.history.store.life import NOT_GONE, Shows
from scanner.history.store.walk import Place, Wanted

PAGE = 50
"""Rows of one page."""
RUNS, ASSETS, COMPARED = 100, 100, 200
"""Runs and endpoints of one page, and findings in each group of a comparison."""
_MOST_RUNS = (1 << 31) - 1
"""The largest number of a run that a history can hold."""
_MOST_PAGES = 100_000
_STATES = {"": NOT_GONE, "all": (), **{one.value: (one,) for one in Shows}}
_LONGEST = 200


def read_text(query: Mapping[str, str], name: str) -> str:
    """Return a text of a query as a page can show it."""
    return clean(query.get(name, "")[:_LONGEST], 8 * _LONGEST)


def read_page(query: Mapping[str, str]) -> int:
    """Return the number of the page that is asked for, from 1."""
    return min(max(1, parse_number(query.get("page", "1")) or 1), _MOST_PAGES)


def read_run(query: Mapping[str, str], name: str) -> int | None:
    """Return the number of a run, None where that is none."""
    return parse_number(query.get(name, ""), most=_MOST_RUNS)


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
    after: str = ""
    before: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Filter":
        """Return the filter that a query names."""

        def word(name: str, known: Mapping[str, object] | None = None) -> str:
            value = read_text(query, name)
            return value if known is None or value in known else ""

        return cls(
            state=word("state", _STATES),
            severity=word("severity", {one.word: one for one in Severity}),
            owner=word("owner"),
            rule=word("rule"),
            text=word("text"),
            since=word("since"),
            accepted=word("accepted", {"yes": 1, "no": 0}),
            after=word("after"),
            before=word("before"),
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

    def link(self, **changes: str) -> str:
        """Return the query of this filter at another place of the list, the first one where none is given."""
        fields = {name: getattr(self, name) for name in self.__slots__} | {"after": "", "before": ""} | changes
        held = {name: value for name, value in fields.items() if value}
        return f"?{urlencode(held)}" if held else "?"

    @property
    def places(self) -> tuple[Place | None, Place | None]:
        """After which place the page begins, or before which one it ends."""
        return Place.read(self.after), Place.read(self.before)

    def misread(self, query: Mapping[str, str], now: str) -> str:
        """Return in words what of a query was not taken: a program should not get what it has not asked for."""
        for name, value in query.items():
            if name not in self.__slots__:
                return f"there is no parameter {clean(name, 40)}"
            unknown = getattr(self, name) != value or (name in {"after", "before"} and Place.read(value) is None)
            if unknown or (name == "since" and value and self.wanted(now).since is None):
                return f"{name} can't be {clean(value, 80)}; /api/v1/openapi.json says what it can be"
        return ""
