import asyncio

import pytest
from hypothesis import given

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.messaging.stomp import CONNECT, DISCONNECT, PROBE, StompFacts, parse_frame
from tests.support.hostile import pieces, survives
from tests.support.talks import Say, ScriptedTalk

CONNECTED = b"CONNECTED\nserver:RabbitMQ/3.10.8\nsession:s\nheart-beat:0,0\nversion:1.2\n\n\x00"


def ask(*steps):
    return asyncio.run(PROBE.ask(ScriptedTalk(steps, PROBE.sends)))


def test_a_broker_that_connects_strangers_is_open():
    facts = ask(CONNECT, Say(CONNECTED), DISCONNECT)
    assert (facts.access, facts.product, facts.version) == (Access.DATA, "RabbitMQ", "3.10.8")


@pytest.mark.parametrize(
    ("error", "access"),
    [
        (b"ERROR\nmessage:Bad CONNECT\n\nAccess refused for user 'guest'\n\x00", Access.REFUSED),
        (b"ERROR\nmessage:User name [null] or password is invalid.\n\n\x00", Access.REFUSED),
        (b"ERROR\r\nmessage:Virtual host unknown\r\n\r\n\x00", Access.UNKNOWN),
    ],
)
def test_an_error_is_protection_only_if_it_is_about_a_login(error, access):
    facts = ask(CONNECT, Say(error))
    assert facts.access is access
    assert (facts.note is None) == (access is Access.REFUSED)


@pytest.mark.parametrize(
    "data", [b"", b"CONNECTED", b"CONNECT\nhost:/\n\n", b"MESSAGE\n\n", b"ERROR\nno colon\n\n", b"CONNECTED\n\n"]
)
def test_other_frames_are_malformed(data):
    with pytest.raises(Malformed):
        parse_frame(data) if data != b"CONNECTED\n\n" else ask(CONNECT, Say(data + b"\x00"))


@given(pieces(CONNECTED, b"ERROR\nmessage:Bad CONNECT\n\n\x00"))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


def test_an_echo_of_our_own_frame_is_no_broker():
    assert survives(PROBE, [CONNECT]) is None


def test_the_rule_holds_for_connected_clients_alone():
    (rule,) = PROBE.rules
    assert rule.holds(StompFacts(access=Access.REFUSED)) is None
    assert rule.holds(StompFacts(access=Access.DATA))
