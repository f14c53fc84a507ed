"""What GitHub's issues are to us; the life of a ticket runs in test_trackers.py."""

import pytest

from scanner.core.errors import UsageError
from scanner.tickets.action import TicketState
from scanner.tickets.answer import TrackerError
from scanner.tickets.tracker import find_kind
from tests.tickets.changes import MARKER, NOTE, change, ticket_of
from tests.tickets.desk import next_page, opened, setup

TEXT = 'project = "acme/ops"\n[credentials]\nsecret_env = "X"\n[priority]\nhigh = "P2"\ncritical = "P1"\n'
ISSUE = {"number": 7, "state": "open", "body": f"words {MARKER.text}", "labels": [{"name": "P1"}, {"name": "kept"}]}
CLOSED, DECLINED = TicketState.CLOSED, TicketState.DECLINED


@pytest.mark.parametrize("project", ["ops", "a/b/c", ""])
def test_a_project_is_an_owner_and_a_repository(tmp_path, project):
    with pytest.raises(UsageError, match=r"owner/repository|missing"):
        opened(tmp_path, "github", f'project = "{project}"\n')


def test_credentials_go_along_as_a_bearer_and_are_demanded(tmp_path):
    made = setup(tmp_path, "github", TEXT)
    assert find_kind("github").headers(made.config, made.secret)["Authorization"] == "Bearer s3cret"
    with pytest.raises(UsageError, match="credentials are missing"):
        find_kind("github").headers(made.config, type(made.secret)(""))


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({}, TicketState.OPEN),
        ({"state": "closed"}, CLOSED),
        ({"state": "closed", "state_reason": "completed"}, CLOSED),
        ({"state": "closed", "state_reason": "not_planned"}, DECLINED),
        ({"state": "closed", "state_reason": "duplicate"}, DECLINED),
        ({"state": "open", "state_reason": "not_planned"}, TicketState.OPEN),
    ],
)
def test_an_issue_stands_where_its_state_and_reason_say(tmp_path, more, state):
    tracker, _ = opened(tmp_path, "github", TEXT)
    held = tracker.held("acme/ops", {**ISSUE, **more})
    assert (held.state, held.name, held.key, held.born) == (state, "acme/ops#7", MARKER.key, 7)


@pytest.mark.parametrize("more", [{"pull_request": {}}, {"body": "words"}, {"body": None}, {"number": "7"}])
def test_a_pull_request_or_an_issue_of_others_is_none_of_ours(tmp_path, more):
    tracker, _ = opened(tmp_path, "github", TEXT)
    assert tracker.held("acme/ops", {**ISSUE, **more}) is None


async def test_a_new_issue_has_its_fields_and_must_be_named(tmp_path):
    text = 'project = "acme/ops"\ntype = "Bug"\nassignee = "ada"\nlabels = ["security"]\n[priority]\nhigh = "P2"\n'
    tracker, desk = opened(tmp_path, "github", text, {"number": 7}, {})
    ticket = ticket_of(setup(tmp_path, "github", text).config)
    await tracker.create([ticket])
    (method, path, body) = desk.asked[0]
    assert (method, path) == ("POST", "repos/acme/ops/issues")
    assert body["labels"] == ["exposure-scanner", "security", "P2"]
    assert (body["assignees"], body["type"]) == (["ada"], "Bug")
    assert ticket.marker.text in body["body"]
    with pytest.raises(TrackerError, match="did not name the issue of acme/ops"):
        await tracker.create([ticket])


async def test_a_change_comments_once_and_keeps_the_labels_of_people(tmp_path):
    ticket = ticket_of(setup(tmp_path, "github", TEXT).config)
    tracker, desk = opened(tmp_path, "github", TEXT, [], {}, ISSUE, {})
    await tracker.change(change(CLOSED, ticket))
    (_, (_, _, comment), _, (method, path, body)) = desk.asked
    assert f"<!-- exposure-note {NOTE} -->" in comment["body"]
    assert (method, path) == ("PATCH", "repos/acme/ops/issues/7")
    assert body["labels"] == ["exposure-scanner", "kept", "P2"]
    assert (body["state"], body["state_reason"]) == ("closed", "completed")
    said = [{"body": comment["body"]}]
    tracker, desk = opened(tmp_path, "github", TEXT, ([], next_page("repos/x?page=2")), said, ISSUE, {})
    await tracker.change(change(TicketState.OPEN))
    assert [method for method, _, _ in desk.asked] == ["GET", "GET", "GET", "PATCH"]
    assert (desk.asked[-1][2]["state"], "labels" in desk.asked[-1][2]) == ("open", False)


async def test_closed_issues_are_taken_when_the_report_names_them_and_open_ones_always(tmp_path):
    other = {**ISSUE, "number": 8, "body": ISSUE["body"].replace(MARKER.key, "exposure-" + "0" * 32)}
    page = [{**other, "state": "closed"}, {**other, "number": 9}, {**ISSUE, "state": "closed"}]
    tracker, desk = opened(tmp_path, "github", TEXT, page)
    taken = []
    await tracker.load(frozenset({MARKER.key}), taken.append)
    assert [held.id for held in taken] == ["9", "7"]
    assert desk.asked[0][2]["labels"] == "exposure-scanner"


async def test_a_list_that_leads_in_a_circle_ends_the_run(tmp_path):
    circle = ([ISSUE], next_page("repos/acme/ops/issues?page=2"))
    tracker, _ = opened(tmp_path, "github", TEXT, *[circle] * 9)
    with pytest.raises(TrackerError, match="leads in a circle"):
        await tracker.load(frozenset(), lambda held: None)
