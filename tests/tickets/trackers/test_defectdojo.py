"""What DefectDojo's findings are to us; the life of a finding runs in test_trackers.py."""

import json
from dataclasses import replace
from ipaddress import ip_address

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.errors import UsageError
from scanner.core.finding import Confidence
from scanner.tickets.action import TicketState
from scanner.tickets.marker import find_marker
from scanner.tickets.tracker import find_kind
from tests.tickets.changes import FINDING, MARKER, NOTE, change, ticket_of
from tests.tickets.desk import opened, setup

TEXT = 'project = "web"\nlabels = ["security"]\n[credentials]\nsecret_env = "X"\n'
FOUND = {"id": 7, "unique_id_from_tool": FINDING.fingerprint, "active": True, "test": 3}
FOUND["steps_to_reproduce"] = f"words {MARKER.text}"


def sent(form):
    """Return what a form carries, by name."""
    return {fields["name"]: value for fields, _, value in form._fields}


def entry(form):
    (one,) = json.loads(sent(form)["file"])["findings"]
    return one


async def loaded(folder, *findings, keys=frozenset({MARKER.key})):
    tracker, desk = opened(folder, "defectdojo", TEXT, {"results": [*findings]})
    taken = []
    await tracker.load(keys, taken.append)
    return taken, tracker, desk


def test_the_token_goes_along_and_a_priority_is_refused(tmp_path):
    made = setup(tmp_path, "defectdojo", TEXT)
    assert find_kind("defectdojo").headers(made.config, made.secret)["Authorization"] == "Token s3cret"
    assert find_kind("defectdojo").by_host is False
    with pytest.raises(UsageError, match="has no priority"):
        opened(tmp_path, "defectdojo", TEXT + '[priority]\nhigh = "P2"\n')


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({}, TicketState.OPEN),
        ({"active": False}, TicketState.CLOSED),
        ({"active": False, "is_mitigated": True}, TicketState.CLOSED),
        ({"active": False, "false_p": True}, TicketState.DECLINED),
        ({"active": False, "risk_accepted": True}, TicketState.DECLINED),
        ({"active": False, "out_of_scope": True}, TicketState.DECLINED),
        ({"active": False, "duplicate": True}, TicketState.DECLINED),
        ({"active": False, "duplicate": "no"}, TicketState.CLOSED),
        ({"active": "true"}, TicketState.CLOSED),
    ],
)
async def test_a_finding_stands_where_its_flags_say(tmp_path, more, state):
    (held,), _, _ = await loaded(tmp_path, {**FOUND, **more})
    assert (held.state, held.key, held.name) == (state, MARKER.key, "finding 7")


@pytest.mark.parametrize("more", [{"unique_id_from_tool": "x"}, {"unique_id_from_tool": None}, {"id": None}])
async def test_a_finding_of_another_tool_is_none_of_ours(tmp_path, more):
    assert (await loaded(tmp_path, {**FOUND, **more}))[0] == []


async def test_closed_ones_are_taken_only_when_the_report_names_them(tmp_path):
    assert (await loaded(tmp_path, {**FOUND, "active": False}, keys=frozenset()))[0] == []
    (held,), _, _ = await loaded(tmp_path, {**FOUND, "steps_to_reproduce": None}, keys=frozenset())
    assert held.marker is None


async def test_pages_are_asked_for_until_the_last_and_no_link_is_followed(tmp_path):
    page = {"results": [FOUND, FOUND], "next": "https://elsewhere.example/"}
    tracker, desk = opened(tmp_path, "defectdojo", TEXT, page, {**page, "results": []})
    await tracker.load(frozenset(), lambda held: None)
    assert [(path, said["offset"]) for _, path, said in desk.asked] == [
        ("api/v2/findings/", "0"),
        ("api/v2/findings/", "2"),
    ]


async def test_only_what_is_newer_is_read_to_find_one(tmp_path):
    _, tracker, desk = await loaded(tmp_path, FOUND)
    desk.answers.append({"results": [{**FOUND, "id": 8}, FOUND], "next": "x"})
    assert [held.id for held in await tracker.find([MARKER.key])] == ["7"]
    assert desk.asked[-1][2]["o"] == "-id"
    assert len(desk.asked) == 2


