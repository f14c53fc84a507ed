"""What Roundup's issues and messages are to us; the life of a ticket runs in test_trackers.py."""

import pytest

from scanner.core.errors import UsageError
from scanner.tickets.action import TicketState
from scanner.tickets.answer import Rejected, TrackerError
from scanner.tickets.tracker import find_kind
from tests.tickets.changes import MARKER, NOTE, change, ticket_of
from tests.tickets.desk import opened, setup

TEXT = 'project = "it"\n[credentials]\nuser = "bot"\nsecret_env = "X"\n[roundup]\ndeclined_status = ["invalid"]\n'
STATUSES = {"1": "unread", "2": "resolved", "3": "done-cbb", "4": "invalid"}


def items(*each, more=False):
    return {"data": {"collection": [*each], "@links": {"next": []} if more else {}}}


STATUS_PAGE = items(*({"id": number, "name": name} for number, name in STATUSES.items()))
KEYWORD = items({"id": "1", "name": "exposure-scanner"})


def message(number="5", marker=MARKER):
    return {"id": number, "messageid": f"<{marker.text}@exposure-scanner>"}


async def loaded(folder, issue, *messages, keys=frozenset({MARKER.key})):
    tracker, desk = opened(folder, "roundup", TEXT, KEYWORD, STATUS_PAGE, items(*messages), items(issue))
    taken = []
    await tracker.load(keys, taken.append)
    return taken, desk


def test_a_login_goes_along_and_is_demanded(tmp_path):
    made = setup(tmp_path, "roundup", TEXT)
    headers = find_kind("roundup").headers(made.config, made.secret)
    assert headers["Authorization"] == "Basic Ym90OnMzY3JldA=="
    assert (headers["Origin"], headers["X-Requested-With"]) == ("https://tracker.example", "rest")
    made = setup(tmp_path, "roundup", TEXT.replace('user = "bot"\n', ""))
    with pytest.raises(UsageError, match="'user' is missing"):
        find_kind("roundup").headers(made.config, made.secret)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TEXT + 'close_status = "in-progress"\n', "'close_status' must be among 'closed_status'"),
        (TEXT + '[[route]]\nowner = "a"\nproject = "b"\n', "Roundup has no projects"),
    ],
)
def test_a_configuration_that_could_never_close_or_route_is_refused(tmp_path, text, said):
    with pytest.raises(UsageError, match=said):
        opened(tmp_path, "roundup", text)


async def test_a_status_that_the_tracker_lacks_is_named(tmp_path):
    tracker, _ = opened(tmp_path, "roundup", TEXT, KEYWORD, items({"id": "1", "name": "unread"}))
    with pytest.raises(UsageError, match="no status done-cbb, invalid, resolved"):
        await tracker.load(frozenset(), lambda held: None)


async def test_without_our_keyword_nothing_is_ours(tmp_path):
    tracker, desk = opened(tmp_path, "roundup", TEXT, items())
    await tracker.load(frozenset(), lambda held: None)
    assert len(desk.asked) == 1


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("1", TicketState.OPEN),
        ("2", TicketState.CLOSED),
        ("3", TicketState.CLOSED),
        ("4", TicketState.DECLINED),
        ("99", TicketState.OPEN),
        (None, TicketState.OPEN),
    ],
)
async def test_an_issue_stands_where_its_status_says(tmp_path, status, state):
    (held,), _ = await loaded(tmp_path, {"id": "7", "status": status, "messages": ["5", "6"]}, message())
    assert (held.state, held.name, held.key) == (state, "issue7", MARKER.key)


async def test_the_newest_message_of_ours_is_what_the_ticket_says(tmp_path):
    newer = MARKER.with_note(NOTE)
    messages = (message("9"), message("10", newer), {"id": "x", "messageid": MARKER.text}, {"id": "11"})
    (held,), _ = await loaded(tmp_path, {"id": "7", "status": "1", "messages": ["10", "9", "11", 8, "x"]}, *messages)
    assert held.marker == newer
    assert (await loaded(tmp_path, {"id": "7", "status": "1", "messages": ["11"]}, *messages))[0] == []


