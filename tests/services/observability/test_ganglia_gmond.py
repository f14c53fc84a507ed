import asyncio

import pytest
from hypothesis import given

from scanner.core.facts import Access
from scanner.services.observability.ganglia_gmond import PROBE, GangliaFacts
from tests.support.hostile import pieces, survives
from tests.support.talks import Say, ScriptedTalk

DOCUMENT = (
    b'<?xml version="1.0" encoding="ISO-8859-1" standalone="yes"?>\n<!DOCTYPE GANGLIA_XML [\n]>\n'
    b'<GANGLIA_XML VERSION="3.7.2" SOURCE="gmond">\n<CLUSTER NAME="shop" LOCALTIME="1">\n</CLUSTER>\n</GANGLIA_XML>\n'
)
SETTINGS = """globals {
  daemonize = no
  setuid = no
}
cluster { name = "shop" }
udp_recv_channel {
  bind = "{address}"
  port = 8649
}
tcp_accept_channel {
  bind = "{address}"
  port = 8649
}
"""


def ask(*said):
    return asyncio.run(PROBE.ask(ScriptedTalk(tuple(map(Say, said)), PROBE.sends)))


def test_version_and_cluster_are_told():
    facts = ask(DOCUMENT[:90], DOCUMENT[90:])
    assert (facts.access, facts.version, facts.evidence) == (Access.METADATA, "3.7.2", {"cluster": "shop"})


def test_another_document_is_another_product():
    assert ask(b'<?xml version="1.0"?><rss></rss></GANGLIA_XML>') is None
    assert ask(b"220 mail ESMTP") is None


def test_the_rule_holds_for_what_was_read_alone():
    (rule,) = PROBE.rules
    assert rule.holds(GangliaFacts()) is None
    assert rule.holds(GangliaFacts(access=Access.METADATA))


@given(pieces(DOCUMENT))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


@pytest.mark.fleet("ganglia-gmond", "open")
def test_a_daemon_that_tells_everybody_is_exposed(server, see):
    argv = ["gmond", "-f", "-c", "{dir}/gmond.conf"]
    running = server(argv, [8649], package="ganglia-monitor", files={"gmond.conf": SETTINGS})
    verdict = see(running, "ganglia-gmond", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["ganglia-gmond-open"])
    assert verdict.row.evidence == {"cluster": "shop"}
    assert see(running).service == "ganglia-gmond"
