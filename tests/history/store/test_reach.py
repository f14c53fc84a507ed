from dataclasses import replace

import pytest

from scanner.history.store import reach
from scanner.history.store.add import add_run
from scanner.history.store.reach import open_before
from tests.history.store.told import HOSTS, NOW, found, time_of, told

ELSEWHERE = ("10.9.0.1", "10.9.0.2")


@pytest.fixture
def two_networks(store):
    add_run(store, told(1, *map(found, HOSTS)), NOW)
    add_run(store, told(1, *map(found, ELSEWHERE), hosts=ELSEWHERE, name="other"), NOW)
    return store


def reached(store, report, day=2):
    with store.reading() as connection:
        return [row.place.partition(":")[0] for row in open_before(connection, report, time_of(day), set())]


def test_a_run_reaches_what_it_planned_and_what_it_has_a_row_of(two_networks):
    assert reached(two_networks, told(2)) == list(HOSTS)
    assert reached(two_networks, told(2, hosts=HOSTS[:2])) == list(HOSTS[:2])
    assert reached(two_networks, told(2, protected=ELSEWHERE[:1], hosts=HOSTS[:1])) == [HOSTS[0], ELSEWHERE[0]]


def test_so_many_ranges_that_all_is_gone_through_reach_as_much(two_networks, monkeypatch):
    monkeypatch.setattr(reach, "_MOST_SPANS", 0)
    assert set(reached(two_networks, told(2, hosts=HOSTS[:1]))) == {*HOSTS, *ELSEWHERE}


def test_a_run_that_does_not_say_what_it_planned_reaches_what_runs_of_its_options_saw(two_networks):
    targets = {"targets": ["10.0.0.0/24"]}
    first = told(1, found("10.0.0.200"), hosts=("10.0.0.200",), name="first")
    add_run(two_networks, replace(first, run=replace(first.run, options=targets)), NOW)
    unknown = told(2, protected=ELSEWHERE[:1])
    report = replace(unknown, run=replace(unknown.run, options=targets))
    assert reached(two_networks, report) == [ELSEWHERE[0], "10.0.0.200"]


def test_what_was_open_then_counts_and_not_what_is_open_now(two_networks):
    add_run(two_networks, told(5, *map(found, HOSTS[1:])), NOW)
    assert reached(two_networks, told(3), day=3) == list(HOSTS)
    assert reached(two_networks, told(6), day=6) == list(HOSTS[1:])
    assert reached(two_networks, told(0), day=0) == []
