import itertools
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from scanner.core.errors import UsageError
from scanner.core.finding import Confidence, FindingState, Severity
from scanner.findings.identity import Identity
from scanner.history.store.add import add_run
from scanner.history.store.ask import Wanted, findings, story
from scanner.history.store.figures import trend
from scanner.history.store.life import Shows
from scanner.history.store.open import Store
from scanner.history.store.place import read_place
from scanner.history.store.tables import begun, daily, event, finding
from tests.history.store.told import HOSTS, NOW, found, time_of, told
from tests.report import samples

ONE, TWO, THREE = HOSTS[:3]


def lives(store):
    with store.reading() as connection:
        return {
            held.place: (held.shows, held.first_seen[8:10], held.last_seen[8:10], (held.gone_at or "")[8:10])
            for held in findings(connection, Wanted())
        }


def turns(store, place):
    with store.reading() as connection:
        rows = connection.execute(
            select(event.c.turn, event.c.at)
            .join(finding, finding.c.id == event.c.finding)
            .where(finding.c.place == place)
            .order_by(event.c.at, event.c.turn)
        )
        return [f"{turn}:{at[5:10]}" for turn, at in rows]


def add(store, *reports):
    return [add_run(store, report, NOW) for report in reports][-1]


def test_a_run_gives_its_findings_their_first_day(store):
    add(store, told(1, found(ONE)))
    added = add(store, told(2, found(ONE), found(TWO)))
    assert [one.first_seen for one in added.report.findings] == [time_of(1), time_of(2)]
    assert [(one.event.turn.value, one.place) for one in added.turned] == [("new", f"{TWO}:6379")]


@pytest.mark.parametrize(
    ("later", "shows"),
    [
        ({"protected": (ONE,)}, Shows.GONE),
        ({}, Shows.GONE),
        ({"silent": (ONE,)}, Shows.INCONCLUSIVE),
        # Other hosts refused, so the machine answers nobody: it may be down.
        ({"silent": HOSTS}, Shows.INCONCLUSIVE),
        ({"hosts": (TWO, THREE)}, Shows.OPEN),
    ],
)
def test_gone_is_what_is_proven_and_nothing_else(store, later, shows):
    add(store, told(1, found(ONE)), told(2, **later))
    assert lives(store)[f"{ONE}:6379"][0] is shows


def test_the_same_run_twice_changes_nothing(store):
    add(store, told(1, found(ONE)))
    again = add(store, told(1, found(ONE)))
    assert (again.was_there, again.turned, again.report.findings[0].first_seen) == (True, (), time_of(1))


def test_a_finding_that_moves_is_one_life_and_keeps_its_id(store):
    mine = Identity("a" * 64, ("c" * 64,))
    there = found(ONE, fingerprint=mine.fingerprint, aliases=mine.aliases)
    moved = found(TWO, fingerprint="b" * 64, aliases=mine.aliases)
    stranger = found(ONE, fingerprint="a" * 64, aliases=("d" * 64,))
    add(store, told(1, there))
    added = add(store, told(2, moved, stranger))
    assert [(one.fingerprint[0], one.first_seen) for one in added.report.findings] == [
        ("a", time_of(1)),
        ("d", time_of(2)),
    ]
    with store.reading() as connection:
        assert [held.place for held in findings(connection, Wanted(since=time_of(1)))] == [f"{TWO}:6379", f"{ONE}:6379"]
        assert story(connection, "bbbbbbbb").held.first_seen == time_of(1)


def test_what_people_decided_is_another_column_than_what_is_seen(store):
    accepted = found(ONE, state=FindingState.ACCEPTED, accepted_reason="public mirror")
    add(store, told(1, found(ONE)), told(2, accepted), told(3, silent=(ONE,)))
    with store.reading() as connection:
        (held,) = findings(connection, Wanted())
    assert (held.shows, held.accepted, held.accepted_reason) == (Shows.INCONCLUSIVE, True, "public mirror")


def test_two_vantage_points_are_one_life_that_ends_when_both_prove_it(store):
    add(store, told(1, found(ONE), vantage="office"), told(1, found(ONE), vantage="dmz"), told(2, vantage="office"))
    assert lives(store)[f"{ONE}:6379"][0] is Shows.OPEN
    add(store, told(3, vantage="dmz"))
    assert turns(store, f"{ONE}:6379") == ["new:11-01", "gone:11-03"]


