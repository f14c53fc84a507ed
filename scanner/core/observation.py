"""What was learned of one port that answered, before anybody judges it."""

from dataclasses import dataclass, replace

from scanner.core.endpoint import Endpoint
from scanner.core.facts import Facts
from scanner.core.probe import Probe
from scanner.core.problem import Problem
from scanner.core.talk import TlsFacts
from scanner.core.unheard import Unheard


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One endpoint, and all that asking it gave."""

    endpoint: Endpoint
    probe: Probe | None = None
    """The service that recognised itself; None while the port is not identified."""
    facts: Facts | None = None
    """What the probe returned; None when nothing did."""
    tls: TlsFacts | None = None
    """What the handshake showed; facts.tls stands in when this is None."""
    decoy: str | None = None
    """Why the endpoint may be a decoy; facts.decoy stands in when this is None."""
    note: str | None = None
    """One sentence on what could not be decided; facts.note stands in when this is None."""
    unheard: Unheard | None = None
    """Why it could not be heard out; None when it was, or when what it said is enough to judge it."""
    service: str | None = None
    """A protocol that names itself and has no probe, such as `ssh` from a greeting."""
    icon: int | None = None
    """The hash of the web page's icon, where it was asked for (scanner.probes.icon)."""
    greeting: bytes = b""
    """What the port said first, at most 256 bytes; for comparing ports of one host."""
    mute: bool = False
    """Whether nothing of its own ever came: silence, a close, or a gateway's error that stands for no host."""
    locked: bool = False
    """Whether it turns strangers away whatever they ask, whoever it is: a login, or a client certificate."""
    proof_is_its_own: bool = False
    """Whether a control port of the same host did not give the same proof, on a host where every port answers."""
    left_alone: bool = False
    """Whether it was not asked because the user wanted only those asked who are at home on a port."""
    connections: int = 0
    """How many connections this took; an HTTP request counts as one."""
    problems: tuple[Problem, ...] = ()

    def flagged(self, reason: str | None) -> "Observation":
        """Return it flagged as a possible decoy; the reason that was found first stays."""
        return self if reason is None or self.decoy is not None else replace(self, decoy=reason)

    def proven_decoy(self, reason: str | None) -> "Observation":
        """Return it flagged for something that was seen and not for silence: then there is nobody left to hear out."""
        return self if reason is None else replace(self.flagged(reason), unheard=None)
