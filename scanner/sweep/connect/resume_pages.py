"""Which positions of the order are done: what a later run needs to go on, in pages of 512 bytes."""

from collections.abc import Mapping
from dataclasses import dataclass

from scanner.sweep.engine import PAGE


class _Page:
    __slots__ = ("count", "settled", "silent")

    def __init__(self, settled: bytes = bytes(PAGE // 8), silent: bytes = bytes(PAGE // 8)) -> None:
        self.settled = bytearray(settled)
        self.silent = bytearray(silent)
        self.count = sum(byte.bit_count() for byte in settled)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What has changed since the last snapshot."""

    low_water: int
    """Every position below has its final state."""
    pages: dict[int, tuple[bytes, bytes]]
    """Changed pages by number: one bit for each settled position, one for each that was silent once."""


class ResumePages:
    """Two bits for each position between the low-water mark and the cursor."""

    def __init__(self, size: int, low_water: int = 0, pages: Mapping[int, tuple[bytes, bytes]] | None = None) -> None:
        self._size = size
        # Only the last page can be short, and is done when all of its positions are.
        self._low = low_water // PAGE if low_water < size else -(-size // PAGE)
        self._pages = {number: _Page(*blobs) for number, blobs in (pages or {}).items()}
        self._dirty: set[int] = set()
        self._advance()

    @property
    def low_water(self) -> int:
        """Every position below is settled."""
        return min(self._low * PAGE, self._size)

    def settle(self, position: int) -> None:
        """Mark a position as done."""
        number = position // PAGE
        page = self._page(number)
        place, bit = (position % PAGE) >> 3, 1 << (position & 7)
        if page.settled[place] & bit:
            return
        page.settled[place] |= bit
        page.count += 1
        self._dirty.add(number)

    def silent(self, position: int) -> None:
        """Mark a position as silent at the first attempt, to be tried again if its host lives."""
        number = position // PAGE
        self._page(number).silent[(position % PAGE) >> 3] |= 1 << (position & 7)
        self._dirty.add(number)

    def doubt(self, position: int) -> None:
        """Forget that a position was silent: a later run asks it from the first attempt."""
        number = position // PAGE
        self._page(number).silent[(position % PAGE) >> 3] &= ~(1 << (position & 7))
        self._dirty.add(number)

    def is_settled(self, position: int) -> bool:
        """Tell whether a position is done."""
        number = position // PAGE
        if number < self._low:
            return True
        page = self._pages.get(number)
        return page is not None and bool(page.settled[(position % PAGE) >> 3] & (1 << (position & 7)))

    def was_silent(self, position: int) -> bool:
        """Tell whether a position was silent at the first attempt."""
        page = self._pages.get(position // PAGE)
        return page is not None and bool(page.silent[(position % PAGE) >> 3] & (1 << (position & 7)))

    def take_snapshot(self) -> Snapshot:
        """Return what has changed since the last time."""
        self._advance()
        pages = {
            number: (bytes(self._pages[number].settled), bytes(self._pages[number].silent))
            for number in self._dirty
            if number in self._pages
        }
        self._dirty.clear()
        return Snapshot(self.low_water, pages)

    def _page(self, number: int) -> _Page:
        page = self._pages.get(number)
        if page is None:
            page = self._pages[number] = _Page()
        return page

    def _advance(self) -> None:
        while (page := self._pages.get(self._low)) is not None:
            if page.count < min(PAGE, self._size - self._low * PAGE):
                return
            del self._pages[self._low]
            self._low += 1
