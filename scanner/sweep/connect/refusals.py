"""Ports that refused, kept until a port that is known to be open was asked after them and was still open.

A firewall that has had enough of us may refuse everything from then on; scanner.sweep.outages says when that is so.
"""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from scanner.core.event import PortState
from scanner.core.ports import LAST_PORT
from scanner.sweep.connect.canary import Canary
from scanner.sweep.connect.order import Slot
from scanner.sweep.connect.results import Results
from scanner.sweep.outage_words import REFUSED_WORDS
from scanner.sweep.outages import MOST_REJECTIONS

_MANY = 4_096
"""Ports that are kept before a canary is asked at once."""


class _Refused(NamedTuple):
    sent_s: float
    over_s: float
    attempt: int
    slots: list[Slot]


class Refusals:
    """Settles ports as closed, or has them asked again."""

    def __init__(self, canary: Canary, results: Results, again: Callable[[int, Slot], None]) -> None:
        """Take who knows whether we are refused by all, where ports are settled, and what repeats an attempt."""
        self._canary = canary
        self._results = results
        self._again = again
        self._held: deque[_Refused] = deque()
        self._count = 0
        self._rejections: dict[int, int] = {}

    def __len__(self) -> int:
        return self._count

    @property
    def many(self) -> bool:
        """Whether so many are kept that they should be confirmed now."""
        return self._count >= _MANY

    def take(self, attempt: int, slots: list[Slot], sent_s: float, over_s: float) -> None:
        """Settle ports that refused, or keep them while open ports are known that could refuse too."""
        if self._canary.turned_away and not self._canary.guards:
            for slot in slots:
                self._results.doubt(attempt, slot, REFUSED_WORDS)
            return
        if not self._canary.guards or slots[0].key > LAST_PORT:
            self._settle(attempt, slots)
            return
        self._canary.refused(over_s, len(slots))
        self._held.append(_Refused(sent_s, over_s, attempt, slots))
        self._count += len(slots)

    def decide(self) -> None:
        """Settle what an open port has confirmed by now, and repeat what was refused while open ports were refused."""
        canary = self._canary
        while self._held and not canary.undecided:
            sent_s, over_s, attempt, slots = self._held[0]
            turned = canary.is_turned(sent_s, over_s)
            if not (turned or canary.trusts(over_s)):
                return
            self._held.popleft()
            self._count -= len(slots)
            if turned:
                self._repeat(attempt, slots, proven=canary.is_proven(sent_s, over_s))
            else:
                self._settle(attempt, slots)

    def abandon(self) -> None:
        """Settle what is kept when a run ends early, or leave it unscanned if we are refused by all."""
        for _, _, attempt, slots in self._held:
            if self._canary.paused or self._canary.turned_away:
                for slot in slots:
                    self._results.doubt(attempt, slot, REFUSED_WORDS)
            else:
                self._settle(attempt, slots)
        self._held.clear()
        self._count = 0

    def _settle(self, attempt: int, slots: list[Slot]) -> None:
        if attempt == 1:
            self._results.closed(slots)
            return
        for slot in slots:
            self._results.settle(attempt, slot, PortState.CLOSED)

    def _repeat(self, attempt: int, slots: list[Slot], *, proven: bool) -> None:
        for slot in slots:
            times = self._rejections[slot.position] = self._rejections.get(slot.position, 0) + 1
            if times <= MOST_REJECTIONS:
                self._again(attempt, slot)
            elif proven:
                self._results.doubt(attempt, slot, REFUSED_WORDS)
            else:
                self._settle(attempt, [slot])
