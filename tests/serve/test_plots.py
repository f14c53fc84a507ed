from xml.etree import ElementTree as ET

from scanner.core.finding import Severity
from scanner.history.store.figures import Covered, Day
from scanner.serve.plots import coverage_plot, trend_plot


def svg_of(drawn):
    return ET.fromstring(drawn.partition("<p ")[0])


def day(number, **opened):
    counts = {severity: opened.get(severity.word, 0) for severity in reversed(Severity)}
    return Day(day=f"2026-11-{number:02}", open=counts, new=0, gone=0)


def test_a_plot_says_in_words_what_it_shows():
    drawn = trend_plot([day(1, high=2), day(2, high=1, critical=4), day(3)])
    element = svg_of(drawn)
    assert element.get("role") == "img"
    assert element.get("aria-label") == "Open findings from 2026-11-01 to 2026-11-03: 2 at first, 0 at last, 5 at most"
    assert [polygon.get("class") for polygon in element.iter("polygon")] == ["high", "critical"]


def test_areas_lie_on_each_other_and_inside():
    drawn = svg_of(trend_plot([day(1, high=1, critical=1), day(2, high=1, critical=1)]))
    high, critical = (
        [tuple(map(float, point.split(","))) for point in one.get("points").split()] for one in drawn.iter("polygon")
    )
    assert high[0][1] == critical[-1][1]
    assert all(0 <= x <= 720 and 0 <= y <= 240 for x, y in (*high, *critical))


def test_one_day_no_day_and_nothing_open_are_drawn_too():
    assert trend_plot([]) == ""
    for days in ([day(1, low=1)], [day(1), day(2)]):
        svg_of(trend_plot(days))


def test_a_day_on_which_somebody_looked_is_a_bar_of_what_was_looked_at():
    days = [Covered("2026-11-01", 1.0, 1, 0), Covered("2026-11-03", 0.5, 2, 7), Covered("2026-11-04", 1.0, 1, 0)]
    drawn = coverage_plot(days)
    element = svg_of(drawn)
    told = (
        "Looked at of what was planned from 2026-11-01 to 2026-11-04: 100.0% at last, 50.0% at least; "
        "on 1 of 3 days some endpoints were inconclusive"
    )
    assert element.get("aria-label") == told
    assert drawn.endswith(f'<p class="soft">{told}.</p>')
    bars = [(one.get("class"), float(one.get("x")), float(one.get("height"))) for one in element.iter("rect")]
    assert [kind for kind, _, _ in bars] == ["seen", "doubt", "seen"]
    # Nobody looked on the second day: there is a gap.
    assert bars[1][1] - bars[0][1] == 2 * (bars[2][1] - bars[1][1])
    assert bars[0][2] == bars[2][2] == 2 * bars[1][2]


def test_without_a_look_there_is_a_line():
    assert coverage_plot([]) == "<p>Nobody has looked in this time.</p>"
    svg_of(coverage_plot([Covered("2026-11-01", 0.0, 1, 0)]))
