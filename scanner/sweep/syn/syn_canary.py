"""Asks an endpoint that answered before whether the network carries anything: a SYN, and another a second later."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from scanner.sweep.outages import CANARY_PATIENCE_S, Outages
from scanner.sweep.syn.parse import Answers, Said
from scanner.sweep.syn.schedule import CANARY_PORT

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_REPEAT_S = 1.0
"""As a kernel repeats a SYN (RFC 6298 section 2)."""


class Canary:
    """At most one question at a time, from a source port that nothing else is asked from."""

    def __init__(self, outages: Outages[int], first_source_port: int, ask: Callable[[int, int], None]) -> None:
        """Take who says when to ask, and what sends a SYN to the endpoint of an index from a source port, from 0."""
        self._outages = outages
        self._source_port = first_source_port + CANARY_PORT
        self._ask = ask
        self._index: int | None = None
        self._sent_s = 0.0
        self._repeated = False

    def turn(self, now_s: float, *, urgent: bool) -> None:
        """Ask, repeat, or miss what is due; `urgent` when nothing but silence is left."""
        if self._index is None:
            self._index = self._outages.to_ask(now_s, urgent=urgent)
            self._sent_s, self._repeated = now_s, False
            if self._index is not None:
                self._ask(self._index, CANARY_PORT)
        elif now_s - self._sent_s >= CANARY_PATIENCE_S:
            self._index = None
            self._outages.finished(self._sent_s, now_s, answered=False)
        elif not self._repeated and now_s - self._sent_s >= _REPEAT_S:
            self._repeated = True
            self._ask(self._index, CANARY_PORT)

    def heard(self, answers: Answers, index_of: "Callable[[Answers], NDArray[np.int64]]", now_s: float) -> bool:
        """Take in answers, and what finds the indexes of their endpoints; returns whether an outage ended with them."""
        if self._index is None:
            return False
        ours = (answers.source_port == self._source_port) & (answers.said <= Said.CLOSED)
        if not ours.any() or self._index not in index_of(answers)[ours]:
            return False
        self._index = None
        refused = not (answers.said[ours] == Said.OPEN).any()
        return self._outages.finished(self._sent_s, now_s, answered=True, late=self._repeated, refused=refused)
