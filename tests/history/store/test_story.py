"""The same story in a file and in a real PostgreSQL: thirty runs, and every question answered."""

from scanner.core.finding import Severity
from scanner.history.store.ask import latest_run, open_by_severity, runs
from scanner.history.store.assets import assets
from scanner.history.store.figures import By, fix_times, trend
from scanner.history.store.life import Shows
from scanner.history.store.metrics import exposition
from scanner.history.store.walk import Wanted, counted, findings
from tests.history.store.told import ACCEPTED, FIXED, FLAPS, GROWS, LATE, NOW, STAYS, VANISHES, happened, time_of


def test_thirty_runs_and_every_question(filled):
    with filled.reading() as connection:
        assert happened(connection, STAYS) == ["new:01"]
        assert happened(connection, FIXED) == ["new:01", "gone:10"]
        assert happened(connection, FLAPS) == [
            "new:01",
            "gone:05",
            "back:10",
            "gone:15",
            "back:20",
            "gone:25",
            "back:30",
        ]
        assert happened(connection, VANISHES) == ["new:01", "inconclusive:15"]
        assert happened(connection, GROWS) == ["new:01", "changed:20"]
        assert happened(connection, "10.0.0.99") == ["new:01"]
        assert happened(connection, ACCEPTED) == ["new:01", "accepted:05"]
        assert [held.place for held in findings(connection, Wanted(since=time_of(28)))] == [
            f"{FLAPS}:6379",
            f"{LATE}:6379",
        ]
        assert [held.place for held in findings(connection, Wanted(shows=(Shows.GONE,)))] == [f"{FIXED}:6379"]
        assert [held.place for held in findings(connection, Wanted(shows=(Shows.INCONCLUSIVE,)))] == [
            f"{VANISHES}:6379"
        ]
        assert [held.place for held in findings(connection, Wanted(owner="ops"))] == [f"{STAYS}:6379"]
        assert counted(connection, Wanted(accepted=True)) == 1
        assert next(iter(findings(connection, Wanted()))).place == f"{GROWS}:6379"
        assert open_by_severity(connection)[Severity.CRITICAL] == 1
        assert [len(runs(connection)), latest_run(connection).run_id] == [30, "run-30-"]
        assert len(assets(connection, size=100)[0]) == 9
        days = {day.day[8:]: day for day in trend(connection, "2026-11-01", "2026-11-30")}
        assert [sum(days[day].open.values()) for day in ("01", "05", "10", "28", "30")] == [7, 6, 6, 6, 7]
        assert (days["20"].open[Severity.CRITICAL], days["20"].new, days["25"].gone) == (1, 1, 1)
        (high,) = [line for line in fix_times(connection, By.SEVERITY) if line.fixed]
        assert (high.fixed, high.median_s, high.open, high.oldest) == (1, 9 * 86_400, 6, time_of(1))
        assert {line.group: line.open for line in fix_times(connection, By.OWNER)} == {"": 6, "ops": 1, "web": 0}
        text = exposition(connection, NOW)
    assert 'exposure_findings_open{severity="critical",accepted="false"} 1\n' in text
    assert 'exposure_findings_total{turn="new"} 8\n' in text
    assert "exposure_findings_inconclusive 1\n" in text
    assert "10.0.0" not in text
