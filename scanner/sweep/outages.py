"""When the network carried nothing, as far as endpoints tell that answered before: both of our own engines ask here.

As long as answers come in by themselves that costs nothing. When none come for a while, a canary asks an endpoint that
answered before. When canaries stay silent too (link lost, connection-tracking table full, blocked by an intrusion
prevention system), the sweep pauses until one answers, and everything that was silent meanwhile is asked again. The
pauses between canaries grow (scanner.core.outage): a ban that every packet renews is outlived by saying nothing. An
outage that is over before three canaries were missed counts too: a link that is down for four seconds takes all three
SYNs of an attempt.

A firewall may also refuse us from some moment on: every port then answers, with a reset. Where two ports or more are
known to be open, refusals count only when an open port was asked after them and was still open; if it refuses and the
others do too, that is an outage like any other, and what refused meanwhile is asked again.

Before the first answer nothing is known to answer. What is silent then waits too, up to MOST_EARLY ports: with the
first answer it is asked again, and when there is nothing left to ask, nobody answers at all.
"""

from collections import deque
from typing import Generic, NamedTuple, TypeVar

from scanner.core.outage import lies_in, quiet_s
from scanner.sweep.refused import Refused

CANARY_EVERY_S = 2.0
CANARY_SOON_S, _SOON = 0.5, 32
"""After how long a canary is asked, where so many ports have refused since one accepted."""
CANARY_PATIENCE_S = 1.5
MISSES = 3
"""Canaries in a row without an answer: with 10 % loss each way that happens once in 20,000 times."""
MOST_REJECTIONS = 3
"""How often a silence may fall into an outage before it is no longer asked for."""
MOST_EARLY = 65_536
"""Silent ports that wait for the first answer; the silence of more than that is believed."""
_KNOWN = 8
_FEW_OPEN = 2
"""Open ports from which a refusal of one can be told from that service's end: the others are asked."""
_MANY = 3
"""Hosts that answered and are all silent for good: the network is gone."""

Place = TypeVar("Place")
"""What an engine calls an endpoint."""


class _Known(NamedTuple, Generic[Place]):
    address: int
    place: Place
    is_open: bool


