"""Carrying out a plan on a scripted tracker; against servers that stumble and die it runs in test_trackers.py."""

import asyncio
from collections import deque

import pytest

from scanner.tickets.action import Held, TicketState, Verb
from scanner.tickets.answer import Denied, Doubtful, Rejected
from scanner.tickets.apply import Applier, Result
from scanner.tickets.fields import Fields
from scanner.tickets.group import group
from scanner.tickets.marker import key_of_finding
from scanner.tickets.plan import Inventory, Planner, plan
from scanner.tickets.proof import read_looks
from tests.tickets.stage import JumpingClock
from tests.tickets.worlds import fingerprint, night, redis_finding

FINDINGS = [redis_finding(f"127.0.0.{n}", fingerprint=fingerprint("apply", n)) for n in range(1, 6)]


class Script:
    """A tracker whose writes answer in turn; what is found comes from `there`."""

    settle_s = 3.0

    def __init__(self, *answers, batch=1, in_flight=1):
        self.batch, self.in_flight = batch, in_flight
        self.answers = deque(answers)
        self.there = []
        self.made, self.changed = [], []

    async def find(self, keys):
        return [held for held in self.there if held.key in keys]

    async def create(self, tickets):
        self.made.append([ticket.marker.key for ticket in tickets])
        await self._answer()

    async def change(self, change):
        self.changed.append(change.held.id)
        await self._answer()

    async def _answer(self):
        await asyncio.sleep(0)
        answer = self.answers.popleft() if self.answers else None
        if answer is not None:
            raise answer


def planner_of(report):
    looks = read_looks(report)
    return Planner(
        group(report, by_host=False), looks, lambda some: Fields(project=some[0].owner or "a"), by_host=False
    )


def held(finding, marker, state=TicketState.OPEN):
    return Held(key=key_of_finding(finding.fingerprint), id="7", name="#7", state=state, marker=marker, born=7)


async def carried(tracker, report, *tickets):
    """Return what became of each action, and the clock."""
    planner, inventory, outcomes = planner_of(report), Inventory(), []
    for ticket in tickets:
        inventory.take(ticket)
    clock = JumpingClock()
    try:
        await Applier(tracker, planner, outcomes.append, clock=clock).apply(plan(planner, inventory))
    finally:
        tracker.outcomes = outcomes
    return [(one.action.verb, one.result, one.words) for one in outcomes], clock


async def test_what_a_killed_run_opened_has_time_to_show_before_anything_is_opened():
    tracker = Script()
    outcomes, clock = await carried(tracker, night(1, FINDINGS[0]))
    assert outcomes == [(Verb.CREATE, Result.DONE, "")]
    assert clock.slept == [3.0]


async def test_what_is_there_by_now_is_not_opened_again():
    report = night(1, *FINDINGS[:2])
    marker = planner_of(report)
    ticket = plan(marker, Inventory())[0].ticket
    tracker = Script(batch=9)
    tracker.there = [held(FINDINGS[0], ticket.marker)]
    outcomes, _ = await carried(tracker, report)
    assert sorted(outcomes) == [(Verb.CREATE, Result.DONE, ""), (Verb.CREATE, Result.FOUND, "#7 exists")]
    assert tracker.made == [[key_of_finding(FINDINGS[1].fingerprint)]]


async def test_what_is_there_and_says_something_else_is_brought_up_to_date():
    tracker = Script()
    tracker.there = [held(FINDINGS[0], None)]
    outcomes, _ = await carried(tracker, night(1, FINDINGS[0]))
    assert outcomes == [(Verb.UPDATE, Result.DONE, "")]
    assert (tracker.made, tracker.changed) == ([], ["7"])


@pytest.mark.parametrize(
    ("answers", "result", "words", "tries"),
    [
        ([], Result.DONE, "", 1),
        ([Doubtful("late")], Result.DONE, "", 2),
        ([Doubtful("late")] * 4, Result.DONE, "", 5),
        ([Doubtful("late")] * 5, Result.FAILED, "late; tried 5 times", 5),
        ([Rejected("bad title", 422)], Result.FAILED, "bad title", 1),
    ],
)
async def test_a_doubt_is_cleared_by_looking_and_a_refusal_is_final(answers, result, words, tries):
    tracker = Script(*answers)
    outcomes, clock = await carried(tracker, night(1, FINDINGS[0]))
    assert outcomes == [(Verb.CREATE, result, words)]
    assert len(tracker.made) == tries
    assert clock.slept == [3.0, *[max(2.0**attempt, 3.0) for attempt in range(len(answers)) if words != "bad title"]]


@pytest.mark.parametrize(
    ("answers", "result", "tries"),
    [
        ([], Result.DONE, 1),
        ([Doubtful("late")] * 2, Result.DONE, 3),
        ([Doubtful("late")] * 5, Result.FAILED, 5),
        ([Rejected("bad", 400)], Result.FAILED, 1),
    ],
)
async def test_a_change_is_made_again_until_it_is_certain(answers, result, tries):
    tracker = Script(*answers)
    outcomes, clock = await carried(tracker, night(1, FINDINGS[0]), held(FINDINGS[0], None))
    assert [(verb, became) for verb, became, _ in outcomes] == [(Verb.UPDATE, result)]
    assert len(tracker.changed) == tries
    assert 3.0 not in clock.slept[:1]


async def test_tickets_of_one_queue_go_together_and_no_batch_mixes_two():
    owned = [redis_finding(f"127.1.0.{n}", fingerprint=fingerprint("own", n), owner="b") for n in range(1, 3)]
    tracker = Script(batch=3)
    await carried(tracker, night(1, *FINDINGS, *owned))
    ours = {key_of_finding(finding.fingerprint) for finding in FINDINGS}
    assert sorted(map(len, tracker.made)) == [2, 2, 3]
    assert all(not set(made) & ours or set(made) <= ours for made in tracker.made)


async def test_one_that_is_rejected_does_not_hold_up_the_others():
    outcomes, _ = await carried(Script(Rejected("no", 422), in_flight=3), night(1, *FINDINGS))
    assert sorted(result for _, result, _ in outcomes) == [Result.DONE] * 4 + [Result.FAILED]


async def test_wrong_credentials_end_it_and_nothing_more_is_tried_or_told():
    report = night(1, *FINDINGS)
    tracker = Script(Denied("no"))
    with pytest.raises(Denied):
        await carried(tracker, report)
    assert (len(tracker.made), tracker.outcomes) == (1, [])


async def test_what_is_left_alone_is_told_and_asks_nothing():
    tracker = Script()
    outcomes, clock = await carried(tracker, night(1), held(FINDINGS[0], None))
    assert [(verb, result) for verb, result, _ in outcomes] == [(Verb.LEAVE, Result.LEFT)]
    assert (clock.slept, tracker.made, tracker.changed) == ([], [], [])
