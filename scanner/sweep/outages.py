"""When the network carried nothing, as far as endpoints tell that answered before: both of our own engines ask here.

As long as answers come in by themselves that costs nothing. When none come for a while, a canary asks an endpoint that
answered before. When canaries stay silent too (link lost, connection-tracking table full, blocked by an intrusion
prevention system), the sweep pauses until one answers, and everything that was silent meanwhile is asked again. The
pauses between canaries grow (scanner.core.outage): a ban that every packet renews is outlived by saying nothing. An
outage that is over before three canaries were missed counts too: a link that is down for four seconds takes all three
SYNs of an attempt.

Before the first answer nothing is known to answer. What is silent then waits too, up to MOST_EARLY ports: with the
first answer it is asked again, and when there is nothing left to ask, nobody answers at all.
"""

from collections import deque
from collections.abc import Iterable
from typing import Generic, TypeVar

from scanner.core.outage import quiet_s

CANARY_EVERY_S = 2.0
CANARY_PATIENCE_S = 1.5
MISSES = 3
"""Canaries in a row without an answer: with 10 % loss each way that happens once in 20,000 times."""
MOST_REJECTIONS = 3
"""How often a silence may fall into an outage before it is no longer asked for."""
MOST_EARLY = 65_536
"""Silent ports that wait for the first answer; the silence of more than that is believed."""
PAUSED_WORDS = "the network stopped answering for a while; what was silent then was asked again"
LOST_WORDS = "hosts that had answered fell silent for good; is the network up, or were we blocked?"
SILENCED_WORDS = "silent, and so was all that had answered before"
ALWAYS_SILENCED_WORDS = "the network fell silent each time that it was asked"
_KNOWN = 8
_MANY = 3
"""Hosts that answered and are all silent for good: the network is gone."""

Place = TypeVar("Place")
"""What an engine calls an endpoint."""


class Outages(Generic[Place]):
    """Knows the times in which silence means nothing, and whether one of them is now."""

    def __init__(self, now_s: float) -> None:
        """Take when the sweep begins."""
        self._known: deque[tuple[int, Place]] = deque(maxlen=_KNOWN)
        self._began_s = now_s
        self._first_s: float | None = None
        self._conceded = False
        self.proof_s = now_s
        """When the last question that was answered had been sent: the network worked then."""
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
        self.gone = False
        """Whether several hosts that had answered fell silent for good: what remains can't be scanned."""
        self.silenced = False
        """Whether every host that was known to answer fell silent for good, be it one or several."""

    @property
    def paused(self) -> bool:
        """Whether canaries go unanswered, so that nothing else is sent."""
        return self._since_s is not None

    @property
    def undecided(self) -> bool:
        """Whether nothing can be said of any silence now: what a canary says is still to come, or nobody is left."""
        # What answers while a canary does not was asked before or after; which of both, the next canary shows.
        return self.paused or self.gone or self._under_way or self._misses > 0

    @property
    def has_known(self) -> bool:
        """Whether there is an endpoint to ask."""
        return bool(self._known)

    @property
    def wants_known(self) -> bool:
        """Whether another endpoint that answers would be kept."""
        return len(self._known) < _KNOWN

    def keep(self, address: int, place: Place) -> None:
        """Keep an endpoint that answered as a canary, one for each host."""
        if self.wants_known and all(address != known for known, _ in self._known):
            self._known.append((address, place))

    def answered(self, sent_s: float) -> None:
        """Note that a question sent then was answered."""
        self.proof_s = max(self.proof_s, sent_s)
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
        """Wait for the first answer no longer: there is nothing left to ask, or too much waits."""
        self._conceded = True

    def to_ask(self, now_s: float, *, urgent: bool) -> Place | None:
        """Return an endpoint to ask now, if it is time; `urgent` when nothing but silence is left."""
        if self._under_way or not self._known:
            return None
        pause_s = (self._quiet_s or 0.0) if self._misses else 0.0 if urgent else CANARY_EVERY_S
        if now_s - self._asked_s < pause_s or (not (urgent or self._misses) and now_s - self.proof_s < CANARY_EVERY_S):
            return None
        self._asked_s = now_s
        if not self._misses:
            self._before_s = self.proof_s
        self._under_way = True
        self._known.rotate(1)
        return self._known[0][1]

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

    def lost(self, from_s: float, to_s: float) -> None:
        """Note that answers of that time are known to be lost: nobody can say later what they were."""
        self._windows.append((from_s, to_s))

    def is_early(self, sent_s: float) -> bool:
        """Tell whether a question went out before anybody had answered, so that its silence means nothing."""
        return self._first_s is not None and not self._conceded and self._began_s <= sent_s < self._first_s

    def in_window(self, sent_s: float, over_s: float) -> bool:
        """Tell whether any of a silence lies in an outage."""
        return lies_in(self._windows, sent_s, over_s)

    def is_doubtful(self, sent_s: float, over_s: float) -> bool:
        """Tell whether any of a silence lies in an outage, or in a moment that may have been one."""
        return self.in_window(sent_s, over_s) or lies_in(self._lapses, sent_s, over_s)

    @property
    def _quiet_s(self) -> float | None:
        return quiet_s(max(0, self._misses - MISSES))

    def _give_up(self) -> None:
        self._since_s = None
        self._misses = 0
        self.gone = len(self._known) >= _MANY
        self.silenced = True
        self._known.clear()


def lies_in(times: Iterable[tuple[float, float]], sent_s: float, over_s: float) -> bool:
    """Tell whether any of a silence lies in one of these times."""
    return any(sent_s < to_s and over_s > from_s for from_s, to_s in times)
