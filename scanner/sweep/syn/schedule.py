"""When which endpoint is asked: slices of the permuted order, each asked again 1 s and 3 s after the first time.

That is the schedule of the kernel's own SYNs (RFC 6298 section 2). Every round of a slice has another order, so a
burst of loss does not meet the same endpoints again. Only slices in flight are remembered, never endpoints.

A slice whose rounds are over waits in `over` until somebody settles it or has its silent endpoints asked again.
"""

import heapq
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scanner.sweep.governor import Governor

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GAPS_S = (1.0, 2.0)
"""Seconds between the end of a round and the start of the next."""
LISTEN_S = 3.0
"""How long the last round of a slice may be answered before silence is final."""
MOST_ROUNDS = 8
"""Three unless the plan says otherwise, and one more for a slice whose answers the kernel had to drop."""
MOST_SLICES = 32
CANARY_PORT = MOST_SLICES * MOST_ROUNDS
"""Which of the run's source ports, from 0, canaries are asked from."""
SOURCE_PORTS = CANARY_PORT + 1
SLICE_S = 0.3
"""How many seconds' worth of endpoints a slice is."""
_SMALLEST_SLICE, _SMALLEST_OPEN_SLICE, _LARGEST_SLICE = 16, 2_048, 1 << 19


@dataclass(slots=True)
class Slice:
    """Positions `first` to `first + count - 1` of the order, and how far they are."""

    number: int
    first: int
    count: int
    round: int = 0
    rounds: int = 3
    sent: int = 0
    """Positions of the current round that have been visited."""
    silent: int = 0
    """Endpoints that were asked in the current round: what had not answered before."""
    began_s: float = 0.0
    """When the current round began."""
    times: list[tuple[float, float]] = field(default_factory=list)
    """From when to when each round that is over was sent and listened for."""
    repeats: int = 0
    """How often its rounds were over, and some were asked again: an outage had made them worthless."""

    @property
    def source_port(self) -> int:
        """Which of the run's source ports this round uses, from 0."""
        return self.number % MOST_SLICES * MOST_ROUNDS + self.round

    @property
    def is_first_time(self) -> bool:
        """Whether none of it has been asked before."""
        return not (self.round or self.repeats)

    def positions(self, seed: int, most: int) -> "NDArray[np.uint64]":
        """Return the next positions of the current round, at most that many."""
        import numpy as np

        count = min(most, self.count - self.sent)
        place = np.arange(self.sent, self.sent + count, dtype=np.uint64)
        if self.round:
            # An affine order of its own for each round: any factor coprime to the length visits each place once.
            factor, shift = _affine(self.count, seed + self.round)
            place = (place * np.uint64(factor) + np.uint64(shift)) % np.uint64(self.count)
        return place + np.uint64(self.first)


