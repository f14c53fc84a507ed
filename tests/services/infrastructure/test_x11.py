import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.infrastructure.x11 import PROBE, SETUP, parse_header, parse_setup
from tests.fleet.namespaces import SERVER
from tests.support.talks import Say, ScriptedTalk

VENDOR = b"The X.Org Foundation"
FIXED = (
    (12_101_007).to_bytes(4, "little") + bytes(12) + len(VENDOR).to_bytes(2, "little") + b"\xff\xff\x01\x06" + bytes(10)
)


def answer(outcome, reason_length, content):
    content += bytes(-len(content) % 4)
    return bytes([outcome, reason_length, 11, 0, 0, 0]) + (len(content) // 4).to_bytes(2, "little") + content


def ask(*steps):
    return asyncio.run(PROBE.ask(ScriptedTalk((SETUP, *steps), PROBE.sends)))


def rules(facts):
    return [rule.id for rule in PROBE.rules if rule.holds(facts)]


def test_an_accepted_connection_is_control():
    facts = ask(Say(answer(1, 0, FIXED + VENDOR)))
    assert (facts.access, facts.product, facts.version) == (Access.CONTROL, "The X.Org Foundation", "21.1.7")
    assert rules(facts) == ["x11-open-display"]


def test_a_demand_for_a_key_protects():
    reason = b"Authorization required, but no authorization protocol specified\n"
    facts = ask(Say(answer(0, len(reason), reason)))
    assert (facts.access, rules(facts)) == (Access.REFUSED, [])
    assert facts.proof[-1].received.startswith("Authorization required")


def test_an_echo_is_no_display():
    with pytest.raises(Malformed):
        ask(Say(SETUP))


@given(st.binary(max_size=60))
def test_any_bytes_are_malformed_or_read(data):
    for parse, said in (
        (parse_header, data),
        (parse_header, data[:8]),
        (parse_setup, data),
        (parse_setup, FIXED + data),
    ):
        try:
            parse(said)
        except Malformed:
            continue


def start(server, cable, *more):
    # Xvfb listens on every address: a namespace of its own keeps it from everybody else.
    argv = ["Xvfb", ":4", "-listen", "tcp", "-nolisten", "local", "-nolisten", "unix", "-nolock", "-noreset",
            "-screen", "0", "320x200x8", *more]  # fmt: skip
    return server(
        argv, [6004], package="xvfb", address=SERVER, prefix=cable.prefix, ready=lambda _: cable.accepts(6004)
    )


@pytest.mark.root
@pytest.mark.fleet("x11", "open")
def test_a_display_without_a_list_is_exposed(server, cable):
    start(server, cable, "-ac")
    seen = cable.see(6004, "x11")
    assert (seen["status"], seen["rules"]) == ("exposed", ["x11-open-display"])


@pytest.mark.root
@pytest.mark.fleet("x11", "protected")
def test_a_list_of_hosts_protects(server, cable):
    start(server, cable)
    seen = cable.see(6004, "x11")
    assert (seen["status"], seen["rules"]) == ("protected", [])
