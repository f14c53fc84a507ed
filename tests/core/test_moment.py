from datetime import UTC, datetime, timedelta, timezone

import pytest

from scanner.core.moment import seconds_between, utc_of, utc_text


@pytest.mark.parametrize(
    ("text", "time"),
    [("2026-11-01T06:00:00Z", "2026-11-01T06:00:00Z"), ("2026-11-01T06:00:00+02:00", "2026-11-01T04:00:00Z"),
     ("2026-11-01T06:00:00.75", "2026-11-01T06:00:00Z"), ("0999-01-01", "0999-01-01T00:00:00Z")],
)  # fmt: skip
def test_times_are_brought_to_one_form(text, time):
    assert utc_of(text) == time


def test_a_time_is_told_in_utc_whatever_its_zone():
    assert utc_text(datetime(2026, 11, 1, 6, tzinfo=timezone(timedelta(hours=-3)))) == "2026-11-01T09:00:00Z"
    with pytest.raises(OverflowError):
        utc_text(datetime.min.replace(tzinfo=UTC).replace(tzinfo=timezone(timedelta(hours=3))))


def test_no_time_runs_backwards():
    assert seconds_between("2026-11-02T00:00:00Z", "2026-11-01T00:00:00Z") == 0
    assert seconds_between("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z") == 86_400
