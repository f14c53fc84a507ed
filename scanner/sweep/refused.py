"""When a refusal says nothing of its port: times in which ports that are open refused us too, or may have.

A port that is found open confirms what was refused before it was asked. It can't where this process stood still in
between: a firewall that refuses everything may have begun, or ended, unnoticed. So whatever was refused from the last
port that was found open before such a moment to the first one after it is asked again.
"""

from collections import deque

from scanner.core.outage import lies_in

_BLINK_S = 0.25
"""How long this process may stand still before that counts: half as long as a canary waits at least."""
_NEVER_S = float("inf")


class Refused:
    """Knows when refusals were no answers of their ports."""

    def __init__(self, now_s: float) -> None:
        """Take when the sweep begins."""
        self.open_s = now_s
        """When the last question that found a port open had been sent: we were let through then."""
        self.last_s = -_NEVER_S
        """When the last question that was refused had been sent."""
        self.count = 0
        """How many were refused since a port was found open."""
        self._turns: deque[tuple[float, float]] = deque(maxlen=16)
        self._blinks: deque[tuple[float, float]] = deque(maxlen=16)
        self._blind_from_s = self._blind_to_s = _NEVER_S
        """When this process stood still, and no port has been found open since."""

    @property
    def any_turn(self) -> bool:
        """Whether there was any such time."""
        return bool(self._turns or self._blinks)

    @property
    def since_open(self) -> bool:
        """Whether something was refused since a port was last found open."""
        return self.last_s >= self.open_s

    def accepted(self, sent_s: float) -> None:
        """Note that a question sent then found a port open."""
        if self._blind_from_s < sent_s < self._blind_to_s:
            return
        if sent_s >= self._blind_to_s:
            if self.since_open:
                self._blinks.append((self._blind_from_s, sent_s))
            self._blind_from_s = self._blind_to_s = _NEVER_S
        if sent_s > self.open_s:
            self.open_s, self.count = sent_s, 0

    def refused(self, sent_s: float, count: int) -> None:
        """Note that so many questions sent until then were refused."""
        self.last_s = max(self.last_s, sent_s)
        self.count += count

    def blinked(self, from_s: float, to_s: float) -> None:
        """Note that this process may have stood still from then to then, unless that is only a moment."""
        if to_s - from_s <= _BLINK_S:
            return
        self._blind_from_s = min(from_s, self.open_s, self._blind_from_s)
        self._blind_to_s = to_s

    def turned(self, from_s: float, to_s: float) -> None:
        """Note a time in which ports that are open refused us."""
        self._turns.append((from_s, to_s))

    def is_turned(self, sent_s: float, over_s: float) -> bool:
        """Tell whether a refusal lies in a time in which ports that are open refused us, or may have."""
        return self.is_proven(sent_s, over_s) or lies_in(self._blinks, sent_s, over_s)

    def is_proven(self, sent_s: float, over_s: float) -> bool:
        """Tell whether a refusal lies in a time in which ports that are open did refuse us."""
        return lies_in(self._turns, sent_s, over_s)
