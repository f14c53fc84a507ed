"""What every way of sweeping ports has in common."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from scanner.core.audit import Audit
from scanner.core.engine_name import EngineName
from scanner.core.event import PortEvent
from scanner.core.plan import ScanPlan
from scanner.core.problem import Problem
from scanner.net.channel import Channel
from scanner.net.clock import Clock

Batch: TypeAlias = list[PortEvent]

MOST_UNSCANNED_LINES = 1_000
MOST_CLOSED_LINES = 1_000
MOST_ALIVE = 65_536
"""How many living addresses the tally lists by name; beyond, it only counts."""
PAGE = 4_096
"""Positions in a page of a checkpoint."""


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
    closed_list: list[str] = field(default_factory=list)
    """Endpoints that refused, as `str(Endpoint)`, when no more than MOST_CLOSED_LINES are planned."""
    alive: set[int] = field(default_factory=set)
    """Addresses that answered anything; bounded by the engine on huge sweeps, `hosts_alive` then counts on."""
    hosts_alive: int = 0
    estimated_loss: float = 0.0
    problems: list[Problem] = field(default_factory=list)

    @property
    def settled(self) -> int:
        """How many endpoints have a final state."""
        return self.open + self.closed + self.filtered + self.unreachable


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """How far a sweep has come: what a later run needs to go on without asking twice or forgetting a port."""

    low_water: int = 0
    """Every position of the order below has its final state."""
    pages: Mapping[int, tuple[bytes, bytes]] = field(default_factory=dict)
    """Positions above, in pages of PAGE: in a commit those that changed, in a restore all that count. Each has two
    bitmaps: which positions are settled, and which were silent at the first attempt."""
    opened: Sequence[PortEvent] = ()
    """In a commit the ports found open since the last one, in a restore those that no probe has finished with."""
    open: int = 0
    closed: int = 0
    filtered: int = 0
    unreachable: int = 0
    met: Sequence[int] = ()
    """Addresses that answered: in a commit those met since the last one, in a restore all."""


class Ledger(Protocol):
    """Where a sweep that can be resumed keeps its checkpoints; scanner.history.resume has the real one."""

    def restore(self) -> Checkpoint:
        """Return the last checkpoint, an empty one for a new run."""

    def commit(self, checkpoint: Checkpoint) -> None:
        """Store a checkpoint in one transaction; called from a thread, one call at a time. Raises StoreError."""


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
    ledger: Ledger | None = None
    """Where to keep how far the sweep has come; None for a run that need not be resumed."""
    audit: Audit | None = None
    """Takes the account of what is sent; None for nobody."""
    share: Callable[[], float] | None = None
    """Returns how many attempts a second may start now, for a run that keeps one ceiling together with other machines;
    called from any thread. None for the plan's pace alone."""


class Engine(Protocol):
    """A way to find out which of the planned endpoints are open."""

    name: EngineName

    async def sweep(self, job: Sweep) -> None:
        """Try every planned endpoint of the shard, at the plan's pace.

        On return the tally balances (planned = open + closed + filtered + unreachable + unscanned) and the channel
        is closed. Raises SetupError when this machine lacks what the engine needs, before anything is sent.
        """
