"""How many questions may be on their way at once: as many as answers show that the path and its far end can take.

It opens by one with each answer that comes at once, so it doubles with each round trip (slow start, RFC 5681 section
3.1). It stops opening while answers take longer than they did or go missing. A question that has waited half a second
counts no more: silent addresses take no room from those that answer.
"""

import math

TICK_S = 0.125
_TICKS = 4
_MANY = 20
"""Questions in a tick from which the share of answers says something."""
_FADING = 0.75


class Window:
    """The window of one host, or of one route."""

    __slots__ = ("_asked", "_least_s", "_most", "_tick", "_usual", "_young", "fading", "size")

    def __init__(self, first: int, most: int) -> None:
        """Take how many questions may be on their way at first, and at most."""
        self.size = first
        self.fading = False
        """Whether markedly fewer questions than before were answered at once."""
        self._most = most
        self._tick = 0
        self._asked = [0] * _TICKS
        self._young = [0] * _TICKS
        self._usual = 0.0
        self._least_s = math.inf

    def sent(self, now_s: float, count: int = 1) -> None:
        """Note questions."""
        self._age(now_s)
        self._asked[self._tick % _TICKS] += count
        self._young[self._tick % _TICKS] += count

    def answered(self, sent_s: float, now_s: float, count: int = 1) -> None:
        """Note answers that came at once to questions sent then."""
        self._age(now_s)
        tick = int(sent_s / TICK_S)
        if tick > self._tick - _TICKS:
            self._young[tick % _TICKS] = max(0, self._young[tick % _TICKS] - count)
        rtt_s = now_s - sent_s
        self._least_s = min(self._least_s, rtt_s)
        if not self.fading and rtt_s <= 2 * self._least_s + 0.05:
            self.size = min(self._most, self.size + count)

    def room(self, now_s: float) -> int:
        """Return how many more may be sent."""
        self._age(now_s)
        return max(0, self.size - sum(self._young))

    def wait_s(self, now_s: float) -> float:
        """Return when the oldest questions stop to count."""
        return TICK_S - now_s % TICK_S

    def forgive(self) -> None:
        """Take the share of answers as it is now for the usual one: what is silent has proven to be silent."""
        self._usual, self.fading = 0.0, False

    def _age(self, now_s: float) -> None:
        tick = int(now_s / TICK_S)
        if tick == self._tick:
            return
        for old in range(self._tick + 1, min(tick, self._tick + _TICKS) + 1):
            place = old % _TICKS
            self._weigh(self._asked[place], self._young[place])
            self._asked[place] = self._young[place] = 0
        self._tick = tick

    def _weigh(self, asked: int, silent: int) -> None:
        if asked >= _MANY:
            share = 1.0 - silent / asked
            self._usual = max(self._usual, share)
            self.fading = share < _FADING * self._usual
