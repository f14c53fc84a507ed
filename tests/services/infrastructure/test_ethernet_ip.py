import asyncio

import pytest
from hypothesis import given

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.infrastructure.ethernet_ip import LIST_IDENTITY, PROBE, parse_identity, parse_length
from tests.fleet.server import ROOT
from tests.support.hostile import pieces, survives
from tests.support.talks import Say, ScriptedTalk

IDENTITY = (
    b"\x01\0\x0c\x006\0\x01\0\0\x02\xaf\x12"
    + bytes(12)
    + b"\x01\0\x0e\x006\0\x14\x0b`1\x1a\x06l\0\x141756-L61/B LOGIX5561\xff"
)
HEADER = b"c\0" + len(IDENTITY).to_bytes(2, "little") + bytes(20)


def test_the_identity_is_read_and_nothing_is_claimed():
    talk = ScriptedTalk((LIST_IDENTITY, Say(HEADER + IDENTITY)), PROBE.sends)
    facts = asyncio.run(PROBE.ask(talk))
    assert (facts.access, facts.product, facts.version) == (Access.UNKNOWN, "1756-L61/B LOGIX5561", "20.11")


@pytest.mark.parametrize("header", [b"", LIST_IDENTITY, b"c\0\xff\xff" + bytes(20), b"d" + HEADER[1:]])
def test_other_headers_are_malformed(header):
    with pytest.raises(Malformed):
        parse_length(header)


@pytest.mark.parametrize("data", [b"", IDENTITY[:39], IDENTITY[:30], b"\x01\0\x0d" + IDENTITY[3:]])
def test_other_items_are_malformed(data):
    with pytest.raises(Malformed):
        parse_identity(data)


@given(pieces(HEADER + IDENTITY))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


def test_an_echo_is_no_controller():
    assert survives(PROBE, [LIST_IDENTITY]) is None


@pytest.mark.timeout(120)
@pytest.mark.fleet("ethernet-ip", "open")
def test_a_simulated_controller_is_identified(server, see):
    program = str(ROOT / ".fleet/pypi/cpppo/bin/python")
    argv = [program, "-m", "cpppo.server.enip", "--no-udp", "-a", "{address}:44818", "SCADA=INT[10]"]
    running = server(argv, [44818], package="cpppo", patience_s=60)
    verdict = see(running, "ethernet-ip", golden="open")
    assert (verdict.status, verdict.rules) == ("identified", [])
    assert verdict.row.product == "1756-L61/B LOGIX5561"
