"""What Jira's issues are to us, in the cloud and in the data centre; the life of a ticket runs in test_trackers.py."""

import pytest

from scanner.core.errors import UsageError
from scanner.tickets.action import TicketState
from scanner.tickets.answer import Rejected, TrackerError
from scanner.tickets.marker import find_marker
from scanner.tickets.tracker import find_kind
from tests.tickets.changes import MARKER, NOTE, change, ticket_of
from tests.tickets.desk import opened, setup

CLOUD = 'project = "SEC"\n[credentials]\nuser = "me@x"\nsecret_env = "X"\n[jira]\n'
CENTRE = CLOUD.replace('user = "me@x"\n', "") + 'edition = "datacenter"\n'
EDITIONS = pytest.mark.parametrize("text", [CLOUD, CENTRE], ids=["cloud", "datacenter"])


def issue(number=1, description=MARKER.text, category="new", labels=("exposure-scanner", MARKER.key), **more):
    status = {"name": "x", "statusCategory": {"key": category}}
    fields = {"labels": [*labels], "status": status, "description": description, "project": {"key": "SEC"}, **more}
    return {"id": str(number), "key": f"SEC-{number}", "fields": fields}


async def found(folder, *issues, text=CLOUD):
    tracker, _ = opened(folder, "jira", text, {"issues": [*issues], "total": len(issues)})
    return await tracker.find([MARKER.key])


@pytest.mark.parametrize(("text", "word"), [(CLOUD, "Basic bWVAeDpzM2NyZXQ="), (CENTRE, "Bearer s3cret")])
def test_each_edition_has_credentials_of_its_own(tmp_path, text, word):
    made = setup(tmp_path, "jira", text)
    assert find_kind("jira").headers(made.config, made.secret)["Authorization"] == word


def test_the_cloud_wants_a_user_and_an_edition_is_one_of_two(tmp_path):
    made = setup(tmp_path, "jira", CLOUD.replace('user = "me@x"\n', ""))
    with pytest.raises(UsageError, match="'user' is missing"):
        find_kind("jira").headers(made.config, made.secret)
    with pytest.raises(UsageError, match="must be one of cloud, datacenter"):
        opened(tmp_path, "jira", CLOUD + 'edition = "server"\n')


async def test_only_our_label_and_the_keys_are_searched_for_and_projects_are_quoted(tmp_path):
    tracker, desk = opened(tmp_path, "jira", CLOUD.replace('"SEC"', "'S\"EC'"))
    await tracker.find([MARKER.key])
    jql = desk.asked[0][2]["jql"]
    assert jql.startswith('project in ("S\\"EC") AND labels = "exposure-scanner" AND labels in ("exposure-')


@pytest.mark.parametrize(
    ("labels", "key"),
    [
        (("exposure-scanner", MARKER.key), MARKER.key),
        # Labels of people may begin like ours.
        (("exposure-review", "exposure-scanner", MARKER.key), MARKER.key),
        (("exposure-" + "0" * 32, MARKER.key), MARKER.key),
        (("exposure-scanner", "exposure-review"), None),
        ((), None),
    ],
)
async def test_a_ticket_is_known_by_its_key_and_no_label_of_people(tmp_path, labels, key):
    assert [held.key for held in await found(tmp_path, issue(labels=labels))] == ([key] if key else [])


@pytest.mark.parametrize(
    ("category", "resolution", "state"),
    [
        ("new", None, TicketState.OPEN),
        ("indeterminate", {"name": "Won't Do"}, TicketState.OPEN),
        ("done", None, TicketState.CLOSED),
        ("done", {"name": "Done"}, TicketState.CLOSED),
        ("done", {"name": "Won't Do"}, TicketState.DECLINED),
    ],
)
async def test_an_issue_stands_where_its_category_and_resolution_say(tmp_path, category, resolution, state):
    (held,) = await found(tmp_path, issue(category=category, resolution=resolution))
    assert (held.state, held.name, held.project, held.born) == (state, "SEC-1", "SEC", 1)


@pytest.mark.parametrize("description", [None, "words", {"type": "doc"}, MARKER.text.replace(MARKER.key[-4:], "0000")])
async def test_a_marker_that_is_gone_or_of_another_key_is_none(tmp_path, description):
    (held,) = await found(tmp_path, issue(description=description))
    assert held.marker is None


