import asyncio

import pytest
from hypothesis import given

from scanner.core.facts import Access
from scanner.services.development.openocd import GREETING, PROBE, OpenocdFacts
from tests.support.hostile import pieces, survives
from tests.support.talks import Say, ScriptedTalk


def ask(said):
    return asyncio.run(PROBE.ask(ScriptedTalk((Say(said),), PROBE.sends)))


def test_its_greeting_is_its_console():
    assert ask(GREETING + b"\r> ").access is Access.CONTROL


def test_another_telnet_is_another_product():
    assert ask(GREETING[:12] + b"login: ".ljust(40)) is None


@given(pieces(GREETING))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


def test_the_rule_holds_for_what_was_read_alone():
    (rule,) = PROBE.rules
    assert rule.holds(OpenocdFacts()) is None
    assert rule.holds(OpenocdFacts(access=Access.CONTROL))


@pytest.mark.fleet("openocd", "open")
def test_a_console_on_the_network_is_exposed(server, see):
    argv = ["openocd", "-c", "bindto {address}", "-c", "adapter driver dummy", "-c", "init"]
    running = server(argv, [4444], package="openocd")
    verdict = see(running, "openocd", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["openocd-open"])
    assert see(running).service == "openocd"
