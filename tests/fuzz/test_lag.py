from contextlib import nullcontext
from itertools import chain
from types import SimpleNamespace

import pytest

from tests.fuzz import lag

UNIT = lag._UNIT_S


def readings(monkeypatch, *spent_s):
    times = chain.from_iterable((0.0, one) for one in spent_s)
    monkeypatch.setattr(lag, "time", SimpleNamespace(thread_time=times.__next__))


@pytest.mark.parametrize(
    ("spent_s", "expected_s"),
    [
        ([0.01], 0.01),
        ([0.08, 0.08, UNIT, 0.08, UNIT], 0.08),
        ([0.08, 0.08, 2 * UNIT, 0.09, 2 * UNIT], 0.04),
        ([0.08, 0.02, UNIT], 0.02),
    ],
)
def test_what_seems_slow_is_measured_beside_work_of_known_length(monkeypatch, spent_s, expected_s):
    readings(monkeypatch, *spent_s)
    assert lag.lag_s(lambda: None) == pytest.approx(expected_s)


def test_what_is_raised_is_timed_all_the_same(monkeypatch):
    readings(monkeypatch, 0.01)
    assert lag.lag_s(lambda: 1 / 0) == 0.01


def test_a_watch_barks_at_what_is_slow_here_and_on_a_machine_at_rest(monkeypatch):
    for spent_s, unit_s, barks in ((0.04, UNIT, False), (0.15, UNIT, True), (0.15, 2 * UNIT, False)):
        readings(monkeypatch, spent_s, unit_s)
        with pytest.raises(AssertionError, match="in one go") if barks else nullcontext(), lag.watched("toy"):
            pass


def test_a_quadratic_reader_is_caught():
    def quadratic(text=b"x" * 40_000):
        for number in range(len(text)):
            bytes(text[:number]).count(b"x")

    assert lag.lag_s(quadratic) > lag.LONGEST_S
