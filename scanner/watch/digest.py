"""What an alert says: the transitions of one run, or that the watch itself failed."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from scanner.core.count import counted
from scanner.core.finding import Severity
from scanner.core.jsontext import Json
from scanner.core.text import clean
from scanner.history.store.life import Turn

SCHEMA = "exposure-scanner/alert/v1"
_MOST_LINES = 50
_ORDER = (Turn.NEW, Turn.BACK, Turn.CHANGED, Turn.LAPSED, Turn.INCONCLUSIVE, Turn.GONE, Turn.ACCEPTED)
_QUIET = frozenset({Turn.ACCEPTED})
"""Decisions of people: they know of them."""


class Occasion(StrEnum):
    """Why somebody is told."""

    CHANGE = "change"
    FAILED = "watch-failed"
    RECOVERED = "watch-recovered"


@dataclass(frozen=True, slots=True)
class Told:
    """One transition of one finding."""

    turn: Turn
    severity: Severity
    fingerprint: str
    place: str
    name: str
    owner: str
    title: str
    detail: str
    accepted: bool = False

    @property
    def matters(self) -> bool:
        """Whether somebody should be told: what is accepted may come and change without noise."""
        return self.turn not in _QUIET and (not self.accepted or self.turn is Turn.LAPSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One message, the same for every sink."""

    id: str
    """The same for the same message: who gets it twice can tell."""
    at: str
    occasion: Occasion
    run: str = ""
    told: tuple[Told, ...] = ()
    open: dict[str, int] | None = None
    """Findings that are open now, by severity."""
    why: str = ""
    """What went wrong, for an occasion without a run."""

    @property
    def subject(self) -> str:
        """One line."""
        if self.occasion is Occasion.FAILED:
            return f"exposure: the watch failed: {clean(self.why, 120)}"
        if self.occasion is Occasion.RECOVERED:
            return "exposure: the watch works again"
        counts = Counter(one.turn for one in self.told)
        words = ", ".join(f"{counts[turn]} {turn.value}" for turn in _ORDER if counts[turn])
        worst = max((one.severity for one in self.told if one.turn in {Turn.NEW, Turn.BACK}), default=None)
        return f"exposure: {words}" + (f", the gravest {worst.word}" if worst else "")

    @property
    def text(self) -> str:
        """The whole message for people, cleaned."""
        return "".join(f"{line}\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        yield self.subject.removeprefix("exposure: ")
        if self.why:
            yield clean(self.why, 500)
        for turn in _ORDER:
            chosen = sorted((one for one in self.told if one.turn is turn), key=lambda one: -one.severity)
            if chosen:
                yield ""
                yield f"{turn.value} ({len(chosen)})"
                yield from map(_line, chosen[:_MOST_LINES])
                if len(chosen) > _MOST_LINES:
                    yield f"  and {len(chosen) - _MOST_LINES} more: exposure history findings"
        if self.open is not None:
            total = sum(self.open.values())
            parts = ", ".join(f"{number} {word}" for word, number in self.open.items() if number)
            yield ""
            yield f"{counted(total, 'finding')} open now{f': {parts}' if parts else ''}"
        yield f"{f'run {clean(self.run, 64)}, ' if self.run else ''}{self.at}"

    @property
    def body(self) -> bytes:
        """The message for programs, one JSON object in ASCII."""
        document: dict[str, Json] = {
            "schema": SCHEMA,
            "id": self.id,
            "at": self.at,
            "occasion": self.occasion.value,
            "subject": self.subject,
            "run": self.run or None,
            "why": self.why or None,
            "open": None if self.open is None else dict(self.open),
            "events": [
                {
                    "event": one.turn.value,
                    "severity": one.severity.word,
                    "fingerprint": one.fingerprint,
                    "place": one.place,
                    "name": one.name or None,
                    "owner": one.owner or None,
                    "title": one.title,
                    "detail": one.detail,
                }
                for one in self.told
            ],
        }
        return json.dumps(document, separators=(",", ":")).encode()


def _line(one: Told) -> str:
    name = f" ({clean(one.name, 100)})" if one.name else ""
    owner = f" [{clean(one.owner, 100)}]" if one.owner else ""
    detail = f": {clean(one.detail, 200)}" if one.detail else ""
    return f"  {one.severity.word:8}  {clean(one.place, 200)}{name}{owner}  {clean(one.title, 200)}{detail}"


def worth_telling(told: Sequence[Told]) -> tuple[Told, ...]:
    """Return the transitions that people should hear of."""
    return tuple(one for one in told if one.matters)
