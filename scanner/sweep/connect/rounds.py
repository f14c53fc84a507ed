"""What is to be tried next, and what has to be tried again: never a list of all targets, only of the exceptions.

First attempts follow the permuted order. A port that stayed silent on a host that lives is tried again in another
order, so that one burst of loss can't hit it twice. Hosts that have not answered come last. Only positions are kept, in
arrays of 8 bytes each, and never more than WINDOW of them.
"""

import random
from array import array
from collections import deque
from collections.abc import Callable, Iterable
from typing import TypeAlias

from scanner.sweep.connect.first_pass import FirstPass
from scanner.sweep.connect.neighbours import Neighbours
from scanner.sweep.connect.order import Order, Slot
from scanner.sweep.connect.resume_pages import ResumePages
from scanner.sweep.connect.rtt import Hosts

WINDOW = 262_144
"""Most positions that wait for a second attempt, or for the end."""
MOST_RETRIES = 6
"""However unreliable the network, a silent port gets no more attempts after the first."""
_FETCH = 2_048
_REVIEW = 1_024

Drawn: TypeAlias = tuple[int, list[Slot]]
"""The number of the attempt, from 1, and its endpoints."""


class Rounds:
    """Hands out endpoints until each has had its attempts."""

    def __init__(
        self,
        order: Order,
        hosts: Hosts,
        *,
        retries: int,
        seed: int,
        thorough: bool = False,
        resume_pages: ResumePages | None = None,
        neighbours: Neighbours | None = None,
        settle_silent: Callable[[int], None] = lambda _position: None,
    ) -> None:
        """Take the order, how many more attempts a silent port on a living host gets, and what earlier runs have done.

        `thorough` gives them to every silent port, for when one attempt is too short to prove anything.
        `settle_silent` is called with each position that was silent and will not be tried again.
        """
        self._order = order
        self._hosts = hosts
        self._retries = retries
        self._thorough = thorough
        self._random = random.Random(seed)  # noqa: S311 - an order, not a secret
        self._resume_pages = resume_pages
        self._neighbours = neighbours
        self._settle_silent = settle_silent
        self._cursor = resume_pages.low_water if resume_pages else 0
        self._fetched: deque[Slot] = deque()
        self._again: deque[tuple[int, Slot]] = deque()
        self._later = {attempt: array("Q") for attempt in range(2, retries + 2)}
        self._unsure = array("Q")
        self._first_pass = FirstPass(hosts) if hosts.details else None
        self._quiet = array("Q")
        """Positions at hosts that have not answered in the first pass."""
        self._unresolved: dict[int, array[int]] = {}
        self._waiting = 0
        self._reviewing = array("Q")

    @property
    def fresh(self) -> bool:
        """Whether first attempts remain that nothing holds up."""
        return bool(self._fetched) or self._cursor < self._order.size

    @property
    def over(self) -> bool:
        """Whether nothing remains to be tried, as far as is known without the attempts under way."""
        return not (
            self.fresh
            or self._again
            or self._quiet
            or self._first_pass
            or self._unsure
            or self._waiting
            or self._reviewing
            or any(self._later.values())
        )

    @property
    def resolving(self) -> bool:
        """Whether endpoints wait for a neighbour to be resolved."""
        return self._waiting > 0

    def draw(self, count: int, *, idle: bool) -> Drawn:
        """Return up to `count` endpoints for the same attempt; `idle` tells that nothing is under way any more."""
        if self._again:
            return self._draw_again(count)
        if not self._reviewing and len(self._unsure) >= WINDOW:
            self._reviewing, self._unsure = self._unsure, array("Q")
        self._review()
        if self._first_pass is not None:
            ready = self._first_pass.ready(count)
            if ready:
                return 1, [self._order.at(position) for position in ready]
        attempt = next((attempt for attempt, queue in self._later.items() if queue), 0)
        if attempt and (not self.fresh or len(self._later[attempt]) >= WINDOW):
            return attempt, self._draw_any(self._later[attempt], count)
        if self.fresh and len(self._first_pass or ()) < WINDOW and self._waiting < WINDOW:
            return 1, self._draw_fresh(count)
        if not self._quiet and self._first_pass:
            self._quiet = self._first_pass.rest()
        if self._quiet:
            return 1, self._draw_any(self._quiet, count)
        if idle and not self._reviewing:
            self._reviewing, self._unsure = self._unsure, array("Q")
        return 1, []

    def again(self, attempt: int, slot: Slot) -> None:
        """Repeat an attempt under the same number: it said nothing about the port."""
        self._again.append((attempt, slot))

    def insist(self) -> None:
        """Give silent ports one more attempt from now on, on whichever host: the network has proven unreliable."""
        self._thorough = True
        if self._retries < MOST_RETRIES:
            self._retries += 1
            self._later[self._retries + 1] = array("Q")

    def doubt(self) -> None:
        """Ask once more whatever was silent until now and is not settled, on whichever host: nobody had answered."""
        if not self._retries:
            self.insist()
            return
        for positions in (self._unsure, self._reviewing):
            self._later[2].extend(positions)
        self._unsure, self._reviewing = array("Q"), array("Q")

    def resolved(self, address: int) -> list[Slot]:
        """Return what waited for a neighbour; the caller tries it, or settles it as unreachable."""
        positions = self._unresolved.pop(address, array("Q"))
        self._waiting -= len(positions)
        return [self._order.at(position) for position in positions]

    def is_last(self, attempt: int) -> bool:
        """Tell whether a silent port would get no other attempt."""
        return attempt > self._retries

    def silent(self, attempt: int, slot: Slot) -> bool:
        """Note a silent port; returns whether it is settled with that."""
        if self.is_last(attempt):
            return True
        if attempt > 1 or self._thorough or slot.address in self._hosts.living:
            self._later[attempt + 1].append(slot.position)
        else:
            self._unsure.append(slot.position)
        return False

    def _draw_again(self, count: int) -> Drawn:
        attempt, slot = self._again.popleft()
        slots = [slot]
        while self._again and len(slots) < count and self._again[0][0] == attempt:
            slots.append(self._again.popleft()[1])
        return attempt, slots

    def _draw_fresh(self, count: int) -> list[Slot]:
        fetched = self._fetched
        if not fetched:
            slots = self._order.draw(self._cursor, _FETCH)
            self._cursor += len(slots)
            fetched.extend(self._not_done(slots, self._resume_pages) if self._resume_pages else slots)
        slots = [fetched.popleft() for _ in range(min(count, len(fetched)))]
        if self._neighbours is not None:
            slots = [slot for slot in slots if not self._must_wait(slot, self._neighbours)]
        if self._first_pass is not None:
            slots = [slot for slot in slots if not self._first_pass.keeps(slot)]
        return slots

    def _not_done(self, slots: Iterable[Slot], resume_pages: ResumePages) -> Iterable[Slot]:
        for slot in slots:
            if resume_pages.is_settled(slot.position):
                continue
            if resume_pages.was_silent(slot.position):
                self._unsure.append(slot.position)
                continue
            yield slot

    def _must_wait(self, slot: Slot, neighbours: Neighbours) -> bool:
        if not neighbours.unknown(slot.address):
            return False
        self._unresolved.setdefault(slot.address, array("Q")).append(slot.position)
        self._waiting += 1
        return True

    def _draw_any(self, positions: "array[int]", count: int) -> list[Slot]:
        slots: list[Slot] = []
        for _ in range(min(count, len(positions))):
            place = self._random.randrange(len(positions))
            positions[place], positions[-1] = positions[-1], positions[place]
            slots.append(self._order.at(positions.pop()))
        return slots

    def _review(self) -> None:
        """Decide what becomes of ports that were silent before their host was known to live, a few at a time."""
        for _ in range(min(_REVIEW, len(self._reviewing))):
            position = self._reviewing.pop()
            if self._thorough or self._order.at(position).address in self._hosts.living:
                self._later[2].append(position)
            else:
                self._settle_silent(position)
