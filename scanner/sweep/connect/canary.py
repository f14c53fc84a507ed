"""Decides whether the silence of a port means anything: while the network itself is down or full, it does not.

A silent port is settled only when an endpoint that is known to answer was asked after it and did answer; when canaries
are due, and what an outage is, scanner.sweep.outages says.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from enum import Enum, auto
from typing import NamedTuple

from scanner.core.event import PortState
from scanner.core.outage import lies_in
from scanner.sweep.connect.errnos import Fault
from scanner.sweep.connect.order import Slot
from scanner.sweep.outages import MOST_EARLY, MOST_REJECTIONS, Outages

CANARY_ATTEMPT = 0
"""Stands where other attempts have their number, from 1."""


class Held(NamedTuple):
    """A port that was silent or unreachable, not yet settled."""

    over_s: float
    sent_s: float
    attempt: int
    slot: Slot
    outcome: PortState | Fault | None
    """None for silence; the only fault is a router that has no link address."""

    def lies_in(self, outages: Iterable[tuple[float, float]]) -> bool:
        """Tell whether any of it lies in one of these times."""
        return lies_in(outages, self.sent_s, self.over_s)


class Belief(Enum):
    """What a silence is worth."""

    CONFIRMED = auto()
    """Somebody who was asked later has answered."""
    DOUBTED = auto()
    """It fell into an outage: ask again."""
    UNKNOWN = auto()
    """It fell into one outage after the other: whether the port is open can't be found out."""


class Canary(Outages[Slot]):
    """Confirms silence, or has it asked again."""

    def __init__(self, now_s: float) -> None:
        super().__init__(now_s)
        self._held: deque[Held] = deque()
        self._rejections: dict[int, int] = {}

    @property
    def holding(self) -> int:
        """How many ports wait to be settled."""
        return len(self._held)

    def remember(self, slot: Slot, *, is_open: bool = False) -> None:
        """Keep an endpoint that answered as a canary."""
        self.keep(slot.address, slot, is_open=is_open)

    def before_first_answer(self, held: Held) -> bool:
        """Tell whether that nobody had answered yet is all that makes a silence doubtful."""
        return self.is_early(held.sent_s) and not self.is_doubtful(held.sent_s, held.over_s)

    def hold(self, held: Held) -> bool:
        """Keep a silent port until a canary can confirm it; returns False when there is nothing to wait for."""
        if self.unproven:
            if len(self._held) >= MOST_EARLY:
                self.concede()
        elif not self.has_known and not self._in_outage(held):
            return False
        self._held.append(held)
        return True

    def slot_to_ask(self, now_s: float, *, idle: bool) -> Slot | None:
        """Return an endpoint to ask now, if it is time; `idle` when nothing but silence is left."""
        return self.to_ask(now_s, urgent=idle and (bool(self._held) or self.doubts_refusals))

    def settle(self) -> Iterator[tuple[Held, Belief]]:
        """Yield the ports that can be decided now, each with what its silence is worth."""
        if self.undecided:
            return
        while self._held and (
            self._held[0].over_s <= self.proof_s
            or not (self.has_known or self.unproven)
            or self._in_outage(self._held[0])
        ):
            held = self._held.popleft()
            yield held, self._weigh(held)

    def left(self) -> list[Held]:
        """Return, and forget, the ports whose silence nothing confirmed."""
        left, self._held = list(self._held), deque()
        return left

    def _in_outage(self, held: Held) -> bool:
        return self.is_early(held.sent_s) or self.is_doubtful(held.sent_s, held.over_s)

    def _weigh(self, held: Held) -> Belief:
        if not self._in_outage(held):
            return Belief.CONFIRMED
        times = self._rejections[held.slot.position] = self._rejections.get(held.slot.position, 0) + 1
        if times <= MOST_REJECTIONS:
            return Belief.DOUBTED
        # The kernel hears answers while this process stands still.
        return Belief.UNKNOWN if self.in_window(held.sent_s, held.over_s) else Belief.CONFIRMED
