"""What is to be tried next, and what has to be tried again: never a list of all targets, only of the exceptions.

First looks follow the permuted order. A port that stayed silent on a host that lives gets a second look in another
order, so that one burst of loss can't hit it twice. Hosts that never answered come last. Only positions are kept, in
arrays of 8 bytes each, and never more than WINDOW of them.
"""

import random
from array import array
from collections import deque
from collections.abc import Callable, Iterable
from typing import TypeAlias

from scanner.sweep.connect.neighbours import Neighbours
from scanner.sweep.connect.order import Course, Spot
from scanner.sweep.connect.resume_pages import Marks
from scanner.sweep.connect.rtt import Hosts

WINDOW = 262_144
"""Most positions that wait for a second look, or for the end."""
MOST_LOOKS = 6
"""However unreliable the network, a silent port gets no more looks after the first."""
_FETCH = 2_048
_REVIEW = 1_024

Looks: TypeAlias = tuple[int, list[Spot]]
"""Which look it is, counted from 1, and at what."""


class Rounds:
    """Hands out endpoints until each has had the looks that it deserves."""

    def __init__(
        self,
        course: Course,
        hosts: Hosts,
        *,
        looks: int,
        seed: int,
        thorough: bool = False,
        marks: Marks | None = None,
        neighbours: Neighbours | None = None,
        settle_silent: Callable[[int], None] = lambda _position: None,
    ) -> None:
        """Take the course, how many more looks a silent port on a living host gets, and what earlier runs have done.

        `thorough` gives them to every silent port, for when one look is too short to prove anything.
        `settle_silent` hears of each position that was silent and will not be looked at again.
        """
        self._course = course
        self._hosts = hosts
        self._looks = looks
        self._thorough = thorough
        self._random = random.Random(seed)  # noqa: S311 - an order, not a secret
        self._marks = marks
        self._neighbours = neighbours
        self._settle_silent = settle_silent
        self._cursor = marks.low_water if marks else 0
        self._fetched: deque[Spot] = deque()
        self._again: deque[tuple[int, Spot]] = deque()
        self._later = {look: array("Q") for look in range(2, looks + 2)}
        self._unsure = array("Q")
        self._quiet = array("Q")
        self._unresolved: dict[int, array[int]] = {}
        self._waiting = 0
        self._reviewing = array("Q")

    @property
    def fresh(self) -> bool:
        """Whether first looks remain that nothing holds up."""
        return bool(self._fetched) or self._cursor < self._course.size

    @property
    def over(self) -> bool:
        """Whether nothing remains to be tried, as far as is known without the attempts under way."""
        return not (
            self.fresh
            or self._again
            or self._quiet
            or self._unsure
            or self._waiting
            or self._reviewing
            or any(self._later.values())
        )

    def draw(self, count: int, *, idle: bool) -> Looks:
        """Return up to `count` endpoints for the same look; `idle` tells that nothing is under way any more."""
        if self._again:
            return self._draw_again(count)
        if not self._reviewing and len(self._unsure) >= WINDOW:
            self._reviewing, self._unsure = self._unsure, array("Q")
        self._review()
        look = next((look for look, queue in self._later.items() if queue), 0)
        if look and (not self.fresh or len(self._later[look]) >= WINDOW):
            return look, self._draw_any(self._later[look], count)
        if self.fresh and len(self._quiet) < WINDOW and self._waiting < WINDOW:
            return 1, self._draw_fresh(count)
        if self._quiet:
            return 1, [self._course.at(self._quiet.pop()) for _ in range(min(count, len(self._quiet)))]
        if idle and not self._reviewing:
            self._reviewing, self._unsure = self._unsure, array("Q")
        return 1, []

    def again(self, look: int, spot: Spot) -> None:
        """Try the same look once more: the last attempt said nothing about the port."""
        self._again.append((look, spot))

    def insist(self) -> None:
        """Give silent ports one more look from now on, on whichever host: the network has proven unreliable."""
        self._thorough = True
        if self._looks < MOST_LOOKS:
            self._looks += 1
            self._later[self._looks + 1] = array("Q")

    def resolved(self, address: int) -> list[Spot]:
        """Return what waited for a neighbour; the caller tries it, or settles it as unreachable."""
        positions = self._unresolved.pop(address, array("Q"))
        self._waiting -= len(positions)
        return [self._course.at(position) for position in positions]

    def silent(self, look: int, spot: Spot) -> bool:
        """Note a silent port; returns whether it is settled with that."""
        if look > self._looks:
            return True
        if look > 1 or self._thorough or spot.address in self._hosts.living:
            self._later[look + 1].append(spot.position)
        else:
            self._unsure.append(spot.position)
        return False

    def _draw_again(self, count: int) -> Looks:
        look, spot = self._again.popleft()
        spots = [spot]
        while self._again and len(spots) < count and self._again[0][0] == look:
            spots.append(self._again.popleft()[1])
        return look, spots

    def _draw_fresh(self, count: int) -> list[Spot]:
        fetched = self._fetched
        if not fetched:
            spots = self._course.draw(self._cursor, _FETCH)
            self._cursor += len(spots)
            fetched.extend(self._not_done(spots, self._marks) if self._marks else spots)
        spots = [fetched.popleft() for _ in range(min(count, len(fetched)))]
        if self._neighbours is not None:
            spots = [spot for spot in spots if not self._must_wait(spot, self._neighbours)]
        if self._hosts.quiet:
            self._quiet.extend(spot.position for spot in spots if spot.address in self._hosts.quiet)
            spots = [spot for spot in spots if spot.address not in self._hosts.quiet]
        return spots

    def _not_done(self, spots: Iterable[Spot], marks: Marks) -> Iterable[Spot]:
        for spot in spots:
            if marks.is_settled(spot.position):
                continue
            if marks.was_silent(spot.position):
                self._unsure.append(spot.position)
                continue
            yield spot

    def _must_wait(self, spot: Spot, neighbours: Neighbours) -> bool:
        if not neighbours.unknown(spot.address):
            return False
        self._unresolved.setdefault(spot.address, array("Q")).append(spot.position)
        self._waiting += 1
        return True

    def _draw_any(self, positions: "array[int]", count: int) -> list[Spot]:
        spots: list[Spot] = []
        for _ in range(min(count, len(positions))):
            place = self._random.randrange(len(positions))
            positions[place], positions[-1] = positions[-1], positions[place]
            spots.append(self._course.at(positions.pop()))
        return spots

    def _review(self) -> None:
        """Decide what becomes of ports that were silent before their host was known to live, a few at a time."""
        for _ in range(min(_REVIEW, len(self._reviewing))):
            position = self._reviewing.pop()
            if self._thorough or self._course.at(position).address in self._hosts.living:
                self._later[2].append(position)
            else:
                self._settle_silent(position)
