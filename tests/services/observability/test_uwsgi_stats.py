import asyncio

import pytest
from hypothesis import given

from scanner.core.facts import Access
from scanner.services.observability.uwsgi_stats import PROBE, UwsgiFacts
from tests.support.hostile import pieces, survives
from tests.support.talks import Say, ScriptedTalk

DOCUMENT = b'{\n\t"version":"2.0.21","listen_queue":0,"pid":1,"cwd":"/srv","sockets":[{}],"workers":[{},{}]\n}'


def ask(*said):
    return asyncio.run(PROBE.ask(ScriptedTalk((*map(Say, said), Say(b"")), PROBE.sends)))


def test_numbers_are_told_and_folders_are_not():
    facts = ask(DOCUMENT[:20], DOCUMENT[20:])
    assert (facts.access, facts.version) == (Access.METADATA, "2.0.21")
    assert facts.evidence == {"workers": 2, "sockets": 1}


def test_another_document_is_another_product():
    assert ask(b'{"version":"2.0"}') is None


def test_the_rule_holds_for_what_was_read_alone():
    (rule,) = PROBE.rules
    assert rule.holds(UwsgiFacts()) is None
    assert rule.holds(UwsgiFacts(access=Access.METADATA))


@given(pieces(DOCUMENT))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


@pytest.mark.fleet("uwsgi-stats", "open")
def test_a_stats_server_is_exposed(server, see):
    argv = ["uwsgi", "--master", "--socket", "{dir}/app.sock", "--stats", "{address}:1717"]
    running = server(argv, [1717], package="uwsgi-core")
    verdict = see(running, "uwsgi-stats", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["uwsgi-stats-open"])
    assert see(running).service == "uwsgi-stats"
