"""Makes a ticket fit into the field that it goes into: values are cut first, then whole blocks from the end."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from scanner.core.text import clean
from scanner.tickets.answer import Rejected
from scanner.tickets.ticket import Block, Code, Prose, Rows

T = TypeVar("T")

_VALUE_CHARS = (500, 120)
_CUT = Prose("The rest was cut: it is longer than this field permits. The report has all of it.")


def fit(blocks: Sequence[Block], limit: int, render: Callable[[Sequence[Block]], T], size: Callable[[T], int]) -> T:
    """Return blocks rendered within a limit; raises Rejected when not even the marker fits."""
    rendered = render(blocks)
    if size(rendered) <= limit:
        return rendered
    shorter = list(blocks)
    for chars in _VALUE_CHARS:
        shorter = [_shorten(block, chars) for block in blocks]
        rendered = render(shorter)
        if size(rendered) <= limit:
            return rendered
    while shorter:
        shorter.pop()
        rendered = render([*shorter, _CUT])
        if size(rendered) <= limit:
            return rendered
    raise Rejected("a ticket holds more findings than its tracker has room for: do not group by host", 413)


def _shorten(block: Block, chars: int) -> Block:
    match block:
        case Rows(rows):
            return Rows(tuple((label, clean(value, chars)) for label, value in rows))
        case Prose(text):
            return Prose(clean(text, chars))
        case Code(lines):
            # A command that was cut must not be pasted.
            return Code(tuple(line if len(line) <= chars else "# too long to show here" for line in lines))
        case _:
            return block
