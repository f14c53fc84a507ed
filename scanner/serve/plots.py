"""Plots as inline SVG: what was open at the end of each day, and how much of what was planned was looked at."""

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape

from scanner.core.count import counted
from scanner.core.finding import Severity
from scanner.history.store.figures import Covered, Day

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 720, 240, 92, 16, 32


def trend_plot(days: Sequence[Day]) -> str:
    """Return an SVG element and its label, which tells the first, the last and the highest number."""
    totals = [sum(day.open.values()) for day in days]
    if not days:
        return ""
    most = max(*totals, 1)
    label = (
        f"Open findings from {days[0].day} to {days[-1].day}: {totals[0]:,} at first, {totals[-1]:,} at last, "
        f"{max(totals):,} at most"
    )
    areas: list[str] = []
    below = [0] * len(days)
    for severity in Severity:
        above = [low + day.open[severity] for low, day in zip(below, days, strict=True)]
        if any(day.open[severity] for day in days):
            areas.append(f'<polygon class="{severity.word}" points="{_points(below, above, most)}"/>')
        below = above
    marks: dict[float, str] = {value: f"{value:,}" for value in sorted({0, most // 2, most})}
    return _framed(label, marks, (days[0].day, days[-1].day), "".join(areas))


def coverage_plot(days: Sequence[Covered]) -> str:
    """Return an SVG element with a bar for each day on which somebody looked; a day without a bar is one without a run.

    The label tells the last share, the lowest, and on how many days endpoints stayed inconclusive.
    """
    if not days:
        return "<p>Nobody has looked in this time.</p>"
    first, last = date.fromisoformat(days[0].day), date.fromisoformat(days[-1].day)
    count = (last - first).days + 1
    step = (_WIDTH - _LEFT) / count
    untold = sum(day.inconclusive > 0 for day in days)
    label = (
        f"Looked at of what was planned from {days[0].day} to {days[-1].day}: {days[-1].share:.1%} at last, "
        f"{min(day.share for day in days):.1%} at least; "
        f"on {untold} of {counted(len(days), 'day')} some endpoints were inconclusive"
    )
    bars: list[str] = []
    for day in days:
        left = _LEFT + step * (date.fromisoformat(day.day) - first).days
        top = _y(day.share, 1)
        kind = "doubt" if day.inconclusive else "seen"
        size = f'width="{max(1.0, step - 1):.1f}" height="{_y(0, 1) - top:.1f}"'
        bars.append(f'<rect class="{kind}" x="{left:.1f}" y="{top:.1f}" {size}/>')
    return _framed(label, {0: "0 %", 0.5: "50 %", 1: "100 %"}, (days[0].day, days[-1].day), "".join(bars))


def _framed(label: str, marks: Mapping[float, str], days: tuple[str, str], body: str) -> str:
    most = max(marks)
    axis = "".join(
        f'<text x="{_LEFT - 6}" y="{_y(value, most) + 5:.0f}" class="number">{words}</text>'
        f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH}" y1="{_y(value, most):.0f}" y2="{_y(value, most):.0f}"/>'
        for value, words in marks.items()
    )
    ends = (
        f'<text x="{_LEFT}" y="{_HEIGHT - 4}">{escape(days[0])}</text>'
        f'<text x="{_WIDTH}" y="{_HEIGHT - 4}" class="number">{escape(days[1])}</text>'
    )
    return (
        f'<svg class="plot" role="img" aria-label="{escape(label)}" viewBox="0 0 {_WIDTH} {_HEIGHT}">'
        f'{axis}{body}{ends}</svg><p class="soft">{escape(label)}.</p>'
    )


def _points(below: Sequence[int], above: Sequence[int], most: int) -> str:
    places = range(len(above))
    there = [f"{_x(place, len(above)):.1f},{_y(above[place], most):.1f}" for place in places]
    back = [f"{_x(place, len(below)):.1f},{_y(below[place], most):.1f}" for place in reversed(places)]
    return " ".join((*there, *back))


def _x(place: int, count: int) -> float:
    return _LEFT + (_WIDTH - _LEFT) * (place / (count - 1) if count > 1 else 0.5)


def _y(value: float, most: float) -> float:
    return (_HEIGHT - _BOTTOM) * (1 - value / most) + _TOP * (value / most)
