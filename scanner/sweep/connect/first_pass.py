"""Who is there first: a few ports of every address are asked before the rest of those that have not answered.

As soon as an address answers, all that waits for it goes before everything else; what waits for silent ones comes last.
Nobody is skipped.
"""

from array import array
from collections import deque

from scanner.sweep.connect.order import Slot
from scanner.sweep.connect.rtt import Hosts

QUESTIONS = 3
"""Ports of an address that are asked before it has answered."""
_MOST_HOSTS = 65_536


class FirstPass:
    """The positions that wait for their hosts to answer; 8 bytes each."""

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts
        self._asked: dict[int, int] = {}
        self._waiting: dict[int, array[int]] = {}
        self._size = 0
        self._ready: deque[int] = deque()

    def __len__(self) -> int:
        """Return how many wait, be it for their host or only for their turn."""
        return self._size + len(self._ready)

    def keeps(self, slot: Slot) -> bool:
        """Tell whether an endpoint has to wait until its host has answered, and take it if so."""
        address = slot.address
        if address in self._hosts.living:
            return False
        asked = self._asked.get(address, 0)
        if asked < QUESTIONS:
            if asked or len(self._asked) < _MOST_HOSTS:
                self._asked[address] = asked + 1
            return False
        self._waiting.setdefault(address, array("Q")).append(slot.position)
        self._size += 1
        return True

    def ready(self, count: int) -> list[int]:
        """Return up to `count` positions of hosts that have answered meanwhile."""
        met = self._hosts.newly_met
        while met:
            address = met.pop()
            self._asked.pop(address, None)
            positions = self._waiting.pop(address, None)
            if positions is not None:
                self._size -= len(positions)
                self._ready.extend(positions)
        return [self._ready.popleft() for _ in range(min(count, len(self._ready)))]

    def rest(self) -> "array[int]":
        """Return, and forget, what waits for hosts that have not answered."""
        rest = array("Q")
        for positions in self._waiting.values():
            rest.extend(positions)
        self._waiting.clear()
        self._size = 0
        return rest
