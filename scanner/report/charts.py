"""Bar charts as inline SVG: no script, no external file, readable by a screen reader."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

_WIDTH = 320
_ROW = 38
_LABEL_CHARS = 42


class Bar(NamedTuple):
    """One line of a chart."""

    label: str
    total: int
    kind: str = "bar"
    """The class that colours it."""


def bars(title: str, entries: Sequence[Bar]) -> str:
    """Return an SVG element with a horizontal bar for each entry under its label and number."""
    most = max((entry.total for entry in entries), default=0)
    told = "; ".join(f"{entry.label}: {entry.total:,}" for entry in entries)
    lines = [_line(entry, index * _ROW, most) for index, entry in enumerate(entries)]
    height = max(len(entries), 1) * _ROW
    label = escape(f"{title}. {told}")
    return f'<svg class="chart" role="img" aria-label="{label}" viewBox="0 0 {_WIDTH} {height}">{"".join(lines)}</svg>'


def _line(entry: Bar, top: int, most: int) -> str:
    # Nothing found is no bar; the least number is still a visible one.
    length = max(round(_WIDTH * entry.total / most), 3) if entry.total else 0
    return (
        f'<text x="0" y="{top + 15}">{escape(_cut(entry.label))}</text>'
        f'<text class="number" x="{_WIDTH}" y="{top + 15}">{entry.total:,}</text>'
        f'<rect class="track" x="0" y="{top + 20}" width="{_WIDTH}" height="10" rx="2"/>'
        f'<rect class="{entry.kind}" x="0" y="{top + 20}" width="{length}" height="10" rx="2"/>'
    )


def _cut(label: str) -> str:
    return label if len(label) <= _LABEL_CHARS else f"{label[: _LABEL_CHARS - 1]}\u2026"
