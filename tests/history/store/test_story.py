"""The same story in a file and in a real PostgreSQL: thirty runs, and every question answered."""

from dataclasses import replace

import pytest

from scanner.core.errors import UsageError
from scanner.core.finding import FindingState, Severity
from scanner.history.store.add import add_run
from scanner.history.store.ask import Wanted, assets, count, findings, latest_run, open_by_severity, runs, story
from scanner.history.store.figures import By, fix_times, trend
from scanner.history.store.life import Shows
from scanner.history.store.metrics import exposition
from scanner.history.store.open import Store
from scanner.history.store.place import read_place
from scanner.history.store.prune import prune
from tests.history.store.told import HOSTS, NOW, found, time_of, told

STAYS, FIXED, FLAPS, VANISHES, GROWS, MOVES, ACCEPTED, LATE = HOSTS
NAME = "e" * 64


def run_of(day):
    """What stood open on each of thirty days."""
    seen = [found(STAYS, owner="ops")]
    protected, silent = [], []
    if day < 10:
        seen.append(found(FIXED, owner="web"))
    else:
        protected.append(FIXED)
    if day % 10 < 5:
        seen.append(found(FLAPS))
    if day < 15:
        seen.append(found(VANISHES))
    else:
        silent.append(VANISHES)
    seen.append(found(GROWS, severity=Severity.CRITICAL if day >= 20 else Severity.MEDIUM))
    if day < 12:
        seen.append(found(MOVES, fingerprint="f" * 64, aliases=(NAME,)))
    else:
        seen.append(found("10.0.0.99", fingerprint="d" * 64, aliases=(NAME,)))
    decided = FindingState.ACCEPTED if day >= 5 else FindingState.NEW
    seen.append(found(ACCEPTED, state=decided, accepted_reason="mirror" if day >= 5 else None))
    if day >= 28:
        seen.append(found(LATE))
    return told(day, *seen, protected=protected, silent=silent, hosts=(*HOSTS, "10.0.0.99"))


@pytest.fixture
def filled(url):
    with Store(read_place(url)) as store:
        for day in range(1, 31):
            add_run(store, run_of(day), NOW)
        yield store


def happened(connection, place):
    (held,) = findings(connection, Wanted(text=f"{place}:"))
    return [f"{turn.value}:{at[8:10]}" for at, turn, _ in story(connection, held.fingerprint).events]


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
        assert count(connection, Wanted(accepted=True)) == 1
        assert next(iter(findings(connection, Wanted()))).place == f"{GROWS}:6379"
        assert open_by_severity(connection)[Severity.CRITICAL] == 1
        assert [len(runs(connection)), latest_run(connection).run_id] == [30, "run-30-"]
        assert len(assets(connection)) == 9
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


def test_what_is_long_over_is_forgotten_and_lives_stay(filled):
    with filled.reading() as connection:
        before = {
            held.fingerprint: story(connection, held.fingerprint).events for held in findings(connection, Wanted())
        }
        gone = next(iter(findings(connection, Wanted(shows=(Shows.GONE,))))).fingerprint
    pruned = prune(filled, time_of(25))
    assert (pruned.findings, pruned.looks > 100, pruned.runs > 10) == (1, True, True)
    with filled.reading() as connection:
        after = {
            held.fingerprint: story(connection, held.fingerprint).events for held in findings(connection, Wanted())
        }
    del before[gone]
    assert after == before
    # A run that comes late is still judged rightly: what changed a life was kept.
    late = replace(run_of(26), run=replace(run_of(26).run, id="late", started="2026-11-25T18:00:00Z"))
    add_run(filled, late, NOW)
    with filled.reading() as connection:
        assert happened(connection, FLAPS)[-2:] == ["gone:25", "back:30"]


@pytest.mark.parametrize(
    ("digits", "why"),
    [
        ("abc", "is no fingerprint"),
        ("nothexadecimal", "is no fingerprint"),
        ("0123456789", "no finding"),
        ("%" * 9, "is no"),
    ],
)
def test_a_finding_is_named_by_digits(store, digits, why):
    add_run(store, told(1, found(STAYS)), NOW)
    with store.reading() as connection, pytest.raises(UsageError, match=why):
        story(connection, digits)


def test_two_findings_of_one_beginning_need_more_digits(store):
    one, two = (found(host, fingerprint="ab" * 8 + digit * 48) for host, digit in ((STAYS, "1"), (FIXED, "2")))
    add_run(store, told(1, one, two), NOW)
    with store.reading() as connection:
        with pytest.raises(UsageError, match="several"):
            story(connection, "abababab")
        assert story(connection, "ab" * 8 + "2").held.place == f"{FIXED}:6379"


@pytest.mark.parametrize("text", ["%", "_", "/", "10.0.0._"])
def test_a_text_is_looked_for_as_it_stands(store, text):
    add_run(store, told(1, found(STAYS)), NOW)
    with store.reading() as connection:
        assert list(findings(connection, Wanted(text=text))) == []
