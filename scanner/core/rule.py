"""What a fact means: a pure statement, so that an old run can be judged again offline."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from scanner.core.facts import Access, Facts

Holds: TypeAlias = Callable[[Any], str | None]
"""Takes the service's own Facts subclass; returns one sentence on what is so, or None when the rule does not hold."""


class Controls(StrEnum):
    """What the service controls: with the access proven, it decides the CVSS vector (findings.risk)."""

    HOST = "host"
    """Code on the machine, or root over it: Docker, kubelet, Jupyter, debuggers."""
    FLEET = "fleet"
    """Many machines at once: orchestrators, schedulers, configuration management."""
    DATA = "data"
    """Stored data, normally writable too once readable: databases, queues, registries, shares."""
    CONFIG = "config"
    """Configuration, service discovery or secrets."""
    TELEMETRY = "telemetry"
    """Metrics, names and topology."""
    RELAY = "relay"
    """Other people's traffic: proxies, resolvers, reflectors."""
    DEVICE = "device"
    """A physical process, a console or a screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One risk that a service's facts may show."""

    id: str
    """Kebab-case, names the observed fact: redis-no-password."""
    title: str
    """States what is so: Redis answers without a password."""
    why: str
    """What an attacker gains, in one sentence."""
    controls: Controls
    holds: Holds
    remedy: tuple[str, ...]
    """Lines to paste, the best first; a comment line starts with `#`."""
    cwe: tuple[int, ...] = (306,)
    """The precise weakness first."""
    attack: tuple[str, ...] = ("T1190",)
    """MITRE ATT&CK technique ids."""
    references: tuple[str, ...] = ()
    """URLs of the vendor's own security pages, and control ids such as CIS Docker 2.7."""
    clear_text: bool = False
    """Whether the weakness is clear text: then cryptographic failure is the primary OWASP category."""


def reads(least: Access, sentence: str) -> Holds:
    """Return a rule condition that holds from that access upwards and says `sentence`."""

    def holds(facts: Facts) -> str | None:
        return sentence if facts.access >= least else None

    return holds