@EDITIONS
async def test_pages_are_followed_to_the_last(tmp_path, text):
    first, last = {"issues": [issue(1)], "total": 2, "nextPageToken": "b"}, {"issues": [issue(2)], "total": 2}
    tracker, desk = opened(tmp_path, "jira", text, first, last)
    taken = []
    await tracker.load(frozenset(), taken.append)
    assert [held.id for held in taken] == ["1", "2"]
    assert (desk.asked[1][2].get("nextPageToken"), desk.asked[1][2].get("startAt")) == (
        ("b", None) if text is CLOUD else (None, 1)
    )


async def test_pages_that_lead_in_a_circle_or_are_empty_end(tmp_path):
    circle = {"issues": [issue()], "nextPageToken": "a"}
    tracker, _ = opened(tmp_path, "jira", CLOUD, *[circle] * 9)
    with pytest.raises(TrackerError, match="leads in a circle"):
        await tracker.load(frozenset(), lambda held: None)
    tracker, desk = opened(tmp_path, "jira", CENTRE, *[{"issues": [], "total": 9}] * 9)
    await tracker.load(frozenset(), lambda held: None)
    assert len(desk.asked) == 1


@EDITIONS
async def test_what_was_opened_is_remembered_until_the_search_shows_it(tmp_path, text):
    tracker, _ = opened(tmp_path, "jira", text, {"id": "7", "key": "SEC-7"})
    ticket = ticket_of(setup(tmp_path, "jira", text).config)
    await tracker.create([ticket])
    (held,) = await tracker.find([ticket.marker.key])
    assert (held.id, held.name, held.state) == ("7", "SEC-7", TicketState.OPEN)
    assert await tracker.find(["exposure-" + "0" * 32]) == []


@EDITIONS
async def test_a_new_issue_has_its_fields(tmp_path, text):
    more = 'type = "Bug"\nassignee = "ada"\nlabels = ["security"]\n[due_days]\nhigh = 1\n[priority]\nhigh = "High"\n'
    text = text.replace("[credentials]", more + "[credentials]")
    tracker, desk = opened(tmp_path, "jira", text, {"id": "7"})
    ticket = ticket_of(setup(tmp_path, "jira", text).config)
    await tracker.create([ticket])
    fields = desk.asked[0][2]["fields"]
    assert fields["labels"] == ["exposure-scanner", ticket.marker.key, "security"]
    assert (fields["issuetype"], fields["priority"]) == ({"name": "Bug"}, {"name": "High"})
    assert (fields["duedate"], fields["project"]) == ("2026-03-02", {"key": "SEC"})
    assert list(fields["assignee"]) == ["accountId" if "datacenter" not in text else "name"]


DONE = {"id": "31", "name": "Finish", "to": {"name": "Done", "statusCategory": {"key": "done"}}}
BACK = {"id": "11", "name": "Back", "to": {"name": "To Do", "statusCategory": {"key": "new"}}}


@pytest.mark.parametrize(
    ("option", "transitions", "chosen"),
    [
        ("", [BACK, DONE], "31"),
        ('close_status = "finish"\n', [BACK, DONE], "31"),
        ('close_status = "TO DO"\n', [DONE, BACK], "11"),
        ('close_status = "Closed"\n', [BACK, DONE], None),
        ("", [BACK], None),
        ("", [], None),
    ],
)
async def test_a_state_is_reached_by_the_transition_that_leads_there(tmp_path, option, transitions, chosen):
    answers = ({"comments": [], "total": 0}, {}, issue(), {}, {"transitions": transitions}, {})
    tracker, desk = opened(tmp_path, "jira", CLOUD + option, *answers)
    if chosen is None:
        with pytest.raises(Rejected, match=r"no transition leads there, only to .*: set close_status in \[jira\]"):
            await tracker.change(change(TicketState.CLOSED))
    else:
        await tracker.change(change(TicketState.CLOSED))
        assert desk.asked[-1][2]["transition"] == {"id": chosen}


async def test_a_change_that_was_made_is_not_made_again(tmp_path):
    said = {"comments": [{"body": f"words exposure-note {NOTE}"}], "total": 1}
    tracker, desk = opened(tmp_path, "jira", CENTRE, said, issue(category="done"), {})
    await tracker.change(change(TicketState.CLOSED))
    assert [method for method, _, _ in desk.asked] == ["GET", "GET", "PUT"]


@pytest.mark.parametrize("description", [MARKER.text, None, {"type": "doc", "version": 1, "content": []}, 7])
@EDITIONS
async def test_the_marker_is_exchanged_and_the_words_of_people_stay(tmp_path, text, description):
    answers = ({"comments": [], "total": 0}, {}, issue(description=description), {})
    tracker, desk = opened(tmp_path, "jira", text, *answers)
    await tracker.change(change())
    assert find_marker(str(desk.asked[-1][2]["fields"]["description"])).note == NOTE
