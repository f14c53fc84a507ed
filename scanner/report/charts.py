"""Bar charts as inline SVG: no script, no external file, readable by a screen reader."""

from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

from scanner.core.finding import Finding, Severity

_WIDTH = 320
_ROW = 38
_LABEL_CHARS = 42

Parts = tuple[tuple[str, int], ...]


class Bar(NamedTuple):
    """One line of a chart."""

    label: str
    total: int
    kind: str = "bar"
    """The class that colours it."""
    parts: Parts = ()
    """What it is made of, as classes and numbers; empty for a bar of one colour."""


def severity_parts(findings: Iterable[Finding]) -> Parts:
    """Return how many findings each severity has, the worst first."""
    counts = Counter(finding.severity for finding in findings)
    return tuple((severity.word, counts[severity]) for severity in reversed(Severity) if counts[severity])


def bars(title: str, entries: Sequence[Bar]) -> str:
    """Return an SVG element with a horizontal bar for each entry under its label and number."""
    most = max((entry.total for entry in entries), default=0)
    told = "; ".join(f"{entry.label}: {entry.total:,}{_told(entry.parts)}" for entry in entries)
    lines = [_line(entry, index * _ROW, most) for index, entry in enumerate(entries)]
    height = max(len(entries), 1) * _ROW
    label = escape(f"{title}. {told}")
    return f'<svg class="chart" role="img" aria-label="{label}" viewBox="0 0 {_WIDTH} {height}">{"".join(lines)}</svg>'


def _told(parts: Parts) -> str:
    return f" ({', '.join(f'{number:,} {kind}' for kind, number in parts)})" if parts else ""


def _line(entry: Bar, top: int, most: int) -> str:
    return (
        f'<text x="0" y="{top + 15}">{escape(_cut(entry.label))}</text>'
        f'<text class="number" x="{_WIDTH}" y="{top + 15}">{entry.total:,}</text>'
        f'<rect class="track" x="0" y="{top + 20}" width="{_WIDTH}" height="10" rx="2"/>'
        f"{''.join(_pieces(entry, top + 20, most))}"
    )


def _pieces(entry: Bar, top: int, most: int) -> Iterable[str]:
    left = 0
    for kind, number in entry.parts or ((entry.kind, entry.total),):
        # Nothing found is no bar; the least number is still a visible one.
        length = max(round(_WIDTH * number / most), 3) if number else 0
        length = min(length, _WIDTH - left)
        yield f'<rect class="{kind}" x="{left}" y="{top}" width="{length}" height="10" rx="2"/>'
        left += length


def _cut(label: str) -> str:
    return label if len(label) <= _LABEL_CHARS else f"{label[: _LABEL_CHARS - 1]}\u2026"
