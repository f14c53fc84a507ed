import asyncio

import pytest
from hypothesis import given

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.infrastructure.spamd import PING, PROBE, SpamdFacts, parse_pong
from tests.support.hostile import pieces, survives
from tests.support.talks import Say, ScriptedTalk

PONG = b"SPAMD/1.5 0 PONG\r\n"


def test_a_pong_is_read():
    facts = asyncio.run(PROBE.ask(ScriptedTalk((PING, Say(PONG)), PROBE.sends)))
    assert (facts.access, facts.evidence) == (Access.METADATA, {"protocol": "1.5"})


@pytest.mark.parametrize("reply", [b"", b"SPAMD/1.0 76 Bad header line\r\n", b"SPAMD/1.5 0 PONG"])
def test_other_replies_are_malformed(reply):
    with pytest.raises(Malformed):
        parse_pong(reply)


@given(pieces(PONG))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


def test_an_echo_is_no_daemon():
    assert survives(PROBE, [PING]) is None


def test_the_rule_holds_for_what_was_read_alone():
    (rule,) = PROBE.rules
    assert rule.holds(SpamdFacts()) is None
    assert rule.holds(SpamdFacts(access=Access.METADATA))


@pytest.mark.fleet("spamd", "open")
def test_a_daemon_for_all_addresses_is_exposed(server, see):
    argv = ["spamd", "--listen={address}:783", "--allowed-ips=127.0.0.0/8", "--nouser-config", "--local"]
    argv += ["--username=nobody", "--pidfile={dir}/pid", "--syslog=stderr"]
    running = server(argv, [783], package="spamd", ready=b"child states: II", patience_s=60)
    verdict = see(running, "spamd", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["spamd-open"])
    assert see(running, "infrastructure").service == "spamd"
