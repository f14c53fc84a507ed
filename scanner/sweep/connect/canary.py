"""Decides whether silence means anything: while the network itself is down or full, it does not.

A silent port is settled only when an endpoint that is known to answer was asked after it and did answer. As long as
answers come in by themselves that costs nothing. When none come for a while, a canary asks an endpoint that answered
before. When canaries stay silent too (link lost, connection-tracking table full, blocked by an intrusion prevention
system), the sweep pauses until one answers, and everything that was silent meanwhile is asked again. The pauses between
canaries grow (scanner.core.outage): a ban that every packet renews is outlived by saying nothing. An outage that
is over before three canaries were missed counts too: a link that is down for four seconds takes all three SYNs of an
attempt.

Before the first answer nothing is known to answer. What is silent then waits too, up to MOST_EARLY ports: with the
first answer it is asked again, and when there is nothing left to ask, nobody answers at all.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from enum import Enum, auto
from typing import NamedTuple

from scanner.core.event import PortState
from scanner.core.outage import quiet_s
from scanner.sweep.connect.errnos import Fault
from scanner.sweep.connect.order import Slot

CANARY_ATTEMPT = 0
"""Stands where other attempts have their number, from 1."""
CANARY_EVERY_S = 2.0
CANARY_PATIENCE_S = 1.5
MISSES = 3
"""Canaries in a row without an answer: with 10 % loss each way that happens once in 20,000 times."""
_KNOWN = 8
_MOST_REJECTIONS = 3
MOST_EARLY = 65_536
"""Silent ports that wait for the first answer; the silence of more than that is believed."""


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
        return any(self.sent_s < to_s and self.over_s > from_s for from_s, to_s in outages)


class Belief(Enum):
    """What a silence is worth."""

    CONFIRMED = auto()
    """Somebody who was asked later has answered."""
    DOUBTED = auto()
    """It fell into an outage: ask again."""
    UNKNOWN = auto()
    """It fell into one outage after the other: whether the port is open can't be found out."""


