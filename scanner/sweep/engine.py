"""What every way of sweeping ports has in common."""

import asyncio
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from scanner.core.event import PortEvent
from scanner.core.plan import ScanPlan
from scanner.core.report import Problem
from scanner.net.channel import Channel
from scanner.net.clock import Clock

Batch: TypeAlias = list[PortEvent]

MOST_UNSCANNED_LINES = 1_000


@dataclass(slots=True)
class Tally:
    """Running counts of one sweep: read by progress while it grows, by coverage at the end."""

    planned: int = 0
    open: int = 0
    closed: int = 0
    filtered: int = 0
    unreachable: int = 0
    unscanned: int = 0
    """Planned endpoints that were given up, set at the end: never called closed."""
    unscanned_list: list[str] = field(default_factory=list)
    alive: set[int] = field(default_factory=set)
    """Addresses that answered anything; bounded by the engine on huge sweeps, `hosts_alive` then counts on."""
    hosts_alive: int = 0
    estimated_loss: float = 0.0
    problems: list[Problem] = field(default_factory=list)

    @property
    def settled(self) -> int:
        """How many endpoints have a final state."""
        return self.open + self.closed + self.filtered + self.unreachable


@dataclass(slots=True)
class Sweep:
    """One sweep in the making: the plan, where answers go, and how to stop it."""

    plan: ScanPlan
    events: Channel[Batch]
    """Takes a PortEvent for every port that is open, and for no other; the engine closes it when it is done."""
    tally: Tally
    stop: asyncio.Event
    """Set by the first Ctrl-C: send nothing more, drain, count the rest as unscanned."""
    clock: Clock = field(default_factory=Clock)


class Engine(Protocol):
    """A way to find out which of the planned endpoints are open."""

    name: str

    async def sweep(self, job: Sweep) -> None:
        """Look at every planned endpoint of the shard once, at the plan's pace.

        On return the tally balances (planned = open + closed + filtered + unreachable + unscanned) and the channel
        is closed. Raises SetupError when this machine lacks what the engine needs, before anything is sent.
        """