async def test_the_first_import_makes_the_test_and_the_next_goes_into_it(tmp_path):
    ticket = ticket_of(setup(tmp_path, "defectdojo", TEXT).config)
    tracker, desk = opened(tmp_path, "defectdojo", TEXT, {"test_id": 5}, {})
    await tracker.create([ticket])
    await tracker.create([ticket])
    (_, first, made), (_, second, again) = desk.asked
    assert (first, second) == ("api/v2/import-scan/", "api/v2/reimport-scan/")
    assert (sent(made)["product_name"], sent(made)["auto_create_context"]) == ("web", "true")
    assert (sent(again)["test"], sent(again)["do_not_reactivate"]) == ("5", "true")
    # What a run merely did not look at would be closed otherwise.
    assert {sent(form)["close_old_findings"] for form in (made, again)} == {"false"}


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, {"verified": True, "severity": "High", "cwe": 306, "tags": ["exposure-scanner", "security"]}),
        ({"confidence": Confidence.PREDICTED}, {"verified": False}),
        ({"first_seen": "2025-01-02T03:04:05Z"}, {"date": "2025-01-02"}),
        ({}, {"date": "2026-03-01", "endpoints": ["redis://127.0.0.1:6379"]}),
        ({"url": "java script:x://"}, {"endpoints": ["tcp://127.0.0.1:6379"]}),
        ({"url": "docker+tls://x"}, {"endpoints": ["docker+tls://127.0.0.1:6379"]}),
        ({"endpoint": Endpoint(ip_address("fe80::1%eth0"), 1)}, {"endpoints": ["redis://[fe80::1]:1"]}),
    ],
)
async def test_a_finding_is_imported_with_what_the_parser_knows(tmp_path, changes, fields):
    ticket = ticket_of(setup(tmp_path, "defectdojo", TEXT).config)
    ticket = replace(ticket, findings=(replace(FINDING, **changes),))
    tracker, desk = opened(tmp_path, "defectdojo", TEXT)
    await tracker.create([ticket])
    made = entry(desk.asked[0][2])
    assert made | fields == made
    assert made["unique_id_from_tool"] == FINDING.fingerprint
    assert find_marker(made["steps_to_reproduce"]) == ticket.marker


async def test_no_weakness_is_no_field(tmp_path):
    ticket = ticket_of(setup(tmp_path, "defectdojo", TEXT).config)
    tracker, desk = opened(tmp_path, "defectdojo", TEXT)
    await tracker.create([replace(ticket, findings=(replace(FINDING, cwe=()),))])
    assert "cwe" not in entry(desk.asked[0][2])


@pytest.mark.parametrize(
    ("state", "paths", "fields"),
    [
        (TicketState.CLOSED, ["notes/", "notes/", "close/", "", ""], {}),
        (TicketState.OPEN, ["notes/", "notes/", "", ""], {"active": True, "is_mitigated": False}),
        (None, ["notes/", "notes/", "", ""], {}),
    ],
)
async def test_a_change_notes_once_and_exchanges_the_marker(tmp_path, state, paths, fields):
    answers = [{"notes": []}, {}, *[{}] * (state is TicketState.CLOSED), FOUND, {}]
    tracker, desk = opened(tmp_path, "defectdojo", TEXT, *answers)
    await tracker.change(change(state))
    assert [path.removeprefix("api/v2/findings/7/") for _, path, _ in desk.asked] == paths
    body = desk.asked[-1][2]
    assert body | fields == body
    assert find_marker(body["steps_to_reproduce"]).note == NOTE
    tracker, desk = opened(tmp_path, "defectdojo", TEXT, {"notes": [{"entry": f"(exposure-note {NOTE})"}]}, FOUND, {})
    await tracker.change(change())
    assert [method for method, _, _ in desk.asked] == ["GET", "GET", "PATCH"]


async def test_new_content_leaves_title_and_description_which_make_its_hash(tmp_path):
    ticket = ticket_of(setup(tmp_path, "defectdojo", TEXT).config)
    tracker, desk = opened(tmp_path, "defectdojo", TEXT, {"notes": []}, {}, {})
    await tracker.change(change(None, ticket))
    assert set(desk.asked[-1][2]) == {"severity", "impact", "mitigation", "steps_to_reproduce", "references"}
