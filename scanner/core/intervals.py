"""Sets of integers kept as sorted, disjoint, closed intervals: a /8 takes as much room as one address."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate

_FAR_FEWER = 16
"""How many times as many spans as the other set has are looked up, not walked over."""


@dataclass(frozen=True, slots=True, init=False)
class Intervals:
    """A set of integers; `len` may exceed what `len()` can return, so `size` is the count."""

    spans: tuple[tuple[int, int], ...]
    """Sorted, disjoint, non-adjacent (first, last) pairs, both ends included."""
    _ends: tuple[int, ...] = field(repr=False, compare=False)
    """How many members lie in each span and all before it; for `at`."""

    def __init__(self, spans: Iterable[tuple[int, int]] = ()) -> None:
        # A million targets are a million sets of one span.
        if isinstance(spans, list) and len(spans) == 1:
            self._take((_checked(*spans[0]),))
        else:
            self._take(tuple(_merge(spans)))

    @property
    def size(self) -> int:
        """How many integers are in the set."""
        return self._ends[-1] if self._ends else 0

    def __bool__(self) -> bool:
        return bool(self.spans)

    def __contains__(self, number: int) -> bool:
        place = self._place(number)
        return place >= 0 and number <= self.spans[place][1]

    def __iter__(self) -> Iterator[int]:
        for first, last in self.spans:
            yield from range(first, last + 1)

    def at(self, index: int) -> int:
        """Return the member with that rank, counted from 0; raises IndexError beyond the last."""
        if not 0 <= index < self.size:
            raise IndexError(index)
        place = bisect_right(self._ends, index)
        before = self._ends[place - 1] if place else 0
        return self.spans[place][0] + index - before

    def rank(self, number: int) -> int:
        """Return the rank of a member, the inverse of `at`; raises ValueError for a stranger."""
        place = self._place(number)
        if place < 0 or number > self.spans[place][1]:
            raise ValueError(number)
        return (self._ends[place - 1] if place else 0) + number - self.spans[place][0]

    def clip(self, first: int, last: int) -> "Intervals":
        """Return the members from first to last; unlike `&`, it costs no walk over the other spans."""
        place = max(0, self._place(first))
        found: list[tuple[int, int]] = []
        while place < len(self.spans) and self.spans[place][0] <= last:
            low, high = max(first, self.spans[place][0]), min(last, self.spans[place][1])
            if low <= high:
                found.append((low, high))
            place += 1
        return _sorted(found)

    def _place(self, number: int) -> int:
        """Return the place of the last span that begins at a number or before it; -1 where none does."""
        return bisect_left(self.spans, (number + 1,)) - 1

    def __or__(self, other: "Intervals") -> "Intervals":
        if not (self.spans and other.spans):
            return self if self.spans else other
        return Intervals((*self.spans, *other.spans))

    def __and__(self, other: "Intervals") -> "Intervals":
        few, many = sorted((self.spans, other.spans), key=len)
        return _sorted(_pick(many, few) if len(few) * _FAR_FEWER < len(many) else _intersect(many, few))

    def __sub__(self, other: "Intervals") -> "Intervals":
        return _sorted(_subtract(self.spans, other.spans)) if self.spans and other.spans else self

    def _take(self, spans: tuple[tuple[int, int], ...]) -> None:
        object.__setattr__(self, "spans", spans)
        object.__setattr__(self, "_ends", tuple(accumulate(last - first + 1 for first, last in spans)))


def _sorted(spans: Iterable[tuple[int, int]]) -> Intervals:
    """Return the set of spans that are sorted, disjoint and not adjacent, as every part of such spans is."""
    made = object.__new__(Intervals)
    made._take(tuple(spans))
    return made


def _checked(first: int, last: int) -> tuple[int, int]:
    if first > last:
        raise ValueError(f"interval ends before it starts: {first}-{last}")
    return first, last


def _merge(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    current: tuple[int, int] | None = None
    for first, last in sorted(spans):
        _checked(first, last)
        if current is not None and first <= current[1] + 1:
            current = (current[0], max(current[1], last))
            continue
        if current is not None:
            yield current
        current = (first, last)
    if current is not None:
        yield current


def _pick(many: tuple[tuple[int, int], ...], few: tuple[tuple[int, int], ...]) -> Iterator[tuple[int, int]]:
    """Yield what many spans have in common with a few, without a walk over those in between."""
    for first, last in few:
        begin, end = bisect_left(many, (first + 1,)), bisect_left(many, (last + 1,))
        if begin and many[begin - 1][1] >= first:
            begin -= 1
        if begin == end:
            continue
        low, high = many[begin], many[end - 1]
        if begin + 1 == end:
            yield max(first, low[0]), min(last, low[1])
            continue
        yield max(first, low[0]), low[1]
        yield from many[begin + 1 : end - 1]
        yield high[0], min(last, high[1])


def _intersect(left: tuple[tuple[int, int], ...], right: tuple[tuple[int, int], ...]) -> Iterator[tuple[int, int]]:
    i = j = 0
    while i < len(left) and j < len(right):
        first, last = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if first <= last:
            yield first, last
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1


def _subtract(left: tuple[tuple[int, int], ...], right: tuple[tuple[int, int], ...]) -> Iterator[tuple[int, int]]:
    j = 0
    for span_first, last in left:
        first = span_first
        while j < len(right) and right[j][1] < first:
            j += 1
        k = j
        while k < len(right) and right[k][0] <= last:
            if first < right[k][0]:
                yield first, right[k][0] - 1
            first = max(first, right[k][1] + 1)
            k += 1
        if first <= last:
            yield first, last
