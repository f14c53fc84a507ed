from scanner.core.finding import Severity
from scanner.history.answers import DAY_COLUMNS, day_row, fix_columns, fix_row, objects
from scanner.history.store.figures import Day, FixTime


def test_a_day_and_fix_times_are_told_under_their_columns():
    counts = {severity: int(severity) for severity in reversed(Severity)}
    (day,) = objects(DAY_COLUMNS, [day_row(Day(day="2026-11-28", open=counts, new=7, gone=8))])
    assert day == {"day": "2026-11-28", **{one.word: int(one) for one in Severity}, "new": 7, "gone": 8}
    line = FixTime(group="ops", fixed=1, median_s=2.0, p90_s=3.0, open=4, oldest="2026-11-01T00:00:00Z")
    (told,) = objects(fix_columns("owner"), [fix_row(line)])
    assert (told["owner"], told["open"], told["oldest_open_since"]) == ("ops", 4, "2026-11-01T00:00:00Z")