@dataclass(slots=True)
class Schedule:
    """Slices of positions 0 to size - 1, in order, with at most MOST_SLICES in flight."""

    size: int
    slice_size: int
    rounds: int = 3
    listen_s: float = LISTEN_S
    settled: int = 0
    """Endpoints of slices whose rounds and waiting are over."""
    finished_slices: list[Slice] = field(default_factory=list)
    """Slices settled since somebody emptied the list."""
    over: deque[Slice] = field(default_factory=deque)
    """Slices whose rounds are over, the oldest first."""
    _again: deque[Slice] = field(default_factory=deque)
    """Slices that have to be asked once more."""
    _cursor: int = 0
    _number: int = 0
    _waiting: list[tuple[float, int, Slice]] = field(default_factory=list)
    """Slices between two rounds or in their last wait: (due, number, slice)."""
    _current: Slice | None = None

    def next(self, now_s: float) -> Slice | None:
        """Return the slice that should be sent from now, None when nothing is due."""
        if self._current is None:
            self._current = self._due(now_s) or self._fresh()
        if self._current is not None and not self._current.sent:
            self._current.began_s = now_s
        return self._current

    def wake_s(self) -> float | None:
        """Return when the next slice falls due, None when nothing is in flight."""
        return self._waiting[0][0] if self._waiting else None

    def visited(self, count: int, asked: int, now_s: float) -> None:
        """Note that `count` positions of the current slice were visited and `asked` of them were sent a SYN."""
        piece = self._current
        if piece is None:
            return
        piece.sent += count
        piece.silent += asked
        if piece.sent < piece.count:
            return
        self._current = None
        last = piece.round + 1 >= piece.rounds
        wait_s = self.listen_s if last else GAPS_S[min(piece.round, len(GAPS_S) - 1)]
        due_s = now_s if not piece.silent else now_s + wait_s
        heapq.heappush(self._waiting, (due_s, piece.number, piece))

    def again(self) -> None:
        """Give every slice in flight one more round, as answers were lost here; at most MOST_ROUNDS."""
        for piece in self.in_flight:
            piece.rounds = min(MOST_ROUNDS, self.rounds + 1)

    @property
    def finished(self) -> bool:
        """Whether every slice is settled."""
        return self.idle and not self.over

    @property
    def idle(self) -> bool:
        """Whether nothing is left to be sent or listened for."""
        return self._cursor >= self.size and not self._waiting and not self._again and self._current is None

    @property
    def in_flight(self) -> list[Slice]:
        """The slices that are neither fresh nor settled."""
        current = [self._current] if self._current else []
        return [*current, *(piece for _, _, piece in self._waiting), *self.over, *self._again]

    @property
    def untouched(self) -> range:
        """The positions that no slice has taken yet."""
        return range(self._cursor, self.size)

    def _due(self, now_s: float) -> Slice | None:
        while self._waiting and self._waiting[0][0] <= now_s:
            _, _, piece = heapq.heappop(self._waiting)
            piece.times.append((piece.began_s, now_s))
            if piece.silent and piece.round + 1 < piece.rounds:
                piece.round += 1
                piece.sent = piece.silent = 0
                return piece
            self.over.append(piece)
        return None

    def settle(self, piece: Slice) -> None:
        """Take a slice as settled."""
        self.settled += piece.count
        self.finished_slices.append(piece)

    def repeat(self, piece: Slice, rounds: int) -> None:
        """Have what is silent in a slice asked in so many more rounds."""
        piece.round, piece.rounds = 0, min(MOST_ROUNDS, rounds)
        piece.sent = piece.silent = 0
        piece.times = []
        piece.repeats += 1
        self._again.append(piece)

    def skip(self, count: int) -> None:
        """Take the first positions as settled: an earlier run has done them."""
        self._cursor = self.settled = count

    def _fresh(self) -> Slice | None:
        if len(self._waiting) >= MOST_SLICES:
            return None
        if self._again:
            piece = self._again.popleft()
            piece.number = self._free_number()
            return piece
        if self._cursor >= self.size:
            return None
        count = min(self.slice_size, self.size - self._cursor)
        piece = Slice(self._free_number(), self._cursor, count, rounds=self.rounds)
        self._cursor += count
        return piece

    def _free_number(self) -> int:
        """Return the next number whose source ports no slice uses that may still be answered."""
        taken = {number % MOST_SLICES for _, number, _ in self._waiting}
        while self._number % MOST_SLICES in taken:
            self._number += 1
        self._number += 1
        return self._number - 1


def slice_size(governor: Governor | None, rate: float | None = None) -> int:
    """Return how many endpoints a slice has: few enough to keep the rounds apart, enough for 32 in flight.

    Without a `rate` that was measured it follows from the governor's, and without a governor nothing is too much.
    """
    if governor is None:
        return _LARGEST_SLICE
    smallest = _SMALLEST_OPEN_SLICE if governor.opened else _SMALLEST_SLICE
    return max(smallest, min(_LARGEST_SLICE, int((governor.rate if rate is None else rate) * SLICE_S)))


def _affine(size: int, seed: int) -> tuple[int, int]:
    import math

    factor = (0x9E37_79B1 * (2 * seed + 1) >> 7) % size | 1
    while math.gcd(factor, size) != 1:
        factor += 2
    return factor % size or 1, seed * 0x85EB_CA6B % size
