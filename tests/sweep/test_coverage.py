from types import SimpleNamespace

import pytest

from scanner.core.intervals import Intervals
from scanner.core.plan import Target
from scanner.sweep.coverage import SILENT_WORDS, coverage_of, silent_targets
from scanner.sweep.engine import MOST_UNSCANNED_LINES, Tally
from tests.sweep.jobs import make_plan

PLAN = make_plan("10.0.0.0/29", [80, 81])


def test_counts_are_told_as_they_stand():
    tally = Tally(planned=16, open=1, closed=2, filtered=3, unreachable=4, unscanned=6, estimated_loss=0.1)
    tally.unscanned_list = [f"line {number}" for number in range(MOST_UNSCANNED_LINES + 1)]
    tally.closed_list = ["10.0.0.1:80", "10.0.0.1:81"]
    told = coverage_of(PLAN, tally)
    assert (told.addresses, told.ports, told.endpoints_planned) == (8, 2, 16)
    assert (told.open, told.closed, told.filtered, told.unreachable, told.unscanned) == (1, 2, 3, 4, 6)
    assert len(told.unscanned_list) == MOST_UNSCANNED_LINES
    assert told.closed_list == ("10.0.0.1:80", "10.0.0.1:81")
    assert told.estimated_loss == 0.1


def test_a_list_of_closed_ports_that_is_not_whole_is_left_out():
    tally = Tally(planned=16, closed=3, closed_list=["10.0.0.1:80"])
    assert coverage_of(PLAN, tally).closed_list == ()


def test_living_hosts_are_counted_beyond_those_that_are_named():
    assert coverage_of(PLAN, Tally(alive={1, 2, 3})).hosts_alive == 3
    assert coverage_of(PLAN, Tally(alive={1, 2, 3}, hosts_alive=9)).hosts_alive == 9


@pytest.mark.parametrize(
    ("tally", "shards", "silent"),
    [
        (Tally(alive={5}, hosts_alive=1), 1, ["six"]),
        (Tally(alive={5, 6}, hosts_alive=2), 1, []),
        (Tally(alive={5}, hosts_alive=2), 1, []),
        (Tally(alive={5}, hosts_alive=1), 2, ["six"]),
    ],
    ids=["one silent", "none silent", "too many to name", "another shard may have met it"],
)
def test_only_a_target_that_was_named_alone_and_never_answered_is_silent(tally, shards, silent):
    targets = [
        Target(text="five", addresses=Intervals([(5, 5)])),
        Target(text="six", addresses=Intervals([(6, 6)])),
        Target(text="many", addresses=Intervals([(20, 29)])),
    ]
    plan = SimpleNamespace(targets=targets, shard=SimpleNamespace(count=shards))
    found = list(silent_targets(plan, tally))
    assert [problem.where for problem in found] == silent
    # Another shard may have met it: the merge decides whether that leaves a gap.
    assert all(problem.kind.leaves_gap is (shards == 1) for problem in found)


@pytest.mark.parametrize(
    ("shard", "closed", "kinds"), [((1, 1), 0, ["nothing-answered"]), ((1, 1), 1, []), ((1, 2), 0, [])]
)
def test_whole_networks_that_give_no_answer_are_a_gap(shard, closed, kinds):
    plan = make_plan("10.0.0.0/24", [80], shard=shard)
    found = silent_targets(plan, Tally(planned=256, filtered=256 - closed, closed=closed))
    assert [problem.kind for problem in found] == kinds


@pytest.mark.parametrize(
    ("typed", "port", "told"),
    [
        ("fd00::1:6379", None, "; if 6379 is meant to be a port, write [fd00::1]:6379"),
        ("fd00::1", None, ""),
        ("fd00::6379", None, ""),
        ("fd00::1:beef", None, ""),
        ("[fd00::1]:6379", 6379, ""),
        ("10.0.0.1:6379", 6379, ""),
    ],
)
def test_an_ipv6_address_that_may_have_been_meant_with_a_port_is_silent_with_a_hint(typed, port, told):
    target = Target(text=typed, addresses=Intervals([(5, 5)]), port=port)
    plan = SimpleNamespace(targets=[target], shard=SimpleNamespace(count=1))
    (problem,) = silent_targets(plan, Tally(planned=1, filtered=1))
    assert problem.detail == SILENT_WORDS + told
