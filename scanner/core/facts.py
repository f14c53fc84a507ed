"""What one service said of itself: the answer of a probe, before anybody judges it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

from scanner.core.jsontext import Json
from scanner.core.talk import TlsFacts
from scanner.core.unheard import Unheard


class Access(IntEnum):
    """How far a stranger without credentials got; the JSON holds the name in lower case."""

    UNKNOWN = 0
    """The service is known, its access rules are not: it ends at `identified`."""
    REFUSED = 1
    """It demanded credentials or denied access."""
    METADATA = 2
    """It told things that a secured install keeps to itself: names, counts, metrics."""
    DATA = 3
    """Stored data could be read."""
    CONTROL = 4
    """The interface that was read is the one that changes things or runs code."""

    @property
    def word(self) -> str:
        """The name as the JSON report writes it."""
        return self.name.lower()


class Exchange(NamedTuple):
    """One question and its answer, in words fit for a report."""

    sent: str
    """Such as `GET /containers/json` or `PING`."""
    received: str
    """Such as `200, 3 containers`: counts and names, never values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The least that a probe returns; each service adds its own fields in a subclass, in its own file.

    Returning Facts claims the product's identity: it takes a marker that only this product sends. Everything above
    Access.REFUSED takes an answer that a secured install would have refused; a page that is public by design (health,
    version, login) proves identity only.
    """

    access: Access = Access.UNKNOWN
    product: str | None = None
    version: str | None = None
    evidence: Mapping[str, Json] = field(default_factory=dict)
    """Counts and names for the report; never values, never secrets."""
    proof: tuple[Exchange, ...] = ()
    """The exchanges that prove `access`, the decisive one last."""
    traces: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What findings.compromise looks through for indicators of compromise, by kind: image, command, mount, key, config,
    module, name (databases, indexes, jobs), link (masters, upstreams)."""
    decoy: str | None = None
    """Why this may be a decoy, in words; such an endpoint is shown but never reported as confirmed."""
    note: str | None = None
    """One sentence on what could not be decided, for `identified` endpoints."""
    unheard: Unheard | None = None
    """Set where the service says that it answers nobody now: it starts, or is full; with Access.UNKNOWN alone."""
    tls: TlsFacts | None = None
    """Set by the runner from the conversation."""