class Canary:
    """Confirms silence, or has it asked again."""

    def __init__(self, now_s: float) -> None:
        self._known: deque[Slot] = deque(maxlen=_KNOWN)
        self._began_s = now_s
        self._first_s: float | None = None
        self._conceded = False
        self._proof_s = now_s
        """When the last question that was answered had been sent: the network worked then."""
        self._held: deque[Held] = deque()
        self._asked_s = now_s
        self._before_s = now_s
        """The proof before the first canary of those that went unanswered."""
        self._under_way = False
        self._misses = 0
        self._since_s: float | None = None
        self._windows: deque[tuple[float, float]] = deque(maxlen=16)
        """Outages that are over."""
        self._lapses: deque[tuple[float, float]] = deque(maxlen=16)
        """Times in which this process did not run, or the network may not have carried anything for a moment."""
        self._rejections: dict[int, int] = {}
        self.gone = False
        """Whether several hosts that had answered fell silent for good: what remains can't be scanned."""
        self.silenced = False
        """Whether every host that was known to answer fell silent for good, be it one or several."""

    @property
    def paused(self) -> bool:
        """Whether canaries go unanswered, so that nothing else is sent."""
        return self._since_s is not None

    @property
    def holding(self) -> int:
        """How many ports wait to be settled."""
        return len(self._held)

    @property
    def wants_known(self) -> bool:
        """Whether another endpoint that answers would be kept."""
        return len(self._known) < _KNOWN

    def remember(self, slot: Slot) -> None:
        """Keep an endpoint that answered as a canary, one for each host."""
        if all(slot.address != known.address for known in self._known):
            self._known.append(slot)

    def answered(self, sent_s: float) -> None:
        """Note that a question sent then was answered."""
        self._proof_s = max(self._proof_s, sent_s)
        if self._first_s is None:
            self._first_s = sent_s

    @property
    def unproven(self) -> bool:
        """Whether nobody has answered yet, so that silence waits for the first answer."""
        return self._first_s is None and not self._conceded

    @property
    def late(self) -> bool:
        """Whether the first answer came only after silence had been believed without any."""
        return self._conceded and self._first_s is not None

    def concede(self) -> None:
        """Wait for the first answer no longer: there is nothing left to ask."""
        self._conceded = True

    def before_first_answer(self, held: Held) -> bool:
        """Tell whether that nobody had answered yet is all that makes a silence doubtful."""
        return self._is_early(held) and not held.lies_in(self._windows) and not held.lies_in(self._lapses)

    def hold(self, held: Held) -> bool:
        """Keep a silent port until a canary can confirm it; returns False when there is nothing to wait for."""
        if self.unproven:
            self._conceded = len(self._held) >= MOST_EARLY
        elif not self._known and not self._in_outage(held):
            return False
        self._held.append(held)
        return True

    def slot_to_ask(self, now_s: float, *, idle: bool) -> Slot | None:
        """Return an endpoint to ask now, if it is time; `idle` when nothing but silence is left."""
        if self._under_way or not self._known:
            return None
        urgent = idle and bool(self._held)
        pause_s = (self._quiet_s or 0.0) if self._misses else 0.0 if urgent else CANARY_EVERY_S
        if now_s - self._asked_s < pause_s or (not (urgent or self._misses) and now_s - self._proof_s < CANARY_EVERY_S):
            return None
        self._asked_s = now_s
        if not self._misses:
            self._before_s = self._proof_s
        self._under_way = True
        self._known.rotate(1)
        return self._known[0]

    def finished(self, sent_s: float, over_s: float, *, answered: bool, late: bool = False) -> bool:
        """Take the outcome of a canary; returns whether it ended an outage.

        `late` tells that only a repetition was answered: the first question was lost.
        """
        self._under_way = False
        if not answered:
            self._misses += 1
            if self._misses >= MISSES and self._since_s is None:
                self._since_s = self._before_s
            if self._quiet_s is None:
                self._give_up()
            return False
        missed, self._misses = self._misses > 0, 0
        self.answered(sent_s)
        if self._since_s is None:
            if missed or late:
                self._lapses.append((self._before_s, over_s if late else sent_s))
            return False
        self._windows.append((self._since_s, sent_s))
        self._since_s = None
        return True

    def stalled(self, from_s: float, to_s: float) -> None:
        """Note that this process did not run for a while: whatever was silent then is asked again."""
        self._lapses.append((from_s, to_s))

    def settle(self) -> Iterator[tuple[Held, Belief]]:
        """Yield the ports that can be decided now, each with what its silence is worth."""
        # What answers while a canary does not was asked before or after; which of both, the next canary shows.
        if self.paused or self.gone or self._under_way or self._misses:
            return
        while self._held and (
            self._held[0].over_s <= self._proof_s
            or not (self._known or self.unproven)
            or self._in_outage(self._held[0])
        ):
            held = self._held.popleft()
            yield held, self._weigh(held)

    def left(self) -> list[Held]:
        """Return, and forget, the ports whose silence nothing confirmed."""
        left, self._held = list(self._held), deque()
        return left

    def _in_outage(self, held: Held) -> bool:
        return self._is_early(held) or held.lies_in(self._windows) or held.lies_in(self._lapses)

    def _is_early(self, held: Held) -> bool:
        return self._first_s is not None and not self._conceded and self._began_s <= held.sent_s < self._first_s

    def _weigh(self, held: Held) -> Belief:
        if not self._in_outage(held):
            return Belief.CONFIRMED
        times = self._rejections[held.slot.position] = self._rejections.get(held.slot.position, 0) + 1
        if times <= _MOST_REJECTIONS:
            return Belief.DOUBTED
        # The kernel hears answers while this process stands still.
        return Belief.UNKNOWN if held.lies_in(self._windows) else Belief.CONFIRMED

    @property
    def _quiet_s(self) -> float | None:
        return quiet_s(max(0, self._misses - MISSES))

    def _give_up(self) -> None:
        self._since_s = None
        self._misses = 0
        self.gone = len(self._known) >= 3
        self.silenced = True
        self._known.clear()
