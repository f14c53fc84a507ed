import asyncio

import pytest
from hypothesis import given

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.development.nrepl import DESCRIBE, PROBE, NreplFacts, parse_operations
from tests.support.hostile import pieces, survives
from tests.support.talks import Say, ScriptedTalk

REPLY = b"d3:auxde3:opsd5:cloned1:e4:evald1:ee6:statusl4:donee8:versionsd5:nreplde"


def test_an_evaluator_is_control():
    facts = asyncio.run(PROBE.ask(ScriptedTalk((DESCRIBE, Say(REPLY)), PROBE.sends)))
    assert facts.access is Access.CONTROL


def test_operations_without_eval_are_metadata():
    talk = ScriptedTalk((DESCRIBE, Say(REPLY.replace(b"4:evald", b"4:lookd"))), PROBE.sends)
    assert asyncio.run(PROBE.ask(talk)).access is Access.METADATA


@pytest.mark.parametrize("reply", [b"", b"d3:auxde8:versionsd", b"HTTP/1.1 400\r\n3:opsd"])
def test_other_replies_are_malformed(reply):
    with pytest.raises(Malformed):
        parse_operations(reply)


@given(pieces(REPLY))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


def test_an_echo_is_no_server():
    assert survives(PROBE, [DESCRIBE]) is None


def test_the_rule_holds_for_what_was_read_alone():
    (rule,) = PROBE.rules
    assert rule.holds(NreplFacts()) is None
    assert rule.holds(NreplFacts(access=Access.CONTROL))


@pytest.mark.timeout(120)
@pytest.mark.fleet("nrepl", "open")
def test_a_server_is_exposed(server, see):
    jars = ":".join(f"/usr/share/java/{name}.jar" for name in ("clojure", "nrepl", "bencode"))
    run = '(require \'nrepl.server) (nrepl.server/start-server :port 7888 :bind "{address}") @(promise)'
    argv = ["java", "-cp", jars, "clojure.main", "-e", run]
    running = server(argv, [7888], package="libnrepl-clojure", patience_s=100)
    verdict = see(running, "nrepl", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["nrepl-open"])
    assert see(running, "development").service == "nrepl"
