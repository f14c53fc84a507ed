import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.development.adb import CONNECT, PROBE, packet, parse_banner, parse_header
from tests.support.talks import Say, ScriptedTalk


def ask(said):
    return asyncio.run(PROBE.ask(ScriptedTalk((CONNECT, Say(said)), PROBE.sends)))


def message(command, data):
    return packet(command, bytes(4), bytes(4), data)


def rules(facts):
    return [rule.id for rule in PROBE.rules if rule.holds(facts)]


def test_the_connection_is_laid_out_as_in_the_document():
    assert CONNECT.hex() == "434e584e00000001001000000700000032020000bcb1a7b1686f73743a3a00"


def test_a_banner_is_control():
    facts = ask(message(b"CNXN", b"device::ro.product.model=Box;features=cmd\0"))
    assert (facts.access, facts.evidence, rules(facts)) == (Access.CONTROL, {"model": "Box"}, ["adb-no-key"])


@pytest.mark.parametrize("command", [b"AUTH", b"STLS"])
def test_a_demand_for_a_key_protects(command):
    facts = ask(message(command, b"x" * 20))
    assert (facts.access, rules(facts)) == (Access.REFUSED, [])


def test_an_echo_is_no_device():
    assert ask(CONNECT) is None


@given(st.binary(max_size=40), st.integers(0, 24))
def test_any_bytes_are_malformed_or_read(data, cut):
    parse_banner(data)
    for said in (data, CONNECT[:cut] + data, (CONNECT[:cut] + data)[:24]):
        try:
            parse_header(said)
        except Malformed:
            continue
