import shutil
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from scanner.core.finding import Severity
from scanner.findings.identity import Identity
from scanner.history.store.ask import story
from scanner.history.store.figures import trend
from scanner.history.store.life import Shows
from scanner.history.store.open import Store
from scanner.history.store.place import read_place
from scanner.history.store.refill import refill
from scanner.history.store.tables import closed, daily, endpoint, sought, standing
from scanner.history.store.walk import Wanted, findings
from tests.history.store.told import HOSTS, add, found, lives, time_of, told, turns

ONE, TWO, THREE = HOSTS[:3]


def derived(store):
    with store.reading() as connection:
        tables = (standing, closed, sought, endpoint)
        return [sorted(map(repr, connection.execute(select(table)))) for table in tables], lives(store)


LOOKS = st.sampled_from(["seen", "critical", "refused", "protected", "silent", "elsewhere"])


def run_of(day, look, vantage):
    more = {"seen": {}, "critical": {}, "refused": {}, "protected": {"protected": (ONE,)}, "silent": {"silent": (ONE,)},
            "elsewhere": {"hosts": (TWO, THREE)}}[look]  # fmt: skip
    seen = {"seen": [found(ONE)], "critical": [found(ONE, severity=Severity.CRITICAL)]}.get(look, [])
    return told(day, *seen, vantage=vantage, **more)


@settings(max_examples=20)
@example((list(zip(["refused", "seen", "refused", "seen", "refused"], [None] * 5, strict=True)), [1, 4, 0, 2, 3]))
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
                kept = derived(store)
                with store.writing() as connection:
                    refill(connection)
                # What is kept up with each run is what a count of everything gives.
                assert kept == derived(store)
                stories.append((lives(store), turns(store, f"{ONE}:6379"), counts, days))
    assert stories[0] == stories[1]


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


def test_two_vantage_points_are_one_life_that_ends_when_both_prove_it(store):
    add(store, told(1, found(ONE), vantage="office"), told(1, found(ONE), vantage="dmz"), told(2, vantage="office"))
    assert lives(store)[f"{ONE}:6379"][0] is Shows.OPEN
    add(store, told(3, vantage="dmz"))
    assert turns(store, f"{ONE}:6379") == ["new:11-01", "gone:11-03"]
