"""How wide the columns of a text table are, and where their cells break; pure."""

import textwrap
from collections.abc import Iterator, Sequence

GAP = 2
"""Blanks between two columns."""


def fit(rows: Sequence[Sequence[str]], shares: Sequence[float], width: int) -> list[list[str]]:
    """Return the cells with line breaks such that the table is at most `width` columns wide.

    A column whose text is narrower than its share of the width gives the rest to the others; share 0 is never broken.
    """
    natural = [max(map(_widest, column), default=0) for column in zip(*rows, strict=True)]
    widths = _widths(natural, shares, width - GAP * (len(shares) - 1))
    return [[broken(cell, widths[index]) for index, cell in enumerate(row)] for row in rows]


def broken(text: str, width: int) -> str:
    """Return a text whose lines are at most `width` characters long."""
    if _widest(text) <= width:
        return text
    return "\n".join(piece for line in text.split("\n") for piece in _pieces(line, width))


def wrapped(text: str, width: int, *, head: str = "", hang: int = 0, mark: str = "") -> Iterator[str]:
    """Yield the lines of a paragraph that starts with `head` and hangs by `hang` blanks and `mark`."""
    yield from textwrap.wrap(
        text, width, initial_indent=head, subsequent_indent=" " * hang + mark, break_on_hyphens=False
    ) or ([head.rstrip()] if head.strip() else [])


def _pieces(line: str, width: int) -> list[str]:
    return textwrap.wrap(line, width, break_on_hyphens=False) or [""]


def _widest(text: str) -> int:
    return max(map(len, text.split("\n")))


def _widths(natural: list[int], shares: Sequence[float], available: int) -> list[int]:
    widths = list(natural)
    open_columns = [index for index, share in enumerate(shares) if share]
    room = available - sum(natural[index] for index, share in enumerate(shares) if not share)
    while open_columns:
        total = sum(shares[index] for index in open_columns)
        content = [index for index in open_columns if natural[index] <= room * shares[index] / total]
        if not content:
            for index in open_columns:
                widths[index] = max(int(room * shares[index] / total), 1)
            break
        room -= sum(natural[index] for index in content)
        open_columns = [index for index in open_columns if index not in content]
    return widths
