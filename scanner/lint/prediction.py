"""What a file says of one door before anything runs."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from scanner.core.facts import Access
from scanner.core.finding import Anchor
from scanner.core.guard import Guard
from scanner.core.ports import Transport
from scanner.core.problem import Problem


class LintReach(StrEnum):
    """From where a door can be reached."""

    WILDCARD = "every address of the host"
    """Docker's own address translation comes before ufw and the input chain."""
    ADDRESS = "an address of the host"
    PICKED = "every address of the host, on a port that Docker picks"
    HOST_NETWORK = "the host's network"
    HOST_PORT = "a port of the node (hostPort)"
    NODE_PORT = "a port of every node (NodePort)"
    LOAD_BALANCER = "a load balancer"
    EXTERNAL_ADDRESS = "an address outside of the cluster (externalIPs)"
    INTERFACE = "the address that it listens on"
    IMAGE = "whoever publishes the image's port"
    SECURITY_GROUP = "a security group that lets everybody in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """One door that a file opens, and what a stranger would meet there."""

    name: str
    """What the file calls it: a Compose service, a Deployment, a file's name."""
    service: str
    """Its id in the catalogue."""
    rule: str | None = None
    """The rule that holds when it is open; None for the first of the service."""
    address: str
    port: int
    transport: Transport = Transport.TCP
    reach: LintReach
    guard: Guard
    why: str
    """One sentence on what the guard follows from."""
    anchor: Anchor
    """The line that opens the door."""
    access: Access = Access.DATA
    instead: tuple[str, ...] = ()
    """What to write in place of the line."""
    sources: tuple[str, ...] = ()
    """The vendor's pages."""
    base: str = ""
    """The host address where a scan finds the door; empty where no scan of this machine can."""


@dataclass(slots=True)
class Read:
    """What one reader says of one file."""

    predictions: list[Prediction] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    mounted: set[Path] = field(default_factory=set)
    """Files and folders that its containers mount: what they say counts where they are mounted."""
