"""The life of a finding, derived from what runs said of it in the order in which they looked; pure.

Runs are facts and never change. A life is a fold over them: seen from somewhere, gone on proof from everywhere where it
had been seen, back again. "Not seen" is never "gone".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import NamedTuple

from scanner.core.finding import Severity


class Kind(IntEnum):
    """What a run said of a finding."""

    SEEN = 1
    GONE = 2
    """Proven: the port refuses, or the service demands credentials now."""
    UNHEARD = 3
    """The run meant to look and could not tell."""


class Turn(StrEnum):
    """A transition in a life: what alerts and the list of events are made of."""

    NEW = "new"
    GONE = "gone"
    BACK = "back"
    CHANGED = "changed"
    INCONCLUSIVE = "inconclusive"
    ACCEPTED = "accepted"
    LAPSED = "lapsed"
    """It was accepted and is not any more."""


class Shows(StrEnum):
    """What the world shows of a finding; what people decided is another column."""

    OPEN = "open"
    INCONCLUSIVE = "inconclusive"
    GONE = "gone"


NOT_GONE = (Shows.OPEN, Shows.INCONCLUSIVE)
"""What counts as open until it is proven gone."""


class Fact(NamedTuple):
    """What one run said of one finding from one vantage point."""

    at: str
    """When the run began, ISO 8601, UTC: the run's time counts, not that of its import."""
    kind: Kind
    vantage: str = ""
    severity: Severity = Severity.INFO
    what: str = ""
    """For SEEN what the service is and allows, in words; else why it is gone or could not be told."""
    accepted: bool = False


class Event(NamedTuple):
    """One transition."""

    at: str
    turn: Turn
    severity: Severity
    detail: str
    was: Severity | None = None
    """The severity before, where that is what changed."""


@dataclass(frozen=True, slots=True)
class View:
    """How one vantage point sees it."""

    last_seen: str
    gone_at: str | None = None
    unheard: str = ""
    """Why the last run could not tell; empty when it could."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A finding over time."""

    first_seen: str
    last_seen: str
    judged_at: str
    """The time of the last fact that made it what it is."""
    severity: Severity
    what: str
    accepted: bool
    opened_at: str
    """Since when it has been open without a break, or was before it went."""
    gone_at: str | None = None
    gone_why: str = ""
    reopened: int = 0
    views: Mapping[str, View] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def shows(self) -> Shows:
        """What the world shows."""
        if self.gone_at is not None:
            return Shows.GONE
        # One vantage point that still sees it outweighs another that could not tell.
        unheard = all(view.unheard or view.gone_at for view in self.views.values())
        return Shows.INCONCLUSIVE if unheard else Shows.OPEN

    @property
    def why(self) -> str:
        """Why it is gone, or why it could not be told; empty for one that is open."""
        if self.shows is Shows.INCONCLUSIVE:
            return next((view.unheard for view in self.views.values() if view.unheard), "")
        return self.gone_why


def live(facts: Iterable[Fact]) -> tuple[Life | None, list[Event]]:
    """Return the life that facts in the order of time make, and its transitions; None before the first sight."""
    life: Life | None = None
    events: list[Event] = []
    for fact in facts:
        life, turned = after(life, fact)
        events += turned
    return life, events


def after(life: Life | None, fact: Fact) -> tuple[Life | None, list[Event]]:
    """Return a life after one more fact, and the transitions that the fact was."""
    if fact.kind is Kind.SEEN:
        return _seen(life, fact)
    if life is None:
        return None, []
    if life.gone_at is not None or fact.vantage not in life.views:
        # It changes nothing, but it was said: what is told later of the time before is a look back.
        return replace(life, judged_at=fact.at), []
    return (_gone if fact.kind is Kind.GONE else _unheard)(life, fact)


def _seen(life: Life | None, fact: Fact) -> tuple[Life, list[Event]]:
    view = View(last_seen=fact.at)
    if life is None:
        born = Life(
            first_seen=fact.at,
            last_seen=fact.at,
            judged_at=fact.at,
            severity=fact.severity,
            what=fact.what,
            accepted=fact.accepted,
            opened_at=fact.at,
            views={fact.vantage: view},
        )
        events = [Event(fact.at, Turn.NEW, fact.severity, fact.what)]
        return born, events + ([Event(fact.at, Turn.ACCEPTED, fact.severity, "")] if fact.accepted else [])
    back = life.gone_at is not None
    now = replace(
        life,
        last_seen=fact.at,
        judged_at=fact.at,
        severity=fact.severity,
        what=fact.what,
        accepted=fact.accepted,
        opened_at=fact.at if back else life.opened_at,
        gone_at=None,
        gone_why="",
        reopened=life.reopened + back,
        views={**life.views, fact.vantage: view},
    )
    return now, list(_turns_of_sight(life, fact, back=back))


def _turns_of_sight(life: Life, fact: Fact, *, back: bool) -> Iterable[Event]:
    if back:
        yield Event(fact.at, Turn.BACK, fact.severity, f"it was gone since {life.gone_at}: {life.gone_why}")
    if fact.severity is not life.severity:
        words = f"{life.severity.word} is now {fact.severity.word}"
        yield Event(fact.at, Turn.CHANGED, fact.severity, words, was=life.severity)
    elif fact.what != life.what:
        yield Event(fact.at, Turn.CHANGED, fact.severity, f"{life.what} is now {fact.what}")
    if fact.accepted != life.accepted:
        yield Event(fact.at, Turn.ACCEPTED if fact.accepted else Turn.LAPSED, fact.severity, "")


def _gone(life: Life, fact: Fact) -> tuple[Life, list[Event]]:
    view = replace(life.views[fact.vantage], gone_at=fact.at, unheard="")
    views = {**life.views, fact.vantage: view}
    if any(one.gone_at is None for one in views.values()):
        now = replace(life, views=views, judged_at=fact.at)
        return _not_told(life, now, now.why)
    gone = replace(life, views=views, judged_at=fact.at, gone_at=fact.at, gone_why=fact.what)
    return gone, [Event(fact.at, Turn.GONE, life.severity, fact.what)]


def _unheard(life: Life, fact: Fact) -> tuple[Life, list[Event]]:
    view = life.views[fact.vantage]
    if view.gone_at is not None:
        return replace(life, judged_at=fact.at), []
    views = {**life.views, fact.vantage: replace(view, unheard=fact.what)}
    return _not_told(life, replace(life, views=views, judged_at=fact.at), fact.what)


def _not_told(before: Life, now: Life, why: str) -> tuple[Life, list[Event]]:
    """Return a life with the transition that it is when no vantage point is left that still sees it."""
    if now.shows is not Shows.INCONCLUSIVE or before.shows is Shows.INCONCLUSIVE:
        return now, []
    return now, [Event(now.judged_at, Turn.INCONCLUSIVE, now.severity, why)]
