import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.infrastructure.sip import PROBE, parse_answer
from tests.support.talks import ScriptedDatagrams
from tests.support.udp import listens


def answered(question: bytes) -> bytes:
    call = question.split(b"\r\n")[5]
    return b"SIP/2.0 483 Too Many Hops\r\n" + call + b"\r\nServer: kamailio (5.6.3)\r\nContent-Length: 0\r\n\r\n"


def test_a_server_is_named_and_nothing_is_claimed():
    facts = asyncio.run(PROBE.ask_datagram(ScriptedDatagrams(answered, PROBE.sends)))
    assert (facts.access, facts.product, facts.evidence) == (Access.UNKNOWN, "kamailio (5.6.3)", {"status": 483})


@pytest.mark.parametrize(
    "data", [b"", b"HTTP/1.1 200 OK\r\nexposure-1@scanner.invalid", b"SIP/2.0 999 No exposure-1@scanner.invalid"]
)
def test_other_answers_are_malformed(data):
    with pytest.raises(Malformed):
        parse_answer(data)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_malformed(data):
    try:
        parse_answer(b"SIP/2.0 200 exposure-1@scanner.invalid" + data)
    except Malformed:
        return


SETTINGS = 'listen=udp:{address}:5060\nloadmodule "sl.so"\nrequest_route { sl_send_reply("200", "OK"); }\n'


@pytest.mark.fleet("sip", "open", transport="udp")
def test_a_server_is_identified(server, see):
    argv = ["kamailio", "-DD", "-E", "-f", "{dir}/kamailio.cfg", "-m", "32", "-Y", "{dir}"]
    running = server(argv, package="kamailio", files={"kamailio.cfg": SETTINGS}, ready=listens(5060))
    verdict = see(running, "sip", port=5060, transport="udp", golden="open")
    assert (verdict.status, verdict.rules) == ("identified", [])
