"""What ServiceNow's records are to us; the life of a ticket runs in test_trackers.py."""

import pytest

from scanner.core.errors import UsageError
from scanner.tickets.action import TicketState
from scanner.tickets.answer import TrackerError
from scanner.tickets.tracker import find_kind
from tests.tickets.changes import MARKER, NOTE, change, ticket_of
from tests.tickets.desk import next_page, opened, setup

GROUP = "d" * 32
TEXT = f'project = "{GROUP}"\n[credentials]\nuser = "me"\nsecret_env = "X"\n[servicenow]\n'


def record(**more):
    fields = {"sys_id": "a1", "number": "INC7", "state": "1", "correlation_id": MARKER.key}
    return {**fields, "description": f"words {MARKER.text}", "sys_created_on": "2026-03-01 01:00:00", **more}


async def found(folder, *records, text=TEXT):
    tracker, desk = opened(folder, "servicenow", text, {"result": [*records]})
    return await tracker.find([MARKER.key]), desk


@pytest.mark.parametrize("project", ["ops", "d" * 31, "D" * 32, "d" * 33])
def test_a_project_is_the_id_of_a_group(tmp_path, project):
    with pytest.raises(UsageError, match="must be the sys_id of an assignment group"):
        opened(tmp_path, "servicenow", f'project = "{project}"\n')


@pytest.mark.parametrize(("auth", "word"), [("basic", "Basic bWU6czNjcmV0"), ("bearer", "Bearer s3cret")])
def test_credentials_are_basic_or_a_bearer(tmp_path, auth, word):
    made = setup(tmp_path, "servicenow", f'{TEXT}auth = "{auth}"\n')
    assert find_kind("servicenow").headers(made.config, made.secret)["Authorization"] == word


@pytest.mark.parametrize(
    ("text", "said"), [(TEXT.replace('user = "me"\n', ""), "'user'"), (TEXT + 'auth = "x"', "auth")]
)
def test_credentials_that_lack_something_are_refused(tmp_path, text, said):
    made = setup(tmp_path, "servicenow", text)
    with pytest.raises(UsageError, match=said):
        find_kind("servicenow").headers(made.config, made.secret)


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({}, TicketState.OPEN),
        ({"state": 6}, TicketState.CLOSED),
        ({"state": "7"}, TicketState.CLOSED),
        ({"state": "8"}, TicketState.DECLINED),
        ({"state": None}, TicketState.OPEN),
    ],
)
async def test_a_record_stands_where_its_state_says(tmp_path, more, state):
    (held,), _ = await found(tmp_path, record(**more))
    assert (held.state, held.name, held.born) == (state, "INC7", 20260301010000)


@pytest.mark.parametrize(
    "more",
    [
        {"correlation_id": "exposure-" + "0" * 32},
        {"correlation_id": "exposure-review"},
        {"correlation_id": None},
        {"sys_id": None},
    ],
)
async def test_what_the_instance_returns_beside_the_question_is_left_out(tmp_path, more):
    """A part of a query that an instance does not understand is ignored by it: everything comes back."""
    held, _ = await found(tmp_path, record(**more))
    assert held == []


async def test_a_marker_of_another_key_is_none(tmp_path):
    (held,), _ = await found(tmp_path, record(description=MARKER.text.replace(MARKER.key, "exposure-" + "0" * 32)))
    assert held.marker is None


async def test_closed_records_are_asked_for_by_the_keys_that_are_not_open(tmp_path):
    tracker, desk = opened(tmp_path, "servicenow", TEXT, {"result": [record()]})
    await tracker.load(frozenset({MARKER.key, "exposure-" + "0" * 32}), lambda held: None)
    first, second = (said["sysparm_query"] for _, _, said in desk.asked)
    assert first.startswith("correlation_idSTARTSWITHexposure-^stateNOT IN6,7,8^")
    assert second.startswith(f"correlation_idINexposure-{'0' * 32}^stateIN6,7,8^")


async def test_pages_are_followed_and_no_circle_is(tmp_path):
    tracker, _ = opened(tmp_path, "servicenow", TEXT, ({"result": []}, next_page("api/x?o=1")), {"result": [record()]})
    assert len(await tracker.find([MARKER.key])) == 1
    tracker, _ = opened(tmp_path, "servicenow", TEXT, *[({"result": []}, next_page("api/x?o=1"))] * 9)
    with pytest.raises(TrackerError, match="leads in a circle"):
        await tracker.find([MARKER.key])


async def test_a_new_record_has_its_fields(tmp_path):
    more = 'type = "network"\nassignee = "ada"\n[due_days]\nhigh = 1\n[priority]\nhigh = "2"\n'
    text = TEXT.replace("[credentials]", more + "[credentials]") + 'table = "sn_vul"\ndescription_chars = 900\n'
    tracker, desk = opened(tmp_path, "servicenow", text)
    ticket = ticket_of(setup(tmp_path, "servicenow", text).config)
    await tracker.create([ticket])
    (_, path, fields) = desk.asked[0]
    assert path == "api/now/table/sn_vul"
    assert (fields["correlation_id"], fields["assignment_group"], fields["category"]) == (
        ticket.marker.key,
        GROUP,
        "network",
    )
    assert (fields["impact"], fields["urgency"], fields["due_date"]) == ("2", "2", "2026-03-02 00:00:00")
    assert ticket.marker.text in fields["description"]
    assert len(fields["short_description"]) <= 160


@pytest.mark.parametrize(
    ("state", "fields"),
    [
        (TicketState.CLOSED, {"state": "6", "close_code": "Solution provided"}),
        (TicketState.OPEN, {"state": "1"}),
        (None, {}),
    ],
)
async def test_a_change_is_one_request_and_made_once(tmp_path, state, fields):
    tracker, desk = opened(tmp_path, "servicenow", TEXT, {"result": record()}, {})
    await tracker.change(change(state))
    method, path, said = desk.asked[-1]
    assert (method, path) == ("PATCH", "api/now/table/incident/7")
    assert said | fields == said
    assert ("state" in said) is bool(fields)
    done = record(description=MARKER.with_note(NOTE).text)
    tracker, desk = opened(tmp_path, "servicenow", TEXT, {"result": done}, {})
    await tracker.change(change(state))
    assert [method for method, _, _ in desk.asked] == ["GET"]