class Outages(Generic[Place]):
    """Knows the times in which silence means nothing, and whether one of them is now."""

    def __init__(self, now_s: float) -> None:
        """Take when the sweep begins."""
        self._known: deque[_Known[Place]] = deque(maxlen=_KNOWN)
        self._asked: _Known[Place] | None = None
        """Whom the canary under way has asked."""
        self._open_known = 0
        self._began_s = now_s
        self._first_s: float | None = None
        self._conceded = False
        self.proof_s = now_s
        """When the last question that was answered had been sent: the network worked then."""
        self._refused = Refused(now_s)
        self._asked_s = now_s
        self._before_s = now_s
        """The proof before the first canary of those that went unanswered."""
        self._misses = 0
        self._turned: list[_Known[Place]] = []
        """Who of those that were asked in vain had been open and refused."""
        self._since_s: float | None = None
        self._windows: deque[tuple[float, float]] = deque(maxlen=16)
        """Outages that are over."""
        self._lapses: deque[tuple[float, float]] = deque(maxlen=16)
        """Times in which this process did not run, or the network may not have carried anything for a moment."""
        self.gone = False
        """Whether several hosts that had answered fell silent for good: what remains can't be scanned."""
        self.turned_away = False
        """Whether ports that had been open refused us for good."""
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
        return self.paused or self.gone or self._asked is not None or self._misses > 0

    @property
    def has_known(self) -> bool:
        """Whether there is an endpoint to ask."""
        return bool(self._known)

    @property
    def wants_known(self) -> bool:
        """Whether another endpoint that answers would be kept."""
        return len(self._known) < _KNOWN

    @property
    def wants_open(self) -> bool:
        """Whether another endpoint that is open would be kept."""
        return self._open_known < _KNOWN

    def keep(self, address: int, place: Place, *, is_open: bool = False) -> None:
        """Keep an endpoint that answered as a canary: one for each host, two if they are open and nobody else is."""
        same = [one for one in self._known if one.address == address]
        if same and (not is_open or any(one.place == place for one in same)):
            return
        if any(one.is_open for one in same) and self.guards:
            return
        closed = [one for one in (same or self._known) if not one.is_open]
        if is_open and closed and (same or not self.wants_known):
            self._known.remove(closed[0])
        if self.wants_known:
            self._known.append(_Known(address, place, is_open))
            self._open_known += is_open

    def answered(self, sent_s: float) -> None:
        """Note that a question sent then was answered."""
        self.proof_s = max(self.proof_s, sent_s)
        if self._first_s is None:
            self._first_s = sent_s

    def accepted(self, sent_s: float) -> None:
        """Note that a question sent then found a port open."""
        self._refused.accepted(sent_s)

    def refused(self, sent_s: float, count: int = 1) -> None:
        """Note that so many questions sent until then were refused."""
        self._refused.refused(sent_s, count)

    @property
    def guards(self) -> bool:
        """Whether refusals can be told from those of a firewall."""
        return self._open_known >= _FEW_OPEN

    @property
    def doubts_refusals(self) -> bool:
        """Whether something was refused since a port was last found open, or one that was open has just refused."""
        return bool(self._turned) or (self.guards and self._refused.since_open)

    @property
    def may_turn(self) -> bool:
        """Whether what was refused until now may have to be asked again."""
        return self.doubts_refusals or self._refused.any_turn

    def trusts(self, over_s: float) -> bool:
        """Tell whether what was refused until then may be called closed."""
        return not self.doubts_refusals or self._refused.open_s >= over_s

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
        if self._asked is not None or not (self._known and self._is_due(now_s, urgent=urgent)):
            return None
        self._asked_s = now_s
        if not self._misses:
            self._before_s = self.proof_s
        self._known.rotate(1)
        if self._turned or (self.doubts_refusals and not self._misses):
            while not self._known[0].is_open:
                self._known.rotate(1)
        self._asked = self._known[0]
        return self._asked.place

    def _is_due(self, now_s: float, *, urgent: bool) -> bool:
        asked_s = now_s - self._asked_s
        if self._misses or urgent:
            return asked_s >= ((self._quiet_s or 0.0) if self._misses else 0.0)
        proof_s, every_s = self.proof_s, CANARY_EVERY_S
        if self.doubts_refusals:
            proof_s = min(proof_s, self._refused.open_s)
            every_s = CANARY_SOON_S if self._refused.count >= _SOON else CANARY_EVERY_S
        return asked_s >= every_s <= now_s - proof_s

    def finished(
        self, sent_s: float, over_s: float, *, answered: bool, late: bool = False, refused: bool = False
    ) -> bool:
        """Take the outcome of a canary; returns whether it ended an outage.

        `late` tells that only a repetition was answered: the first question was lost. `refused` tells that the answer
        was a refusal.
        """
        asked, self._asked = self._asked, None
        if refused and asked is not None and asked.is_open:
            answered = not self._turn_away(asked)
        if not answered:
            self._misses += 1
            if self._misses >= MISSES and self._since_s is None:
                self._since_s = self._before_s
            if self._quiet_s is None:
                self._give_up(over_s)
            return False
        missed, self._misses = self._misses > 0, 0
        self.answered(sent_s)
        if not refused:
            self.accepted(sent_s)
        self._let_through(sent_s)
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

    def blinked(self, from_s: float, to_s: float) -> None:
        """Note that this process may have stood still: what was refused around more than a moment is asked again."""
        self._refused.blinked(from_s, to_s)

    def lost(self, from_s: float, to_s: float) -> None:
        """Note that answers of that time are known to be lost: nobody can say later what they were."""
        self._windows.append((from_s, to_s))

    def is_turned(self, sent_s: float, over_s: float) -> bool:
        """Tell whether a refusal lies in a time in which open ports refused us too, or may have."""
        return self._refused.is_turned(sent_s, over_s)

    def is_proven(self, sent_s: float, over_s: float) -> bool:
        """Tell whether a refusal lies in a time in which open ports did refuse us too."""
        return self._refused.is_proven(sent_s, over_s)

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

    def _turn_away(self, asked: _Known[Place]) -> bool:
        """Note a port that was open and refuses; returns False if nobody else can tell whether it has just ended."""
        if not self.guards:
            self._forget_open(asked)
            return False
        if not self._turned:
            self._before_s = min(self._before_s, self._refused.open_s)
        self._turned.append(asked)
        return True

    def _let_through(self, sent_s: float) -> None:
        """Note that we are let through again, or that only those that refused have ended."""
        turned, self._turned = self._turned, []
        if turned:
            self._refused.turned(self._before_s, sent_s)
        for one in turned if self._since_s is None else ():
            self._forget_open(one)

    def _forget_open(self, known: _Known[Place]) -> None:
        if known in self._known:
            self._known[self._known.index(known)] = known._replace(is_open=False)
            self._open_known -= 1

    def _give_up(self, now_s: float) -> None:
        self.turned_away = bool(self._turned)
        if self.turned_away:
            self._refused.turned(self._before_s, now_s)
        self._since_s = None
        self._misses = self._open_known = 0
        self._turned = []
        self.gone = len({known.address for known in self._known}) >= _MANY
        self.silenced = True
        self._known.clear()
