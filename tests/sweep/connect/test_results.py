import asyncio

import pytest

from scanner.core.event import PortEvent, PortState
from scanner.core.ports import LAST_PORT, Transport
from scanner.sweep.connect.order import Slot
from scanner.sweep.connect.results import BATCH_SIZE, Results
from scanner.sweep.connect.resume_pages import ResumePages
from scanner.sweep.engine import MOST_CLOSED_LINES, MOST_UNSCANNED_LINES, Checkpoint
from tests.sweep.jobs import make_job, make_plan, numbers_of

FIRST = numbers_of("10.0.0.0/24").at(0)


def slot(position: int, key: int = 80) -> Slot:
    return Slot(position, FIRST + position, key)


def make(planned: int = 10, resume_pages: ResumePages | None = None):
    job = make_job(make_plan("10.0.0.0/24", [80]))
    job.tally.planned = planned
    return job, Results(job, resume_pages)


def counts(tally) -> tuple[int, int, int, int]:
    return tally.open, tally.closed, tally.filtered, tally.unreachable


def test_each_state_has_its_own_count():
    job, results = make()
    states = (PortState.OPEN, PortState.CLOSED, PortState.CLOSED, PortState.UNREACHABLE)
    for position, state in enumerate(states):
        results.settle(1, slot(position), state)
    results.silent(1, slot(4), final=True)
    results.closed([slot(5), slot(6)])
    assert counts(job.tally) == (1, 4, 1, 1)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (PortState.OPEN, (1, 0, 0, 0)),
        (PortState.CLOSED, (0, 1, 0, 0)),
        (PortState.UNREACHABLE, (0, 0, 0, 1)),
        (PortState.FILTERED, (0, 0, 1, 0)),
    ],
)
def test_a_silent_port_that_a_later_attempt_settles_is_moved_and_not_counted_twice(state, expected):
    job, results = make()
    results.silent(1, slot(0), final=False)
    assert job.tally.filtered == 1
    results.silent(2, slot(0), final=False)
    results.settle(3, slot(0), state)
    assert counts(job.tally) == expected


def test_closed_ports_are_named_while_they_are_few():
    job, results = make()
    results.settle(1, slot(1), PortState.CLOSED)
    results.closed([slot(2, LAST_PORT + 1 + 53)])
    assert job.tally.closed_list == ["10.0.0.1:80", "10.0.0.2:53/udp"]
    job, results = make(planned=MOST_CLOSED_LINES + 1)
    results.settle(1, slot(1), PortState.CLOSED)
    assert job.tally.closed_list == []


def test_open_ports_are_handed_over_in_batches():
    job, results = make()
    for position in range(BATCH_SIZE + 1):
        results.settle(1, Slot(position, FIRST, position + 1), PortState.OPEN, 0.25)
    results.close(complete=False)

    async def read():
        return [batch async for batch in job.events]

    batches = asyncio.run(read())
    assert [len(batch) for batch in batches] == [BATCH_SIZE, 1]
    assert batches[0][0] == PortEvent(FIRST, 1, Transport.TCP, PortState.OPEN, 0.25)


def test_what_was_given_up_is_unscanned_with_its_reason():
    job, results = make(planned=3)
    results.settle(1, slot(0), PortState.CLOSED)
    results.give_up(1, slot(1), "no route")
    results.silent(1, slot(2), final=False)
    results.give_up(2, slot(2), "no route")
    results.close(complete=True)
    assert (job.tally.unscanned, job.tally.filtered) == (1, 1)
    assert job.tally.unscanned_list == ["10.0.0.1:80: no route"]
    assert [problem.detail for problem in job.tally.problems] == ["1 endpoint was not looked at: no route"]


def test_silence_that_came_to_mean_nothing_is_asked_from_the_first_attempt_by_a_resumed_run():
    pages = ResumePages(3)
    job, results = make(planned=3, resume_pages=pages)
    for position in range(3):
        results.silent(1, slot(position), final=False)
    first = results.checkpoint(pages)
    results.doubt(2, slot(1), "the host fell silent")
    last = results.checkpoint(pages)
    resumed = ResumePages(3, last.low_water, first.pages | last.pages)
    assert (last.filtered, [resumed.was_silent(position) for position in range(3)]) == (2, [True, False, True])

    job, results = make(planned=3, resume_pages=resumed)
    results.replay(last)
    for attempt, position in ((2, 0), (1, 1), (2, 2)):
        results.settle(attempt, slot(position), PortState.CLOSED)
    results.close(complete=True)
    assert (counts(job.tally), job.tally.problems) == ((0, 3, 0, 0), [])


def test_a_run_that_ends_early_says_how_many_it_did_not_reach():
    job, results = make(planned=5)
    results.settle(1, slot(0), PortState.CLOSED)
    for position in range(MOST_UNSCANNED_LINES):
        results._tally.unscanned_list.append(f"line {position}")
    results.close(complete=False)
    assert job.tally.unscanned == 4
    assert job.tally.unscanned_list[0].startswith("4 endpoints")
    assert len(job.tally.unscanned_list) == MOST_UNSCANNED_LINES
    assert job.tally.problems == []


@pytest.mark.parametrize(("planned", "complete"), [(2, True), (0, False)])
def test_counts_that_do_not_add_up_are_said(planned, complete):
    job, results = make(planned)
    results.settle(1, slot(0), PortState.CLOSED)
    results.close(complete=complete)
    assert any("unaccounted for" in problem.detail for problem in job.tally.problems)


def test_a_problem_is_said_once():
    job, results = make()
    for _ in range(3):
        results.problem("network-paused", "it paused")
    assert len(job.tally.problems) == 1


def test_a_checkpoint_holds_what_is_new_since_the_last_one():
    _, results = make(resume_pages=ResumePages(10))
    results.settle(1, slot(0), PortState.OPEN)
    results.alive(FIRST)
    results.silent(1, slot(1), final=False)
    assert results.uncommitted == 1
    pages = results._resume_pages
    first, second = results.checkpoint(pages), results.checkpoint(pages)
    assert [event.address for event in first.opened] == [FIRST]
    assert (first.open, first.filtered, first.met, results.uncommitted) == (1, 1, [FIRST], 0)
    assert first.pages.keys() == {0}
    assert (second.opened, second.pages, second.open, second.met) == ([], {}, 1, [])


def test_a_resumed_run_goes_on_counting_and_hands_over_what_was_not_probed():
    job, results = make()
    opened = (PortEvent(FIRST, 80, Transport.TCP, PortState.OPEN, None),)
    results.replay(Checkpoint(opened=opened, open=1, closed=2, filtered=3, unreachable=4, met=[FIRST, FIRST + 1]))
    assert counts(job.tally) == (1, 2, 3, 4)
    results.alive(FIRST + 9)
    assert (job.tally.hosts_alive, job.tally.alive) == (3, {FIRST, FIRST + 1, FIRST + 9})
    results.close(complete=False)

    async def read():
        return [event async for batch in job.events for event in batch]

    assert asyncio.run(read()) == list(opened)
