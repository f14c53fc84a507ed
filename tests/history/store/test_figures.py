from dataclasses import replace

from scanner.core.finding import Severity
from scanner.history.store.figures import By, Covered, coverage, fix_times, trend
from tests.history.store.told import HOSTS, add, found, told
from tests.report import samples

ONE, TWO = HOSTS[:2]


def test_the_trend_is_what_was_open_at_the_end_of_each_day(store):
    worse = found(ONE, severity=Severity.CRITICAL)
    add(store, told(1, found(ONE), found(TWO)), told(2, worse, found(TWO)), told(3, found(TWO)), told(4, found(TWO)))
    with store.reading() as connection:
        days = list(trend(connection, "2026-11-01", "2026-11-04"))
    high, critical = samples.finding(ONE).severity, Severity.CRITICAL
    assert [(day.open[critical], day.open[high], day.new, day.gone) for day in days] == [
        (0, 2, 2, 0), (1, 1, 0, 0), (0, 1, 0, 1), (0, 1, 0, 0),
    ]  # fmt: skip


def test_a_quantile_is_a_time_that_was_needed(store):
    hosts = HOSTS
    add(store, told(1, *map(found, hosts)))
    for day in range(2, 10):
        add(store, told(day, *map(found, hosts[day - 1 :])))
    with store.reading() as connection:
        (line,) = fix_times(connection, By.RULE)
    # They took 1, 2, ... 8 days.
    assert (line.fixed, line.median_s, line.p90_s) == (8, 5 * 86_400, 8 * 86_400)
    assert (line.open, line.oldest) == (0, None)


def test_days_before_anybody_looked_are_no_days_without_findings(store):
    with store.reading() as connection:
        assert list(trend(connection, "2026-10-01", "2026-11-30")) == []
    add(store, told(3), told(4, found(ONE)))
    with store.reading() as connection:
        assert [(day.day, sum(day.open.values())) for day in trend(connection, "2026-10-01", "2026-11-04")] == [
            ("2026-11-03", 0), ("2026-11-04", 1),
        ]  # fmt: skip


def test_what_was_looked_at_is_told_by_the_day(store):
    half = told(3, found(ONE), vantage="dmz")
    half = replace(half, coverage=replace(half.coverage, closed=2, filtered=0, unscanned=5, inconclusive=1))
    add(store, told(1), told(3, found(ONE)), half)
    with store.reading() as connection:
        assert coverage(connection, "2026-11-01", "2026-11-03") == [
            Covered("2026-11-01", 1.0, 1, 0), Covered("2026-11-03", 11 / 16, 2, 1),
        ]  # fmt: skip
        assert [day.day for day in coverage(connection, "2026-11-02", "2026-11-03")] == ["2026-11-03"]
        assert coverage(connection, "2026-11-04", "2026-11-30") == []


def test_groups_come_with_what_waits_first(store):
    hosts = [found(host, owner=owner) for host, owner in zip(HOSTS, ("a", "b", "b", "", "c"), strict=False)]
    add(store, told(1, *hosts), told(2, *hosts[:4]))
    with store.reading() as connection:
        lines = fix_times(connection, By.OWNER)
    assert [(line.group, line.open, line.fixed, line.median_s) for line in lines] == [
        ("b", 2, 0, None), ("", 1, 0, None), ("a", 1, 0, None), ("c", 0, 1, 86_400),
    ]  # fmt: skip
