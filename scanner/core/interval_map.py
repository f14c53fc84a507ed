"""Looks up which of many address sets hold a number: one binary search, however many sets there are."""

from bisect import bisect_right
from collections.abc import Iterable
from typing import Generic, TypeVar

from scanner.core.intervals import Intervals

T = TypeVar("T")


class IntervalMap(Generic[T]):
    """Values by the sets of integers that they belong to; sets may overlap."""

    def __init__(self, entries: Iterable[tuple[Intervals, T]]) -> None:
        """Take sets and their values; what is found comes back in this order."""
        values: list[T] = []
        edges: list[tuple[int, bool, int]] = []
        for number, (members, value) in enumerate(entries):
            values.append(value)
            for first, last in members.spans:
                edges += ((first, True, number), (last + 1, False, number))
        edges.sort()
        self._starts: list[int] = []
        self._held: list[tuple[T, ...]] = []
        # A dict for its order: sets begin and end in any order, and few overlap at a time.
        active: dict[int, T] = {}
        place = 0
        while place < len(edges):
            start = edges[place][0]
            while place < len(edges) and edges[place][0] == start:
                _, begins, number = edges[place]
                if begins:
                    active[number] = values[number]
                else:
                    del active[number]
                place += 1
            self._starts.append(start)
            self._held.append(tuple(active[number] for number in sorted(active)))

    def at(self, number: int) -> tuple[T, ...]:
        """Return the values of all sets that hold a number."""
        place = bisect_right(self._starts, number) - 1
        return self._held[place] if place >= 0 else ()
