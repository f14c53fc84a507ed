from types import SimpleNamespace

import pytest

from scanner.core.intervals import Intervals
from scanner.sweep.coverage import coverage_of, silent_targets
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
        SimpleNamespace(text="five", addresses=Intervals([(5, 5)])),
        SimpleNamespace(text="six", addresses=Intervals([(6, 6)])),
        SimpleNamespace(text="many", addresses=Intervals([(20, 29)])),
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
