"""Attempts that wait because their host may not be asked now: a queue for each host, and a heap of when it may."""

import heapq
from collections import deque
from collections.abc import Iterator

from scanner.sweep.connect.order import Slot

MOST_WAITING = 65_536
"""Most attempts that wait for hosts before no others are drawn: about 10 MB."""


class Waiting:
    """The queues: whatever waits, only hosts whose time has come are looked at."""

    def __init__(self) -> None:
        self._queues: dict[int, deque[tuple[int, Slot]]] = {}
        self._due_s: dict[int, float] = {}
        self._heap: list[tuple[float, int]] = []
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def full(self) -> bool:
        """Whether so much waits that nothing else should be drawn."""
        return self._size >= MOST_WAITING

    def add(self, attempt: int, slot: Slot, due_s: float) -> None:
        """Let an attempt wait behind the others of its host; the first one says until when."""
        queue = self._queues.get(slot.address)
        if queue is None:
            queue = self._queues[slot.address] = deque()
            self.wake(slot.address, due_s)
        queue.append((attempt, slot))
        self._size += 1

    def wake(self, address: int, due_s: float) -> None:
        """Let the queue of a host be looked at then, be it earlier or later than it was to be."""
        if address in self._queues and self._due_s.get(address) != due_s:
            self._due_s[address] = due_s
            heapq.heappush(self._heap, (due_s, address))

    def due(self, now_s: float) -> int | None:
        """Return a host whose time has come; None while there is none."""
        while self._heap and self._heap[0][0] <= now_s:
            due_s, address = heapq.heappop(self._heap)
            if self._due_s.get(address) == due_s:
                del self._due_s[address]
                return address
        return None

    def take(self, address: int, count: int) -> tuple[int, list[Slot]]:
        """Return up to `count` endpoints of a host that wait for the same attempt, with the number of that attempt."""
        queue = self._queues[address]
        attempt = queue[0][0]
        slots: list[Slot] = []
        while queue and queue[0][0] == attempt and len(slots) < count:
            slots.append(queue.popleft()[1])
        self._size -= len(slots)
        if not queue:
            del self._queues[address]
            self._due_s.pop(address, None)
        return attempt, slots

    def has(self, address: int) -> bool:
        """Tell whether something waits for a host."""
        return address in self._queues

    def next_s(self) -> float | None:
        """Return when the next host is due."""
        while self._heap and self._due_s.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def left(self) -> Iterator[tuple[int, Slot]]:
        """Yield what still waits, for the counts of a run that ends early."""
        for queue in self._queues.values():
            yield from queue
