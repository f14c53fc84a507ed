"""What GitLab's issues are to us; the life of a ticket runs in test_trackers.py."""

import pytest

from scanner.core.errors import UsageError
from scanner.tickets.action import TicketState
from scanner.tickets.tracker import find_kind
from tests.tickets.changes import MARKER, change, ticket_of
from tests.tickets.desk import opened, setup

TEXT = 'project = "acme/sub/ops"\n[priority]\nhigh = "P2"\ncritical = "P1"\n[gitlab]\ndeclined_labels = ["wontfix"]\n'
ISSUE = {"iid": 7, "state": "opened", "description": f"words {MARKER.text}", "labels": ["P1", "kept"]}


def test_the_token_has_a_header_of_its_own(tmp_path):
    made = setup(tmp_path, "gitlab", TEXT)
    assert find_kind("gitlab").headers(made.config, made.secret)["PRIVATE-TOKEN"] == "s3cret"


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({}, TicketState.OPEN),
        ({"state": "closed"}, TicketState.CLOSED),
        ({"state": "closed", "labels": ["wontfix"]}, TicketState.DECLINED),
        ({"labels": ["wontfix"]}, TicketState.OPEN),
    ],
)
def test_an_issue_stands_where_its_state_and_labels_say(tmp_path, more, state):
    tracker, _ = opened(tmp_path, "gitlab", TEXT)
    assert tracker.held("acme/sub/ops", {**ISSUE, **more}).state is state


async def test_a_new_issue_is_confidential_and_its_project_one_word_of_the_path(tmp_path):
    more = 'assignee = "ada"\ntype = "incident"\n[due_days]\nhigh = 1\n'
    text = TEXT.replace("[priority]", more + "[priority]", 1)
    ticket = ticket_of(setup(tmp_path, "gitlab", text).config)
    tracker, desk = opened(tmp_path, "gitlab", text, [{"id": 42}], {"iid": 7}, {"iid": 8})
    await tracker.create([ticket, ticket])
    assert [path for _, path, _ in desk.asked] == ["api/v4/users", *["api/v4/projects/acme%2Fsub%2Fops/issues"] * 2]
    body = desk.asked[1][2]
    assert (body["labels"], body["confidential"]) == ("exposure-scanner,P2", True)
    assert (body["assignee_ids"], body["due_date"], body["issue_type"]) == ([42], "2026-03-02", "incident")


async def test_confidential_is_left_out_only_when_that_is_said(tmp_path):
    text = TEXT + "confidential = false\n"
    tracker, desk = opened(tmp_path, "gitlab", text, {"iid": 7})
    await tracker.create([ticket_of(setup(tmp_path, "gitlab", text).config)])
    assert desk.asked[0][2]["confidential"] is False


@pytest.mark.parametrize("people", [[], {}, [{}], [{"id": "42"}], None])
async def test_an_assignee_whom_nobody_knows_is_named(tmp_path, people):
    text = TEXT.replace("[priority]", 'assignee = "ada"\n[priority]', 1)
    tracker, _ = opened(tmp_path, "gitlab", text, people)
    with pytest.raises(UsageError, match="knows no user 'ada'"):
        await tracker.create([ticket_of(setup(tmp_path, "gitlab", text).config)])


@pytest.mark.parametrize(
    ("state", "event"), [(TicketState.CLOSED, "close"), (TicketState.OPEN, "reopen"), (None, None)]
)
async def test_a_change_exchanges_the_priority_and_names_an_event(tmp_path, state, event):
    ticket = ticket_of(setup(tmp_path, "gitlab", TEXT).config)
    tracker, desk = opened(tmp_path, "gitlab", TEXT, [], {}, ISSUE, {})
    await tracker.change(change(state, ticket, project="acme/sub/ops"))
    method, path, body = desk.asked[-1]
    assert (method, path) == ("PUT", "api/v4/projects/acme%2Fsub%2Fops/issues/7")
    assert desk.asked[1][1].endswith("/7/notes")
    assert (body["add_labels"], body["remove_labels"]) == ("exposure-scanner,P2", "P1")
    assert body.get("state_event") == event
