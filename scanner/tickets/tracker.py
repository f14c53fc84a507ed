"""The interface of a tracker, and how trackers are found: every module in tickets/trackers is one."""

from base64 import b64encode
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Protocol

from scanner.core.errors import UsageError
from scanner.core.text import clean
from scanner.net.clock import Clock
from scanner.tickets import trackers
from scanner.tickets.action import Change, Held
from scanner.tickets.answer import TrackerError
from scanner.tickets.fields import Config
from scanner.tickets.http import Web
from scanner.tickets.marker import Key
from scanner.tickets.secret import Secret
from scanner.tickets.ticket import Ticket
from scanner.tickets.trackers import tracker_names

Take = Callable[[Held], None]


class Tracker(Protocol):
    """A tracker that is open for business.

    Writes raise http.Doubtful when nobody can know whether they were done. Then `find` tells whether a create was, and
    a change is simply made again: it looks at what is there and does what is missing.
    """

    batch: int
    """How many tickets one `create` takes."""
    in_flight: int
    """How many creates and changes it takes at once."""
    settle_s: float
    """Seconds until its search shows what was just written; 0 when it does at once."""

    async def load(self, keys: frozenset[Key], take: Take) -> None:
        """Hand over every open ticket of ours, and the closed ones with one of these keys, page by page."""

    async def find(self, keys: Collection[Key]) -> list[Held]:
        """Return the tickets that have one of these keys now, in whatever state; asked anew each time."""

    async def create(self, tickets: Sequence[Ticket]) -> None:
        """Open tickets."""

    async def change(self, change: Change) -> None:
        """Bring one ticket to what the change says; what is so already is not done again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a tracker is opened with."""

    config: Config
    web: Web
    clock: Clock = field(default_factory=Clock)
    secret: Secret = field(default_factory=lambda: Secret(""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of tracker."""

    name: str
    about: str
    """One line for the help text."""
    options: Mapping[str, type]
    """Keys and types of its own table in the configuration."""
    headers: Callable[[Config, Secret], Mapping[str, str]]
    """What goes along with every request; raises UsageError when the credentials do not suffice."""
    open: Callable[[Setup], Tracker]
    by_host: bool = True
    """Whether it can hold a ticket for a whole host."""


def find_kind(name: str) -> Kind:
    """Return a kind of tracker by its name; raises UsageError for a stranger."""
    if name not in tracker_names():
        raise UsageError(f"unknown tracker '{name}'; choose one of {', '.join(tracker_names())}")
    found: Kind = import_module(f"{trackers.__name__}.{name}").KIND
    return found


def demand_secret(config: Config, secret: Secret) -> str:
    """Return the secret; raises UsageError when the configuration names none."""
    if not secret:
        raise UsageError("credentials are missing: set secret_env or secret_file in [credentials]", file=config.file)
    return secret.reveal()


def demand_new(page: str, seen: set[str]) -> None:
    """Note the name of a next page; raises TrackerError for one that was read before, which would go on for ever."""
    if page in seen:
        raise TrackerError(f"the tracker leads in a circle: its next page is {clean(page, 120)} again")
    seen.add(page)


def basic_credentials(config: Config, secret: Secret, who: str) -> str:
    """Return the Authorization header of a user and a secret (RFC 7617); raises UsageError saying `who` is missing."""
    if not config.user:
        raise UsageError(f"'user' is missing in [credentials]: {who}", file=config.file)
    return f"Basic {b64encode(f'{config.user}:{demand_secret(config, secret)}'.encode()).decode()}"


def choice(config: Config, tracker: str, key: str, default: str, choices: Collection[str]) -> str:
    """Return a text option of a tracker's own table; raises UsageError when it is none of the choices."""
    value = str(config.options.get(key, default))
    if value not in choices:
        config.fail(f"'{key}' must be one of {', '.join(sorted(choices))}", tracker, key)
    return value


def texts(config: Config, key: str, default: Sequence[str] = ()) -> tuple[str, ...]:
    """Return a list option of a tracker's own table."""
    value = config.options.get(key)
    return tuple(str(item) for item in value) if isinstance(value, list) else tuple(default)


def text(config: Config, key: str, default: str = "") -> str:
    """Return a text option of a tracker's own table."""
    return str(config.options.get(key, default))
