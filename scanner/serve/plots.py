"""The trend as inline SVG: what was open at the end of each day, one area for each severity on the other."""

from collections.abc import Sequence
from html import escape

from scanner.core.finding import Severity
from scanner.history.store.figures import Day

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 720, 220, 44, 24


def trend_plot(days: Sequence[Day]) -> str:
    """Return an SVG element; its label tells the first, the last and the highest number."""
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
    axis = "".join(
        f'<text x="{_LEFT - 6}" y="{_y(value, most) + 5:.0f}" class="number">{value:,}</text>'
        f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH}" y1="{_y(value, most):.0f}" y2="{_y(value, most):.0f}"/>'
        for value in sorted({0, most // 2, most})
    )
    ends = (
        f'<text x="{_LEFT}" y="{_HEIGHT - 4}">{escape(days[0].day)}</text>'
        f'<text x="{_WIDTH}" y="{_HEIGHT - 4}" class="number">{escape(days[-1].day)}</text>'
    )
    return (
        f'<svg class="plot" role="img" aria-label="{escape(label)}" viewBox="0 0 {_WIDTH} {_HEIGHT}">'
        f"{axis}{''.join(areas)}{ends}</svg>"
    )


def _points(below: Sequence[int], above: Sequence[int], most: int) -> str:
    places = range(len(above))
    there = [f"{_x(place, len(above)):.1f},{_y(above[place], most):.1f}" for place in places]
    back = [f"{_x(place, len(below)):.1f},{_y(below[place], most):.1f}" for place in reversed(places)]
    return " ".join((*there, *back))


def _x(place: int, count: int) -> float:
    return _LEFT + (_WIDTH - _LEFT) * (place / (count - 1) if count > 1 else 0.5)


def _y(value: int, most: int) -> float:
    return (_HEIGHT - _BOTTOM) * (1 - value / most) + 4 * (value / most)
