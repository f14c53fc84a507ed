import asyncio

import pytest
from hypothesis import given

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.development.rpyc import PROBE, ROOT, parse_length, parse_root
from tests.support.hostile import pieces, survives
from tests.support.talks import Say, ScriptedTalk


def reply(name: bytes) -> bytes:
    payload = b"\x12RQ\x11T\x12\x08\x0e" + bytes([len(name)]) + name + b"\x16\t250315824\x16\x0f140417898188704"
    return len(payload).to_bytes(4, "big") + b"\0" + payload + b"\n"


def ask(name):
    talk = ScriptedTalk((ROOT, Say(reply(name))), PROBE.sends)
    facts = asyncio.run(PROBE.ask(talk))
    return facts.access, [rule.id for rule in PROBE.rules if rule.holds(facts)]


def test_the_root_decides():
    assert ask(b"rpyc.core.service.SlaveService") == (Access.CONTROL, ["rpyc-classic"])
    assert ask(b"__main__.Sensors") == (Access.METADATA, ["rpyc-no-login"])


@pytest.mark.parametrize("payload", [b"", b"\x12RQ\x11T", ROOT[5:]])
def test_other_payloads_are_malformed(payload):
    with pytest.raises(Malformed):
        parse_root(payload)


@pytest.mark.parametrize("header", [b"", b"\0\0\0\x08\x02", b"\0\0\0\0\0", b"\xff\0\0\0\0"])
def test_other_headers_are_malformed(header):
    with pytest.raises(Malformed):
        parse_length(header)


@given(pieces(reply(b"rpyc.core.service.SlaveService")))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


def test_an_echo_is_no_server():
    assert survives(PROBE, [ROOT]) is None


@pytest.mark.fleet("rpyc", "open")
def test_a_classic_server_is_exposed(server, see):
    argv = ["rpyc_classic", "--host", "{address}", "-p", "18812"]
    running = server(argv, [18812], package="python3-rpyc")
    verdict = see(running, "rpyc", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["rpyc-classic"])
    assert see(running, "development").service == "rpyc"
