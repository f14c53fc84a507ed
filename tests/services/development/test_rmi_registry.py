import asyncio

import pytest
from hypothesis import given

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.development.rmi_registry import HELLO, LIST, PROBE, parse_names
from tests.support.hostile import pieces, survives
from tests.support.talks import Say, ScriptedTalk

HELD = b"N\x00\x09127.0.0.1\x00\x00\x9ap"
HEAD = b"Q\xac\xed\x00\x05w\x0f\x01" + bytes(14)
NAMES = HEAD + b"ur\x00\x13[Ljava.lang.String;\xad\xd2V\xe7\xe9\x1d{G\x02\x00\x00pxp\x00\x00\x00\x01t\x00\x06jmxrmi"
THROWN = b"Q\xac\xed\x00\x05w\x0f\x02" + bytes(14)


def ask(reply):
    facts = asyncio.run(PROBE.ask(ScriptedTalk((HELLO, Say(HELD), LIST, Say(reply)), PROBE.sends)))
    return facts.access, facts.names, [rule.id for rule in PROBE.rules if rule.holds(facts)]


def test_names_are_read():
    assert ask(NAMES) == (Access.METADATA, ("jmxrmi",), ["rmi-registry-lists"])


def test_an_exception_is_a_refusal():
    assert ask(THROWN) == (Access.REFUSED, (), [])


@pytest.mark.parametrize("reply", [b"", HEAD, HEAD + b"sr", HEAD[:7] + b"\x03" + bytes(14)])
def test_other_replies_are_malformed(reply):
    with pytest.raises(Malformed):
        parse_names(reply)


@given(pieces(HELD + NAMES))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


def test_an_echo_is_no_registry():
    assert survives(PROBE, [HELLO]) is None


SLEEP = "public class Sleep { public static void main(String[] a) throws Exception { Thread.sleep(600000); } }"


@pytest.mark.fleet("rmi-registry", "open")
def test_a_virtual_machine_that_listens_for_jmx_is_exposed(server, see):
    options = ("port=1099", "host={address}", "authenticate=false", "ssl=false")
    argv = [
        "java",
        *(f"-Dcom.sun.management.jmxremote.{option}" for option in options),
        "-Djava.rmi.server.hostname={address}",
    ]
    files = {"Sleep.java": SLEEP}
    running = server([*argv, "{dir}/Sleep.java"], [1099], package="default-jre-headless", files=files, patience_s=60)
    verdict = see(running, "rmi-registry", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["rmi-registry-lists"])
    assert verdict.row.evidence == {"names": ["jmxrmi"]}
    assert see(running, "development").service == "rmi-registry"
