import itertools
from dataclasses import replace

import pytest

from scanner.core.errors import UsageError
from scanner.core.finding import Confidence, FindingState
from scanner.history.store.add import add_run
from scanner.history.store.assets import assets
from scanner.history.store.life import Shows
from scanner.history.store.walk import Wanted, findings
from tests.history.store.told import HOSTS, add, found, lives, time_of, told

ONE, TWO, THREE = HOSTS[:3]


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


@pytest.mark.parametrize("days", [(1, 2, 3), (2, 3, 1), (3, 1, 2)])
def test_an_endpoint_is_told_as_it_was_seen_last_in_whatever_order_runs_come(store, days):
    for day in days:
        add(store, told(day, found(ONE)) if day < 3 else told(day, protected=(ONE,)))
    with store.reading() as connection:
        (row,), _ = assets(connection, size=10)
    assert (row.first_seen, row.last_seen, row.status) == (time_of(1), time_of(3), "protected")


def test_the_same_run_twice_changes_nothing(store):
    add(store, told(1, found(ONE)))
    again = add(store, told(1, found(ONE)))
    assert (again.was_there, again.turned, again.report.findings[0].first_seen) == (True, (), time_of(1))


def test_what_people_decided_is_another_column_than_what_is_seen(store):
    accepted = found(ONE, state=FindingState.ACCEPTED, accepted_reason="public mirror")
    add(store, told(1, found(ONE)), told(2, accepted), told(3, silent=(ONE,)))
    with store.reading() as connection:
        (held,) = findings(connection, Wanted())
    assert (held.shows, held.accepted, held.accepted_reason) == (Shows.INCONCLUSIVE, True, "public mirror")


def test_a_prediction_is_not_taken_in(store):
    predicted = found(ONE, confidence=Confidence.PREDICTED)
    with pytest.raises(UsageError, match="a history keeps what was seen"):
        add(store, told(1, predicted))
    wrong = told(1, found(ONE))
    with pytest.raises(UsageError, match="no time"):
        add(store, replace(wrong, run=replace(wrong.run, started="yesterday")))


def test_a_run_that_has_yet_to_come_is_refused(store):
    """What it calls gone would stay gone, whatever is seen until then."""
    add_run(store, told(1, found(ONE)), time_of(2))
    with pytest.raises(UsageError, match="still to come"):
        add_run(store, told(900), time_of(2))
    add_run(store, told(3, found(ONE)), time_of(4))
    assert lives(store)[f"{ONE}:6379"][0] is Shows.OPEN


def test_one_id_twice_is_a_fault_of_the_report_and_not_of_the_history(store):
    with pytest.raises(UsageError, match="two findings of one id"):
        add(store, told(1, found(ONE), found(ONE)))
    assert add(store, told(2, found(ONE))).lost == ()


def test_many_findings_are_added_and_found_again(store):
    hosts = [f"10.{a}.{b}.1" for a, b in itertools.product(range(3), range(200))]
    many = [found(host) for host in hosts]
    add(store, told(1, *many, hosts=tuple(hosts)))
    added = add(store, told(2, *many[1:], hosts=tuple(hosts)))
    assert {one.first_seen for one in added.report.findings} == {time_of(1)}
    assert [one.place for one in added.turned] == [f"{hosts[0]}:6379"]
