"""What can be done to a ticket, and the little that is known of one that the tracker holds."""

from dataclasses import dataclass
from enum import StrEnum

from scanner.tickets.marker import Key, Marker
from scanner.tickets.ticket import Comment, Ticket


class TicketState(StrEnum):
    """Where a ticket stands in the tracker."""

    OPEN = "open"
    CLOSED = "closed"
    DECLINED = "declined"
    """Closed by a person who decided against a fix: not planned, won't fix, duplicate, false positive."""


class Verb(StrEnum):
    """What is to be done with a ticket."""

    CREATE = "create"
    REOPEN = "reopen"
    UPDATE = "update"
    COMMENT = "comment"
    CLOSE = "close"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A ticket that the tracker holds: the little of it that planning needs."""

    key: Key
    id: str
    """How the tracker's API names it."""
    name: str
    """How people name it: acme/ops#12, SEC-12."""
    state: TicketState
    marker: Marker | None
    """None when somebody removed the line; then nothing says what the ticket stands for."""
    project: str = ""
    born: int = 0
    """Orders tickets by age, oldest first; the oldest of two with one key counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be done to one ticket that exists; doing it twice leaves the same ticket as doing it once."""

    held: Held
    marker: Marker
    """What the ticket is to say of itself afterwards."""
    ticket: Ticket | None
    """Its new content; None leaves the words alone and exchanges the marker."""
    comment: Comment
    state: TicketState | None = None
    """The state to bring it to; None leaves it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One line of the plan."""

    verb: Verb
    key: Key
    why: str
    title: str
    severity: int
    places: tuple[str, ...]
    """The endpoints that it is about."""
    fingerprints: tuple[str, ...]
    held: Held | None = None
    ticket: Ticket | None = None
    """Set for CREATE."""
    change: Change | None = None
    """Set for REOPEN, UPDATE, COMMENT and CLOSE."""
    unproven: tuple[str, ...] = ()
    """Fingerprints that are gone from the report without proof: what to verify next."""
