import asyncio

import pytest
from hypothesis import given

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.infrastructure.gpsd import DEVICES, PROBE, GpsdFacts, parse_devices
from tests.support.hostile import pieces, survives
from tests.support.talks import Say, ScriptedTalk

GREETING = b'{"class":"VERSION","release":"3.22","rev":"3.22","proto_major":3,"proto_minor":14}\r\n'
REPLY = b'{"class":"DEVICES","devices":[{"class":"DEVICE","path":"/dev/ttyUSB0"}]}\r\n'


def ask(*steps):
    return asyncio.run(PROBE.ask(ScriptedTalk(steps, PROBE.sends)))


def test_version_and_receivers_are_read():
    facts = ask(Say(GREETING), DEVICES, Say(REPLY))
    assert (facts.access, facts.version, facts.evidence) == (Access.DATA, "3.22", {"receivers": 1})


def test_another_greeting_is_another_product():
    assert ask(Say(b'{"class":"HELLO"}\r\n')) is None


@pytest.mark.parametrize("reply", [b"", b"[]", b'{"class":"ERROR"}', b'{"class":"DEVICES","devices":{}}'])
def test_other_replies_are_malformed(reply):
    with pytest.raises(Malformed):
        parse_devices(reply)


@given(pieces(GREETING + REPLY))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


def test_the_rule_holds_for_what_was_read_alone():
    (rule,) = PROBE.rules
    assert rule.holds(GpsdFacts()) is None
    assert rule.holds(GpsdFacts(access=Access.DATA))


@pytest.mark.root
@pytest.mark.fleet("gpsd", "open")
def test_a_daemon_that_listens_everywhere_is_exposed(server, cable):
    argv = ["gpsd", "-N", "-G", "-S", "2947", "{dir}/receiver"]
    server(argv, package="gpsd", prefix=cable.prefix, files={"receiver": ""}, ready=lambda _: cable.accepts(2947))
    seen = cable.see(2947, "gpsd")
    assert (seen["status"], seen["rules"]) == ("exposed", ["gpsd-open"])