def test_a_prediction_is_not_taken_in(store):
    predicted = found(ONE, confidence=Confidence.PREDICTED)
    with pytest.raises(UsageError, match="a history keeps what was seen"):
        add(store, told(1, predicted))
    wrong = told(1, found(ONE))
    with pytest.raises(UsageError, match="no time"):
        add(store, replace(wrong, run=replace(wrong.run, started="yesterday")))


def test_a_run_whose_writer_died_is_named_by_the_next(store, monkeypatch):
    def dies(self):
        raise KeyboardInterrupt

    monkeypatch.setattr("scanner.history.store.writer.Writer.missing", dies)
    with pytest.raises(KeyboardInterrupt):
        add(store, told(1, found(ONE)))
    monkeypatch.undo()
    monkeypatch.setattr("scanner.history.store.begun.os.getpid", lambda: 2**22 + 1)
    assert lives(store) == {}
    with store.writing() as connection:
        connection.execute(begun.update().values(pid=2**22 + 2))
    assert add(store, told(2, found(TWO))).lost == ("run-1-",)
    assert add(store, told(3, found(TWO))).lost == ()


LOOKS = st.sampled_from(["seen", "critical", "refused", "protected", "silent", "elsewhere"])


def run_of(day, look, vantage):
    more = {"seen": {}, "critical": {}, "refused": {}, "protected": {"protected": (ONE,)}, "silent": {"silent": (ONE,)},
            "elsewhere": {"hosts": (TWO, THREE)}}[look]  # fmt: skip
    seen = {"seen": [found(ONE)], "critical": [found(ONE, severity=Severity.CRITICAL)]}.get(look, [])
    return told(day, *seen, vantage=vantage, **more)


@settings(max_examples=20)
@given(
    st.lists(st.tuples(LOOKS, st.sampled_from([None, "dmz"])), min_size=1, max_size=5).flatmap(
        lambda looks: st.tuples(st.just(looks), st.permutations(range(len(looks))))
    )
)
def test_runs_may_be_added_in_any_order(empty_file, looks_and_order):
    looks, order = looks_and_order
    runs = [run_of(day, look, vantage) for day, (look, vantage) in enumerate(looks, start=1)]
    stories = []
    with tempfile.TemporaryDirectory() as folder:
        for name, row in (("a.db", range(len(runs))), ("b.db", order)):
            path = Path(folder) / name
            shutil.copyfile(empty_file, path)
            with Store(read_place(str(path))) as store:
                for number in row:
                    add(store, runs[number])
                with store.reading() as connection:
                    counts = connection.execute(select(daily).where(daily.c.count != 0).order_by(*daily.c)).all()
                    days = list(trend(connection, "2026-10-30", "2026-11-08"))
                stories.append((lives(store), turns(store, f"{ONE}:6379"), counts, days))
    assert stories[0] == stories[1]


def test_the_trend_is_what_was_open_at_the_end_of_each_day(store):
    worse = found(ONE, severity=Severity.CRITICAL)
    add(store, told(1, found(ONE), found(TWO)), told(2, worse, found(TWO)), told(3, found(TWO)), told(4, found(TWO)))
    with store.reading() as connection:
        days = list(trend(connection, "2026-11-01", "2026-11-04"))
    high, critical = samples.finding(ONE).severity, Severity.CRITICAL
    assert [(day.open[critical], day.open[high], day.new, day.gone) for day in days] == [
        (0, 2, 2, 0), (1, 1, 0, 0), (0, 1, 0, 1), (0, 1, 0, 0),
    ]  # fmt: skip


def test_many_findings_are_added_and_found_again(store):
    hosts = [f"10.{a}.{b}.1" for a, b in itertools.product(range(3), range(200))]
    many = [found(host) for host in hosts]
    add(store, told(1, *many, hosts=tuple(hosts)))
    added = add(store, told(2, *many[1:], hosts=tuple(hosts)))
    assert {one.first_seen for one in added.report.findings} == {time_of(1)}
    assert [one.place for one in added.turned] == [f"{hosts[0]}:6379"]
