"""Everything that a writer sees: one run, what it looked at, what it found, what went wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from scanner.core.endpoint import Endpoint
from scanner.core.facts import Access
from scanner.core.finding import Anchor, Finding, Status
from scanner.core.hostname import host_name
from scanner.core.jsontext import Json
from scanner.core.problem import Problem
from scanner.core.talk import TlsFacts
from scanner.core.unheard import Unheard


class RunStatus(StrEnum):
    """How a run ended."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    """Some planned endpoints were not looked at, or a probe crashed."""
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """When and how the run went."""

    id: str
    status: RunStatus
    started: str
    """ISO 8601, UTC, ends in Z; so is `ended`."""
    ended: str
    engine: str
    seed: int
    options: Mapping[str, Json] = field(default_factory=dict)
    shard: str = "1/1"
    """Which part of the whole run this is, I/N."""
    scope_sha256: str = ""
    """Digest of the whole run's endpoints, the same in all shards; empty for a view from the inside."""
    endpoints_total: int = 0
    """Endpoints of the whole run, of which a shard plans its part."""
    vantage: str | None = None
    """Where the run looked from, by the user's name for it."""
    machine: str | None = None
    """Host name of the machine that looked, None when several did or nobody said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What was and was not looked at; planned = open + closed + filtered + unreachable + unscanned, always."""

    addresses: int
    ports: int
    endpoints_planned: int
    asked: int = 0
    """Open endpoints that were asked who they are: asked = answered + inconclusive."""
    answered: int = 0
    inconclusive: int = 0
    """Open endpoints that could not be heard out, so that nothing is known of what they show."""
    open: int = 0
    closed: int = 0
    filtered: int = 0
    unreachable: int = 0
    unscanned: int = 0
    unscanned_list: tuple[str, ...] = ()
    """Endpoints or ranges in words, at most 1,000 lines."""
    closed_list: tuple[str, ...] = ()
    """Endpoints that refused, as `str(Endpoint)`: what proves a fix. Whole (as many as `closed`) or empty, so that an
    endpoint which is missing from it was not proven closed; runs of more than 1,000 endpoints leave it empty."""
    hosts_alive: int = 0
    estimated_loss: float = 0.0
    """Share of answers that were probably lost on the way, 0 to 1."""

    @property
    def looked_at(self) -> int:
        """How many planned endpoints have a known state."""
        return self.endpoints_planned - self.unscanned

    @property
    def balanced(self) -> bool:
        """Whether every planned endpoint is accounted for exactly once."""
        return self.endpoints_planned == (self.open + self.closed + self.filtered + self.unreachable + self.unscanned)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRow:
    """One port that answered, and what is known of it."""

    endpoint: Endpoint
    status: Status = Status.OPEN
    reason: Unheard | None = None
    """Why it could not be heard out; set exactly where the status is inconclusive."""
    service: str | None = None
    product: str | None = None
    version: str | None = None
    access: Access = Access.UNKNOWN
    tls: TlsFacts | None = None
    decoy: str | None = None
    note: str | None = None
    evidence: Mapping[str, Json] = field(default_factory=dict)
    anchor: Anchor | None = None
    reached_from: tuple[str, ...] = ()
    """The vantage points from which it answered, where they have names."""
    reverse_dns: str | None = None
    """What the DNS calls the address (PTR): a label that its owner wrote, never a target and no part of identity."""

    @property
    def certificate_names(self) -> tuple[str, ...]:
        """The host names of the certificate: labels like the reverse DNS name."""
        names = self.tls.names if self.tls else ()
        return tuple(dict.fromkeys(name for text in names if (name := host_name(text, wildcard=True))))


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanReport:
    """All that writers see."""

    run: Run
    coverage: Coverage
    endpoints: tuple[EndpointRow, ...] = ()
    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    edition: int = 2025
    """The OWASP edition that groups the table."""
    host: Mapping[str, Json] | None = None
    """What the view from the inside adds; None for a scan."""
