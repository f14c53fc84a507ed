"""A finding's life in words for people, and in values for programs."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from scanner.core.count import counted
from scanner.core.errors import UsageError
from scanner.core.jsontext import Json
from scanner.core.moment import seconds_between, utc_of, utc_text
from scanner.core.text import clean
from scanner.history.store import ask
from scanner.history.store.held import Held

_UNITS = {"h": "hours", "d": "days", "w": "weeks"}
FINDING_COLUMNS = (
    "fingerprint", "severity", "state", "why", "accepted", "place", "name", "title", "rule", "service", "seen", "owner",
    "first_seen", "open_since", "last_seen", "gone_at", "reopened", "vantages",
)  # fmt: skip


def finding_row(one: Held) -> list[Json]:
    """Return the values of a finding for programs."""
    return [
        one.fingerprint, one.severity.word, one.shows.value, one.why or None, one.accepted, one.place, one.name or None,
        one.title, one.rule, one.service, one.what, one.owner or None, one.first_seen, one.opened_at, one.last_seen,
        one.gone_at, one.reopened, list(one.vantages),
    ]  # fmt: skip


def state_words(one: Held) -> str:
    """Return what the world shows and what people decided."""
    return f"{one.shows.value}, accepted" if one.accepted else one.shows.value


def story_object(story: ask.Story) -> dict[str, Json]:
    """Return a life for programs."""
    return {
        "finding": story.finding,
        "aliases": list(story.aliases),
        "state": story.held.shows.value,
        "why": story.held.why or None,
        "first_seen": story.held.first_seen,
        "last_seen": story.held.last_seen,
        "open_since": story.held.opened_at,
        "gone_at": story.held.gone_at,
        "reopened": story.held.reopened,
        "events": [{"at": at, "event": turn.value, "detail": detail} for at, turn, detail in story.events],
        "sightings": [
            {"at": at, "run": run, "vantage": place or None, "kind": kind, "detail": detail}
            for at, run, place, kind, detail in story.sightings
        ],
    }


def story_lines(story: ask.Story, now: str) -> Iterator[str]:
    """Yield the lines that tell a life."""
    one = story.held
    yield clean(f"{one.severity.word}  {one.place}{f' ({one.name})' if one.name else ''}  {one.title}", 300)
    yield f"  id          {one.fingerprint}"
    if one.owner:
        yield f"  owner       {clean(one.owner, 200)}"
    yield f"  state       {state_words(one)}{f': {clean(one.why, 300)}' if one.why else ''}"
    yield f"  first seen  {one.first_seen}, last seen {one.last_seen}"
    yield f"  open for    {age(one.opened_at, one.gone_at or now)}, reopened {counted(one.reopened, 'time')}"
    yield ""
    yield "What happened"
    for at, turn, detail in story.events:
        yield f"  {at}  {turn.value:12}  {clean(detail, 300)}".rstrip()
    yield ""
    yield "Latest runs"
    for at, run, place, kind, detail in story.sightings[:10]:
        where = f"run {clean(run, 64)}{f' from {place}' if place else ''}"
        yield f"  {at}  {kind:8}  {where}  {clean(detail, 200)}".rstrip()


def since(word: str, now: str) -> str:
    """Return the time that a span such as 7d or a day names, ISO 8601, UTC; raises UsageError."""
    unit = _UNITS.get(word[-1:])
    try:
        if unit:
            return utc_text(datetime.fromisoformat(now) - timedelta(**{unit: int(word[:-1])}))
        return utc_of(word)
    except (ValueError, OverflowError):
        raise UsageError(f"{word} is no day; write 2026-11-01, or a span such as 7d") from None


def age(first: str, last: str) -> str:
    """Return in short how long it is from one time to another: `27 d`, `3 h`."""
    return span(seconds_between(first, last))


def span(seconds: float | None) -> str:
    """Return a time in short; nothing for none."""
    if seconds is None:
        return ""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(0, int(seconds))} s"
