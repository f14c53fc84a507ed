import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed, TimedOut
from scanner.core.facts import Access
from scanner.core.unheard import Unheard
from scanner.services.development.jdwp import ASK_VERSION, HANDSHAKE, PROBE, parse_header, parse_version
from tests.support.talks import Hush, Say, ScriptedTalk


def text(value):
    return len(value).to_bytes(4, "big") + value


CONTENT = text(b"Java Debug Wire Protocol\nmore") + bytes(8) + text(b"17.0.1") + text(b"OpenJDK 64-Bit Server VM")
HEADER = (len(CONTENT) + 11).to_bytes(4, "big") + b"\0\0\0\x01\x80\0\0"


def ask(*steps):
    return asyncio.run(PROBE.ask(ScriptedTalk((HANDSHAKE, *steps), PROBE.sends)))


def test_a_version_is_control():
    facts = ask(Say(HANDSHAKE), ASK_VERSION, Say(HEADER + CONTENT))
    assert (facts.access, facts.version) == (Access.CONTROL, "17.0.1")
    assert facts.evidence["machine"] == "OpenJDK 64-Bit Server VM"
    assert [rule.id for rule in PROBE.rules if rule.holds(facts)] == ["jdwp-open"]


def test_events_before_the_reply_are_passed_over():
    """Whoever attaches as the machine starts is told of the start."""
    event = bytes.fromhex("0000001d 00000000 00 4064") + bytes(18)
    assert ask(Say(HANDSHAKE), ASK_VERSION, Say(event + event + HEADER + CONTENT)).access is Access.CONTROL
    with pytest.raises(Malformed):
        ask(Say(HANDSHAKE), ASK_VERSION, Say(event * 9 + HEADER + CONTENT))


def test_an_echo_is_no_debugger():
    with pytest.raises(Malformed):
        ask(Say(HANDSHAKE), ASK_VERSION, Say(ASK_VERSION))


def test_silence_after_the_handshake_is_no_proof():
    with pytest.raises(TimedOut):
        ask(Say(HANDSHAKE), ASK_VERSION, Hush())
    assert ask(Say(b"HTTP/1.1 400 Bad")) is None


@given(st.binary(max_size=80))
def test_any_bytes_are_malformed_or_read(data):
    for parse, said in ((parse_header, data), (parse_version, data), (parse_version, CONTENT[: len(data)])):
        try:
            parse(said)
        except Malformed:
            continue


def start(server, option):
    agent = f"-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address={{address}}:5005{option}"
    # A main class that every Java has and that runs until it is stopped.
    argv = ["java", agent, "-Xshare:auto", "-m", "java.rmi/sun.rmi.registry.RegistryImpl", "0"]
    return server(argv, package="default-jre-headless", ready=b"Listening for transport")


@pytest.mark.fleet("jdwp", "open")
def test_an_open_debugger_is_exposed(server, see):
    running = start(server, "")
    # It serves one debugger at a time, and says so when it listens again.
    again = running.full_log.count("Listening for transport") + 1

    def rested():
        return running.full_log.count("Listening for transport") >= again

    verdict = see(running, "jdwp", port=5005, golden="open", rested=rested)
    assert (verdict.status, verdict.rules) == ("exposed", ["jdwp-open"])
    # Another one, for when the first listens again after the last of the looks nobody knows.
    assert see(start(server, ""), port=5005).service == "jdwp"


@pytest.mark.fleet("jdwp", "protected")
def test_a_list_of_addresses_protects(server, see):
    """It closes without a word, as a port without anybody behind it does too."""
    verdict = see(start(server, ",allow=192.0.2.1"), "jdwp", port=5005)
    assert (verdict.status, verdict.row.reason, verdict.rules) == ("inconclusive", Unheard.CUT_OFF, [])
