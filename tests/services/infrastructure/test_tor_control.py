import asyncio

import pytest
from hypothesis import given

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.infrastructure.tor_control import PROBE, QUESTION, QUIT, TorFacts, parse_protocol_info
from tests.support.hostile import pieces, survives
from tests.support.talks import Say, ScriptedTalk


def reply(methods: bytes) -> bytes:
    return b'250-PROTOCOLINFO 1\r\n250-AUTH METHODS=%b\r\n250-VERSION Tor="0.4.9.11"\r\n250 OK\r\n' % methods


def ask(*steps):
    return asyncio.run(PROBE.ask(ScriptedTalk(steps, PROBE.sends)))


@pytest.mark.parametrize(
    ("methods", "access"),
    [(b"NULL", Access.CONTROL), (b"COOKIE,SAFECOOKIE", Access.REFUSED), (b"HASHEDPASSWORD", Access.REFUSED)],
)
def test_the_ways_to_authenticate_decide(methods, access):
    facts = ask(QUESTION, Say(reply(methods)), QUIT)
    assert (facts.access, facts.version) == (access, "0.4.9.11")


@pytest.mark.parametrize("other", [b"", b"250 OK\r\n", b"250-PROTOCOLINFO 1\r\n250 OK\r\n", b"514 Authentication\r\n"])
def test_other_replies_are_malformed(other):
    with pytest.raises(Malformed):
        parse_protocol_info(other)


@given(pieces(reply(b"NULL")))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


def test_an_echo_is_no_tor():
    assert survives(PROBE, [QUESTION]) is None


def test_the_rule_holds_for_control_alone():
    (rule,) = PROBE.rules
    assert rule.holds(TorFacts(access=Access.REFUSED)) is None
    assert rule.holds(TorFacts(access=Access.CONTROL))


def start(server, *options):
    argv = ["tor", "-f", "/nonexistent", "--ignore-missing-torrc", "--DataDirectory", "{dir}/data"]
    argv += ["--SocksPort", "0", "--DisableNetwork", "1", "--ControlPort", "{address}:9051", *options]
    return server(argv, [9051], package="tor")


@pytest.mark.fleet("tor-control", "open")
def test_a_control_port_without_a_password_is_exposed(server, see):
    running = start(server)
    verdict = see(running, "tor-control", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["tor-control-no-auth"])
    assert see(running, "infrastructure").service == "tor-control"


@pytest.mark.fleet("tor-control", "protected")
def test_a_control_port_with_a_cookie_is_protected(server, see):
    verdict = see(start(server, "--CookieAuthentication", "1"), "tor-control", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
