import asyncio

import pytest
from hypothesis import given

from scanner.core.facts import Access
from scanner.services.datastores.tarantool import PROBE, TarantoolFacts, parse_greeting
from tests.support.hostile import pieces, survives
from tests.support.talks import Say, ScriptedTalk

CONSOLE = b"Tarantool 2.6.0 (Lua console)".ljust(63) + b"\n" + b"type 'help' for interactive help".ljust(63) + b"\n"
BINARY = b"Tarantool 2.6.0 (Binary) fb28d406-a460".ljust(63) + b"\n" + b"c2FsdA==".ljust(63) + b"\n"
SCRIPT = """box.cfg{listen = '{address}:3301', work_dir = '{dir}'}
require('console').listen('{address}:3303')
"""


def ask(said):
    return asyncio.run(PROBE.ask(ScriptedTalk((Say(said),), PROBE.sends)))


def test_the_greeting_tells_a_console_from_the_binary_port():
    assert (ask(CONSOLE).access, ask(CONSOLE).version) == (Access.CONTROL, "2.6.0")
    assert (ask(BINARY).access, ask(BINARY).version) == (Access.UNKNOWN, "2.6.0")


@pytest.mark.parametrize("greeting", [b"", b"Tarantool 2.6.0 (Lua console)", b"x" * 128, b"Tarantool 2".ljust(128)])
def test_other_greetings_are_another_product(greeting):
    assert parse_greeting(greeting) is None


def test_the_rule_holds_for_a_console_alone():
    (rule,) = PROBE.rules
    assert rule.holds(TarantoolFacts()) is None
    assert rule.holds(TarantoolFacts(access=Access.CONTROL))


@given(pieces(CONSOLE))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


def start(server, port):
    ports = [port, 3301 + 3303 - port]
    return server(["tarantool", "{dir}/app.lua"], ports, package="tarantool", files={"app.lua": SCRIPT})


@pytest.mark.fleet("tarantool", "open")
def test_a_console_over_tcp_is_exposed(server, see):
    running = start(server, 3303)
    verdict = see(running, "tarantool", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["tarantool-console-open"])
    assert see(running).service == "tarantool"


@pytest.mark.fleet("tarantool", "protected")
def test_the_binary_port_is_identified(server, see):
    verdict = see(start(server, 3301), "tarantool", golden="protected")
    assert (verdict.status, verdict.rules) == ("identified", [])
