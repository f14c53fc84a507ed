"""Runs as the world brings them: of other time zones, in shards, from two places, of another scope, broken off."""

from dataclasses import replace

import pytest

from scanner.core.finding import FindingState
from scanner.core.report import RunStatus
from scanner.history.store.ask import runs, story
from scanner.history.store.life import Shows
from scanner.history.store.prune import prune
from scanner.history.store.walk import Wanted, findings
from tests.history.store.told import HOSTS, add, found, time_of, told

ONE, TWO, THREE = HOSTS[:3]


def shows(store):
    with store.reading() as connection:
        return {held.place.partition(":")[0]: held.shows for held in findings(connection, Wanted())}


def events(store, fingerprint):
    with store.reading() as connection:
        return [(turn.value, at) for at, turn, _ in story(connection, fingerprint).events]


def at(report, started):
    return replace(report, run=replace(report.run, started=started, ended=started))


@pytest.mark.parametrize(
    "started", ["2026-11-02T08:00:00+02:00", "2026-11-01T18:30:00-11:30", "2026-11-02T06:00:00", "2026-11-02 06:00:00Z"]
)
def test_a_run_of_another_zone_has_its_place_in_time(store, started):
    add(store, told(1, found(ONE)), told(3, found(ONE)), at(told(2, name="zone"), started))
    assert events(store, found(ONE).fingerprint) == [
        ("new", time_of(1)), ("gone", "2026-11-02T06:00:00Z"), ("back", time_of(3)),
    ]  # fmt: skip


def test_a_clock_that_was_set_back_gives_a_run_its_place_before_the_others(store):
    add(store, told(5, found(ONE)), told(4), told(3, found(ONE)))
    assert events(store, found(ONE).fingerprint) == [("new", time_of(3)), ("gone", time_of(4)), ("back", time_of(5))]
    assert shows(store) == {ONE: Shows.OPEN}


def shard(report, number, of):
    options = dict(report.run.options) | {"shard": f"{number}/{of}"}
    return replace(report, run=replace(report.run, shard=f"{number}/{of}", options=options))


def test_shards_of_a_run_are_one_life(store):
    first = [
        shard(told(1, found(ONE), hosts=HOSTS[:4], name="run"), 1, 2),
        shard(told(1, hosts=HOSTS[4:], name="run"), 2, 2),
    ]
    add(store, *first)
    assert shows(store) == {ONE: Shows.OPEN}
    # The other shard of the next run says nothing of it; its own proves it gone.
    add(store, shard(told(2, hosts=HOSTS[4:], name="next"), 2, 2))
    assert shows(store) == {ONE: Shows.OPEN}
    add(store, shard(told(2, hosts=HOSTS[:4], name="next"), 1, 2))
    assert events(store, found(ONE).fingerprint) == [("new", time_of(1)), ("gone", time_of(2))]
    with store.reading() as connection:
        assert len(runs(connection)) == 4


def test_a_cut_into_other_shards_proves_nothing_of_what_it_may_not_have_planned(store):
    add(store, shard(told(1, found(ONE), name="run"), 1, 2), shard(told(2, hosts=HOSTS[4:], name="next"), 1, 3))
    assert shows(store) == {ONE: Shows.OPEN}


def test_a_finding_that_two_places_see_is_gone_when_each_has_proof(store):
    add(store, told(1, found(ONE), vantage="office"), told(1, found(ONE), vantage="dmz"), told(2, vantage="office"))
    assert shows(store) == {ONE: Shows.OPEN}
    add(store, told(3, silent=HOSTS, vantage="dmz"))
    assert shows(store) == {ONE: Shows.INCONCLUSIVE}
    add(store, told(4, vantage="dmz"))
    assert events(store, found(ONE).fingerprint)[-1] == ("gone", time_of(4))


def test_a_run_of_another_scope_says_nothing(store):
    add(
        store, told(1, found(ONE), found(TWO)), told(2, hosts=(THREE,)), told(3, found("10.9.9.9"), hosts=("10.9.9.9",))
    )
    assert shows(store) == {ONE: Shows.OPEN, TWO: Shows.OPEN, "10.9.9.9": Shows.OPEN}


def test_a_run_that_was_broken_off_proves_what_it_saw_and_no_more(store):
    whole = told(2, hosts=HOSTS)
    # It saw that the first host refuses, and never came to the second.
    half = replace(
        whole,
        run=replace(whole.run, status=RunStatus.INTERRUPTED),
        coverage=replace(
            whole.coverage, closed=1, closed_list=(f"{ONE}:6379",), unscanned=7,
            unscanned_list=tuple(f"{host}:6379: interrupted" for host in HOSTS[1:]),
        ),
    )  # fmt: skip
    add(store, told(1, found(ONE), found(TWO)), half)
    assert shows(store) == {TWO: Shows.INCONCLUSIVE, ONE: Shows.GONE}


def test_what_is_accepted_and_ignored_and_comes_back_is_one_life_after_a_pruning_too(store):
    accepted = found(ONE, state=FindingState.ACCEPTED, accepted_reason="until March")
    add(store, told(1, found(ONE)), told(2, accepted), told(3), told(4, accepted), told(5, found(ONE)))
    right = [("new", 1), ("accepted", 2), ("gone", 3), ("back", 4), ("lapsed", 5)]
    assert events(store, found(ONE).fingerprint) == [(turn, time_of(day)) for turn, day in right]
    prune(store, time_of(5))
    assert events(store, found(ONE).fingerprint) == [(turn, time_of(day)) for turn, day in right]
    add(store, told(6))
    prune(store, time_of(20))
    assert shows(store) == {}
    # What was forgotten begins anew.
    add(store, told(21, found(ONE)))
    assert events(store, found(ONE).fingerprint) == [("new", time_of(21))]
