from xml.etree import ElementTree as ET

from scanner.core.finding import Severity
from scanner.history.store.figures import Day
from scanner.serve.plots import trend_plot


def day(number, **opened):
    counts = {severity: opened.get(severity.word, 0) for severity in reversed(Severity)}
    return Day(day=f"2026-11-{number:02}", open=counts, new=0, gone=0)


def test_a_plot_says_in_words_what_it_shows():
    drawn = trend_plot([day(1, high=2), day(2, high=1, critical=4), day(3)])
    element = ET.fromstring(drawn)
    assert element.get("role") == "img"
    assert element.get("aria-label") == "Open findings from 2026-11-01 to 2026-11-03: 2 at first, 0 at last, 5 at most"
    assert [polygon.get("class") for polygon in element.iter("polygon")] == ["high", "critical"]


def test_areas_lie_on_each_other_and_inside():
    drawn = ET.fromstring(trend_plot([day(1, high=1, critical=1), day(2, high=1, critical=1)]))
    high, critical = (
        [tuple(map(float, point.split(","))) for point in one.get("points").split()] for one in drawn.iter("polygon")
    )
    assert high[0][1] == critical[-1][1]
    assert all(0 <= x <= 720 and 0 <= y <= 220 for x, y in (*high, *critical))


def test_one_day_no_day_and_nothing_open_are_drawn_too():
    assert trend_plot([]) == ""
    for days in ([day(1, low=1)], [day(1), day(2)]):
        ET.fromstring(trend_plot(days))
