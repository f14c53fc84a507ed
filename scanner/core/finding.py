"""A risk, with its proof."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import NamedTuple

from scanner.core.endpoint import Endpoint
from scanner.core.facts import Access, Exchange
from scanner.core.jsontext import Json


class Severity(IntEnum):
    """The CVSS v4.0 qualitative scale (first.org/cvss/v4-0, section 6); the JSON holds the name in lower case."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        """The name as reports write it."""
        return self.name.lower()


class Status(StrEnum):
    """The verdict ladder of an endpoint, and the outcome that is no rung of it."""

    INCONCLUSIVE = "inconclusive"
    """It is open and could not be heard out: neither clean nor exposed."""
    OPEN = "open"
    """It answers; what it is is not known."""
    IDENTIFIED = "identified"
    """A known service; access not proven."""
    PROTECTED = "protected"
    """A known service that refused us."""
    EXPOSED = "exposed"
    """We read metadata, data or a control plane without credentials, and can show it."""


class Confidence(StrEnum):
    """How sure a finding is."""

    CONFIRMED = "confirmed"
    SUSPECTED = "suspected"
    """The endpoint is flagged as a possible decoy."""
    PREDICTED = "predicted"
    """Read from a configuration; nobody asked the service."""


class FindingState(StrEnum):
    """Whether a finding counts for --fail-on."""

    NEW = "new"
    KNOWN = "known"
    """In the baseline already."""
    ACCEPTED = "accepted"
    """An expected exposure with an owner and a reason that has not expired."""


class Indicator(NamedTuple):
    """A sign that somebody has been in already."""

    id: str
    """Kebab-case: image-known-miner."""
    detail: str
    """Where it was seen, clean."""


class Cvss(NamedTuple):
    """A CVSS base score and the vector that it comes from."""

    version: str
    vector: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Owasp:
    """The categories of one finding in each edition of the OWASP Top 10, the primary one first."""

    y2017: tuple[str, ...]
    """Such as ("A6", "A2")."""
    y2021: tuple[str, ...]
    y2025: tuple[str, ...]

    def of(self, edition: int) -> tuple[str, ...]:
        """Return the categories of an edition: 2017, 2021 or 2025."""
        return {2017: self.y2017, 2021: self.y2021, 2025: self.y2025}[edition]


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The place in a file of the user's that named the target: where annotations land."""

    file: str
    line: int

    def remedy(self, instead: tuple[str, ...]) -> tuple[str, ...]:
        """Return the lines of a remedy that say what to write in place of this one; none without a text."""
        return (f"# {self.file}:{self.line}: write instead", *instead) if instead else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule that held on one endpoint."""

    fingerprint: str
    """SHA-256 in hex over identity only (findings.identity); the same in every output format and every run."""
    aliases: tuple[str, ...] = ()
    """The ids that it has by the names of its machine, in the same form: what outlives a change of the address."""
    rule: str
    title: str
    service: str
    product: str | None
    version: str | None
    endpoint: Endpoint
    url: str
    """Where it is, with a scheme: redis://10.0.0.5:6379."""
    severity: Severity
    priority: Severity
    """Severity adjusted by reach and by indicators of compromise."""
    priority_reasons: tuple[str, ...] = ()
    confidence: Confidence = Confidence.CONFIRMED
    state: FindingState = FindingState.NEW
    accepted_reason: str | None = None
    access: Access
    detail: str
    """The rule's sentence on what was seen."""
    impact: str
    proof: tuple[Exchange, ...] = ()
    evidence: Mapping[str, Json] = field(default_factory=dict)
    compromise: tuple[Indicator, ...] = ()
    owasp: Owasp
    cwe: tuple[int, ...]
    attack: tuple[str, ...] = ()
    cvss: Cvss
    remedy: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    anchor: Anchor | None = None
    owner: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    """Other notes of the target's line; clean."""
    reached_from: tuple[str, ...] = ()
    """The vantage points from which it was exposed, where they have names."""
    first_seen: str | None = None
    """ISO 8601, UTC; from the baseline or the history, None when unknown."""
