"""A set of integers that lie close together: one bit each, in pages, so a /8 of living hosts takes 2.5 MB."""

_PAGE_BITS = 15
_PAGE_BYTES = 1 << (_PAGE_BITS - 3)
_IN_PAGE = (1 << _PAGE_BITS) - 1


class NumberSet:
    """A growing set of non-negative integers."""

    def __init__(self) -> None:
        self._pages: dict[int, bytearray] = {}
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __contains__(self, number: int) -> bool:
        page = self._pages.get(number >> _PAGE_BITS)
        return page is not None and bool(page[(number & _IN_PAGE) >> 3] & (1 << (number & 7)))

    def add(self, number: int) -> None:
        """Add a number."""
        page = self._pages.get(number >> _PAGE_BITS)
        if page is None:
            page = self._pages[number >> _PAGE_BITS] = bytearray(_PAGE_BYTES)
        place, bit = (number & _IN_PAGE) >> 3, 1 << (number & 7)
        if not page[place] & bit:
            page[place] |= bit
            self._size += 1