async def test_pages_are_followed_until_there_is_none_or_nothing_on_it(tmp_path):
    answers = [KEYWORD, items(*STATUS_PAGE["data"]["collection"], more=True), items(more=True), *[items(more=True)] * 9]
    tracker, desk = opened(tmp_path, "roundup", TEXT, *answers)
    await tracker.load(frozenset(), lambda held: None)
    pages = [(path, said["@page_index"]) for _, path, said in desk.asked[1:]]
    assert pages == [
        ("rest/data/status", "1"),
        ("rest/data/status", "2"),
        ("rest/data/msg", "1"),
        ("rest/data/issue", "1"),
    ]


async def test_a_message_that_a_broken_attempt_left_is_used_and_not_made_again(tmp_path):
    ticket = ticket_of(setup(tmp_path, "roundup", TEXT).config)
    answers = [STATUS_PAGE, items(message("5", ticket.marker), message("12", ticket.marker)), items(), KEYWORD, {}]
    tracker, desk = opened(tmp_path, "roundup", TEXT, *answers)
    assert await tracker.find([ticket.marker.key]) == []
    await tracker.create([ticket])
    assert [(method, path) for method, path, _ in desk.asked[-2:]] == [
        ("GET", "rest/data/keyword"),
        ("POST", "rest/data/issue"),
    ]
    assert desk.asked[-1][2]["messages"] == ["12"]


async def test_a_new_issue_has_its_fields_and_keywords_are_made_once(tmp_path):
    text = TEXT.replace(
        "[credentials]", 'labels = ["net"]\nassignee = "ada"\n[priority]\nhigh = "urgent"\n[credentials]'
    )
    ticket = ticket_of(setup(tmp_path, "roundup", text).config)
    answers = [items(), Rejected("there", 409), items(), {}, {"data": {"id": "5"}}, {}, {"data": {"id": "6"}}, {}]
    tracker, desk = opened(tmp_path, "roundup", text, *answers)
    await tracker.create([ticket])
    await tracker.create([ticket])
    issues = [said for _, path, said in desk.asked if path == "rest/data/issue"]
    assert [one["messages"] for one in issues] == [["5"], ["6"]]
    assert (issues[0]["keyword"], issues[0]["status"]) == (["exposure-scanner", "net"], "unread")
    assert (issues[0]["priority"], issues[0]["assignedto"]) == ("urgent", "ada")
    assert sum(path == "rest/data/keyword" for _, path, _ in desk.asked) == 4


async def test_a_keyword_that_may_not_be_made_or_a_message_without_a_number_ends_it(tmp_path):
    ticket = ticket_of(setup(tmp_path, "roundup", TEXT).config)
    tracker, _ = opened(tmp_path, "roundup", TEXT, items(), Rejected("no", 403))
    with pytest.raises(Rejected):
        await tracker.create([ticket])
    tracker, _ = opened(tmp_path, "roundup", TEXT, KEYWORD, {"data": {}})
    with pytest.raises(TrackerError, match="did not name the message"):
        await tracker.create([ticket])


ATTRIBUTES = {"data": {"attributes": {"messages": ["5"]}}}


@pytest.mark.parametrize(
    ("state", "status"), [(TicketState.CLOSED, "resolved"), (TicketState.OPEN, "unread"), (None, None)]
)
async def test_a_change_is_one_message_and_one_edit_of_what_was_read(tmp_path, state, status):
    noted = items(message("8", MARKER.with_note(NOTE)))
    tracker, desk = opened(tmp_path, "roundup", TEXT, noted, (ATTRIBUTES, {"etag": "e1"}), {})
    await tracker.change(change(state))
    method, path, said = desk.asked[-1]
    assert (method, path) == ("PUT", "rest/data/issue/7")
    assert (said["messages"], said.get("status")) == (["5", "8"], status)


async def test_somebody_else_s_edit_is_read_anew_a_few_times(tmp_path):
    noted, moved = items(message("8", MARKER.with_note(NOTE))), Rejected("changed", 412)
    tracker, desk = opened(tmp_path, "roundup", TEXT, noted, ATTRIBUTES, moved, ATTRIBUTES, {})
    await tracker.change(change())
    assert [method for method, _, _ in desk.asked] == ["GET", "GET", "PUT", "GET", "PUT"]
    tracker, _ = opened(tmp_path, "roundup", TEXT, noted, *[ATTRIBUTES, moved] * 5)
    with pytest.raises(Rejected):
        await tracker.change(change())
    tracker, desk = opened(tmp_path, "roundup", TEXT, noted, ATTRIBUTES, Rejected("no", 400))
    with pytest.raises(Rejected):
        await tracker.change(change())
    assert len(desk.asked) == 3
