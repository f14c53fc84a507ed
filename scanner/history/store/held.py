"""A finding and its life, as answers have it."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from scanner.core.finding import Severity
from scanner.history.store.life import Shows
from scanner.history.store.rows import SHOWS
from scanner.history.store.tables import finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One finding."""

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


_AS_THEY_STAND = (
    "fingerprint", "rule", "title", "service", "place", "name", "owner", "what", "accepted", "accepted_reason",
    "first_seen", "last_seen", "opened_at", "gone_at", "reopened",
)  # fmt: skip
COLUMNS = [
    finding.c[name]
    for name in (*_AS_THEY_STAND, "id", "listed", "severity", "priority", "shows", "gone_why", "unheard", "views")
]


def held_of(row: Row[Any]) -> Held:
    """Return the answer in a row that has COLUMNS."""
    shows = SHOWS[row.shows]
    return Held(
        **{name: getattr(row, name) for name in _AS_THEY_STAND},
        severity=Severity(row.severity),
        priority=Severity(row.priority),
        shows=shows,
        why=row.gone_why if shows is Shows.GONE else row.unheard,
        vantages=tuple(name for name in json.loads(row.views) if name),
    )
