import asyncio

import pytest
from hypothesis import given

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.infrastructure.opcua import HELLO, PROBE, parse_header
from tests.fleet.server import ROOT
from tests.support.hostile import pieces, survives
from tests.support.talks import Say, ScriptedTalk

ACKNOWLEDGED = b"ACKF\x1c\0\0\0" + bytes(4) + 2 * b"\xff\xff\0\0" + bytes(4) + b"\x40\x06\x41\x06"
ERROR = b"ERRF\x10\0\0\0" + bytes(8)


@pytest.mark.parametrize(("said", "received"), [(ACKNOWLEDGED, "ACK"), (ERROR, "ERR")])
def test_either_answer_names_it_and_claims_nothing(said, received):
    facts = asyncio.run(PROBE.ask(ScriptedTalk((HELLO, Say(said)), PROBE.sends)))
    assert (facts.access, facts.proof[0].received) == (Access.UNKNOWN, received)


@pytest.mark.parametrize("header", [b"", HELLO[:8], b"ACKF\x1d\0\0\0", b"ERRF\x08\0\0\0", b"ERRF\xff\xff\xff\xff"])
def test_other_headers_are_malformed(header):
    with pytest.raises(Malformed):
        parse_header(header)


@given(pieces(ACKNOWLEDGED))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


SCRIPT = """import asyncio
from asyncua import Server
async def main():
    server = Server()
    await server.init()
    server.set_endpoint("opc.tcp://{address}:4840/fleet")
    await server.start()
    await asyncio.sleep(600)
asyncio.run(main())
"""


@pytest.mark.timeout(120)
@pytest.mark.fleet("opcua", "open")
def test_a_real_server_is_identified(server, see):
    program = str(ROOT / ".fleet/pypi/asyncua/bin/python")
    running = server([program, "{dir}/s.py"], [4840], package="asyncua", files={"s.py": SCRIPT}, patience_s=90)
    verdict = see(running, "opcua", golden="open")
    assert (verdict.status, verdict.rules) == ("identified", [])
