"""What asking one endpoint gave, before anybody judges it."""

from dataclasses import dataclass, field

from scanner.core.endpoint import Endpoint
from scanner.core.facts import Facts
from scanner.core.probe import Probe
from scanner.core.report import Problem
from scanner.core.talk import TlsFacts


@dataclass(slots=True)
class Look:
    """One endpoint, and all that was learned of it."""

    endpoint: Endpoint
    probe: Probe | None = None
    """The service that recognised itself."""
    facts: Facts | None = None
    tls: TlsFacts | None = None
    decoy: str | None = None
    """Why this may be a decoy."""
    note: str | None = None
    service: str | None = None
    """A protocol that names itself but has no probe, such as `ssh`."""
    greeting: bytes = b""
    """What the port said first, at most 256 bytes; for comparing ports of one host."""
    icon: int | None = None
    """The hash of the page's icon, where it was asked for (scanner.probes.icon)."""
    mute: bool = False
    """Whether nothing of its own ever came: silence, a close, or a gateway's word that nobody is behind it."""
    alone: bool = False
    """Whether a port of the same host that can't be a service did not give the same proof, where every port answers."""
    connections: int = 0
    """How many connections this took; an HTTP request counts as one."""
    problems: list[Problem] = field(default_factory=list)
