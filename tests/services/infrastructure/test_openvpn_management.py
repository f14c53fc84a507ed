import asyncio

import pytest
from hypothesis import given

from scanner.core.facts import Access
from scanner.services.infrastructure.openvpn_management import BANNER, PROBE, PROMPT, OpenVpnFacts
from tests.support.hostile import pieces, survives
from tests.support.talks import Say, ScriptedTalk

GREETING = BANNER + b"5 -- type 'help' for more info\r\n"


def ask(*steps):
    return asyncio.run(PROBE.ask(ScriptedTalk(steps, PROBE.sends)))


def test_an_interface_without_a_password_is_control():
    assert ask(Say(GREETING)).access is Access.CONTROL


def test_a_prompt_is_a_refusal():
    assert ask(Say(PROMPT)).access is Access.REFUSED


def test_another_greeting_is_another_product():
    assert ask(Say(b"220 ftp.example.net is ready for you, and this is its long greeting\r\n")) is None


@given(pieces(GREETING))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


def test_the_rule_holds_for_control_alone():
    (rule,) = PROBE.rules
    assert rule.holds(OpenVpnFacts(access=Access.REFUSED)) is None
    assert rule.holds(OpenVpnFacts(access=Access.CONTROL))


def start(server, *password):
    argv = ["openvpn", "--dev", "null", "--ifconfig-noexec", "--management", "{address}", "7505", *password]
    return server([*argv, "--management-hold"], [7505], package="openvpn", files={"password": "secret\n"})


@pytest.mark.fleet("openvpn-management", "open")
def test_an_interface_without_a_password_is_exposed(server, see):
    running = start(server)
    verdict = see(running, "openvpn-management", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["openvpn-management-no-password"])
    assert see(running, "infrastructure").service == "openvpn-management"


@pytest.mark.fleet("openvpn-management", "protected")
def test_an_interface_with_a_password_is_protected(server, see):
    verdict = see(start(server, "{dir}/password"), "openvpn-management", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
