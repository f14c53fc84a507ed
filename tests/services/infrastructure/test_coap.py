import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.infrastructure.coap import PROBE, CoapFacts, parse_answer
from tests.support.talks import ScriptedDatagrams
from tests.support.udp import listens

LINKS = b'</>;title="General Info";ct=0,</time>;if="clock"'


def answered(code, payload):
    return lambda question: bytes([0x60, code]) + question[2:4] + payload


@pytest.mark.parametrize(
    ("code", "payload", "access", "names"),
    [(0x45, b"\xc1(\xff" + LINKS, Access.METADATA, ["/", "/time"]), (0x81, b"", Access.REFUSED, [])],
)
def test_the_code_decides(code, payload, access, names):
    facts = asyncio.run(PROBE.ask_datagram(ScriptedDatagrams(answered(code, payload), PROBE.sends)))
    assert (facts.access, facts.evidence) == (access, {"resources": names})


def test_a_missing_list_tells_nothing():
    assert asyncio.run(PROBE.ask_datagram(ScriptedDatagrams(answered(0x84, b""), PROBE.sends))) is None


@pytest.mark.parametrize("data", [b"", b"\x60\x45\0\0\xff<", b"\x40\x45\1\2\xff</>", b"\x60\x45\1\2\xffhello"])
def test_other_answers_are_malformed(data):
    with pytest.raises(Malformed):
        parse_answer(data, b"\1\2")


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_malformed(data):
    try:
        parse_answer(b"\x60\x45\1\2" + data, b"\1\2")
    except Malformed:
        return


def test_the_rule_holds_for_what_was_read_alone():
    (rule,) = PROBE.rules
    assert rule.holds(CoapFacts()) is None
    assert rule.holds(CoapFacts(access=Access.METADATA))


@pytest.mark.fleet("coap", "open", transport="udp")
def test_a_device_without_dtls_is_exposed(server, see):
    argv = ["coap-server-notls", "-A", "{address}", "-p", "5683"]
    running = server(argv, package="libcoap3-bin", ready=listens(5683))
    verdict = see(running, "coap", port=5683, transport="udp", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["coap-lists-resources"])
