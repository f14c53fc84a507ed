import asyncio

import pytest
from hypothesis import given

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.files.snapcast import PROBE, STATUS, SnapcastFacts, parse_status
from tests.support.hostile import pieces, survives
from tests.support.talks import Say, ScriptedTalk

REPLY = (
    b'{"id":1,"jsonrpc":"2.0","result":{"server":{"groups":[{}],'
    b'"server":{"snapserver":{"name":"Snapserver","version":"0.26.0"}},"streams":[]}}}\r\n'
)


def test_the_status_is_read():
    facts = asyncio.run(PROBE.ask(ScriptedTalk((STATUS, Say(REPLY)), PROBE.sends)))
    assert (facts.access, facts.version, facts.evidence) == (Access.CONTROL, "0.26.0", {"groups": 1})


@pytest.mark.parametrize("reply", [b"", b"{}", b'{"error":{"code":-32601}}', REPLY.replace(b"Snapserver", b"Other")])
def test_other_replies_are_malformed(reply):
    with pytest.raises(Malformed):
        parse_status(reply)


@given(pieces(REPLY))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


def test_an_echo_is_no_server():
    assert survives(PROBE, [STATUS]) is None


def test_the_rule_holds_for_control_alone():
    (rule,) = PROBE.rules
    assert rule.holds(SnapcastFacts()) is None
    assert rule.holds(SnapcastFacts(access=Access.CONTROL))


@pytest.mark.fleet("snapcast", "open")
def test_a_server_is_exposed(server, see):
    options = [f"--{name}.bind_to_address={{address}}" for name in ("tcp", "http", "stream")]
    argv = ["snapserver", *options, "--server.datadir={dir}", "--stream.source=pipe:///{dir}/fifo?name=fleet"]
    running = server(argv, [1705], package="snapserver")
    verdict = see(running, "snapcast", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["snapcast-open"])
    assert see(running, "files").service == "snapcast"
