import asyncio
import json
from dataclasses import replace

import pytest

from scanner.core.errors import TimedOut
from scanner.core.facts import Access
from scanner.services.development.node_inspector import PROBE
from scanner.wire.devtools import LIST, VERSION, parse_targets, parse_version
from tests.support.talks import HERE, ScriptedHttp, page

NODE = page('{"Browser": "node.js/v20.1.0", "Protocol-Version": "1.1"}', json=True)
TARGETS = page(json.dumps([{"type": "node", "title": "app.js", "webSocketDebuggerUrl": "ws://h/1"}]), json=True)


def ask(answers):
    return asyncio.run(PROBE.ask_http(ScriptedHttp(answers, PROBE.sends)))


def rules(facts):
    return [rule.id for rule in PROBE.rules if rule.holds(facts)]


def test_a_debugging_socket_is_control():
    facts = ask({VERSION: NODE, LIST: TARGETS})
    assert (facts.access, facts.version, facts.targets) == (Access.CONTROL, "20.1.0", 1)
    assert rules(facts) == ["node-inspector-open"]


@pytest.mark.parametrize(
    ("answer", "access"),
    [(page("[]", json=True), Access.UNKNOWN), (page("", 401), Access.REFUSED), (TimedOut("x"), Access.UNKNOWN)],
)
def test_without_a_socket_nothing_is_proven(answer, access):
    facts = ask({VERSION: NODE, LIST: answer})
    assert (facts.access, rules(facts)) == (access, [])


def test_a_browser_is_another_product():
    assert ask({VERSION: page('{"Browser": "Chrome/120.0", "Protocol-Version": "1.3"}', json=True)}) is None


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", "[1, null]", '{"Browser": 1}', '{"Browser": "x", "Protocol-Version": "1"}']
)
def test_other_documents_name_nobody(body):
    assert parse_version(page(body)) is None
    found = parse_targets(page(body))
    assert found is None or found.attachable == 0


def test_a_name_is_asked_by_before_the_own_machine_s():
    named = ScriptedHttp({VERSION: NODE, LIST: page("", 401)}, PROBE.sends, endpoint=replace(HERE, host="app.example"))
    assert asyncio.run(PROBE.ask_http(named)).access is Access.REFUSED
    assert not any("localhost" in sent for sent in named.sent)


@pytest.mark.fleet("node-inspector", "open")
def test_an_open_inspector_is_exposed_by_address_and_by_name(server, see):
    argv = ["node", "--inspect={address}:9229", "-e", "setInterval(() => {}, 1000)"]
    running = server(argv, [9229], package="nodejs")
    verdict = see(running, "node-inspector", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["node-inspector-open"])
    assert see(running, "node-inspector", host="app.example").status == "exposed"
    assert see(running).service == "node-inspector"


@pytest.mark.fleet("node-inspector", "protected", unlike={"elsewhere": "a password hides the front page that names it"})
def test_a_password_in_front_of_the_sockets_protects(server, see):
    argv = ["node", "--inspect={address}:9229", "-e", "setInterval(() => {}, 1000)"]
    running = server(argv, [9229], package="nodejs")
    front = server.front(f"http://{running.address}:9229", 9229, public=("= /json/version",), user="u", password="p")
    verdict = see(front, "node-inspector")
    assert (verdict.status, verdict.rules) == ("protected", [])
