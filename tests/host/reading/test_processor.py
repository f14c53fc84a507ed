import pytest

from scanner.host.reading.processor import Sample, sample, shares, use
from scanner.host.reading.procfs import Stat

TICKS = 100
"""A second of processor time; SC_CLK_TCK is 100 on every Linux."""


def stat(ticks, started=0):
    return Stat("x", "S", 1, 0, ticks, started)


def at(uptime, busy=0.0, **ticks):
    return Sample(uptime, busy, {int(pid[1:]): value for pid, value in ticks.items()})


@pytest.mark.parametrize(
    ("first", "second", "recent", "life", "of_all"),
    [
        (at(100, 0, p7=stat(0)), at(110, 10, p7=stat(10 * TICKS)), 1.0, 10 / 110, 1.0),
        (at(100, 0, p7=stat(0)), at(110, 20, p7=stat(5 * TICKS)), 0.5, 5 / 110, 0.25),
        (at(100, 0, p7=stat(9)), at(110, 20, p7=stat(9)), 0.0, 0.09 / 110, 0.0),
        # Counters of another namespace may say less than the process alone spent; no share is above what it was.
        (at(100, 0, p7=stat(0)), at(110, 0, p7=stat(10 * TICKS)), 1.0, 10 / 110, 1.0),
    ],
)
def test_use_is_a_share_of_one_processor(first, second, recent, life, of_all):
    found = use(7, first, second)
    assert (found.recent, found.life, found.of_all_recent) == pytest.approx((recent, life, of_all))
    assert found.age_s == 110


def test_a_counter_that_went_back_is_nothing_spent():
    assert use(7, at(100, p7=stat(50)), at(110, 10, p7=stat(40))).recent == 0.0


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (at(100), at(110, p7=stat(1))),
        (at(100, p7=stat(1)), at(110)),
        (at(100, p7=stat(1, started=5)), at(110, p7=stat(2, started=6))),
        (at(0, p7=stat(1)), at(0, p7=stat(2))),
    ],
)
def test_what_is_not_the_same_process_in_both_has_no_use(first, second):
    assert use(7, first, second) is None


def test_two_samples_at_one_moment_divide_by_a_tick():
    found = shares(0.5, 0.5, 1.0, at(100, 5), at(100, 5))
    assert (found.recent, found.of_all_recent) == (50.0, 1.0)


@pytest.mark.parametrize(
    ("line", "busy"),
    [("cpu  100 200 300 9000 9000 1 2 3 50 60\n", 6.06), ("cpu\n", 0.0), ("", 0.0), ("cpu x 100 -5\n", 1.0)],
)
def test_idle_and_waiting_are_not_spent_and_guests_not_twice(tmp_path, line, busy):
    (tmp_path / "stat").write_text(line + "cpu0 9 9 9\n" * bool(line))
    (tmp_path / "uptime").write_text("12.5 3.0\n")
    found = sample(str(tmp_path), {})
    assert (found.uptime_s, found.busy_s) == pytest.approx((12.5, busy))


def test_counters_that_can_not_be_read_are_zero(tmp_path):
    assert sample(str(tmp_path), {}) == Sample(0.0, 0.0, {})
