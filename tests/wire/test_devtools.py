"""The discovery pages of debuggers; what they lead to is in tests/services/development."""

import asyncio
import json
from dataclasses import replace

import pytest

from scanner.core.errors import TimedOut
from scanner.wire.devtools import LIST, VERSION, Targets, find_version, parse_targets, parse_version
from tests.support.talks import HERE, ScriptedHttp, page

NODE = page('{"Browser": "node.js/v20.1.0", "Protocol-Version": "1.1"}', json=True)
NAMED = replace(HERE, host="app.example")


def find(answers, endpoint=HERE):
    talk = ScriptedHttp(answers, endpoint=endpoint)
    return asyncio.run(find_version(talk)), talk.sent


def test_an_address_is_asked_as_the_own_machine():
    assert find({VERSION: NODE}) == ((("node.js", "v20.1.0"), "localhost"), [f"GET {VERSION} [Host: localhost]"])


def test_a_name_that_answers_is_gone_on_with():
    assert find({VERSION: NODE}, NAMED) == ((("node.js", "v20.1.0"), None), [f"GET {VERSION}"])


def test_a_name_that_does_not_answer_is_asked_as_the_own_machine_too():
    found, sent = find({VERSION: page("nothing")}, NAMED)
    assert (found, len(sent)) == ((None, "localhost"), 2)
    with pytest.raises(TimedOut):
        find({VERSION: TimedOut("x")}, NAMED)


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"Browser": "Chrome/1/2", "Protocol-Version": "1.3"}, ("Chrome", "1/2")),
        ({"Browser": "a\x1b/" + "9" * 99, "Protocol-Version": "1"}, ("a\\x1b", "9" * 60)),
        ({"Browser": "Chrome", "Protocol-Version": "1.3"}, None),
        ({"Browser": "Chrome/1"}, None),
        ([], None),
    ],
)
def test_a_version_is_a_name_and_a_number(document, found):
    parsed = parse_version(page(json.dumps(document), json=True))
    if found is None or found[0] == "Chrome":
        assert parsed == found
    else:
        assert len(parsed[1]) <= 60
        assert all(word.isprintable() for word in parsed)


def test_a_refusal_names_nobody():
    assert parse_version(replace(NODE, status=403)) is None
    assert parse_targets(page("[]", 403, json=True)) is None


def test_only_targets_with_a_socket_can_be_attached_to():
    rows = [{"type": "page", "title": "a", "webSocketDebuggerUrl": "ws://h/1"}, {"webSocketDebuggerUrl": "http://h"}, 7]
    assert parse_targets(page(json.dumps(rows), json=True)) == Targets(("page", "", ""), ("a", "", ""), 1)


def test_titles_are_bounded_and_all_are_counted():
    rows = [{"title": "\x1b" * 200, "webSocketDebuggerUrl": "wss://h"}] * 25
    found = parse_targets(page(json.dumps(rows), json=True))
    assert (len(found.titles), found.attachable, LIST) == (20, 25, "/json/list")
    assert all(title.isprintable() and len(title) <= 80 for title in found.titles)
