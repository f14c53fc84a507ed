import asyncio

import pytest
from hypothesis import given

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.observability.statsd_admin import PROBE, QUIT, STATS, StatsdFacts, parse_stats
from tests.fleet.server import ROOT
from tests.support.hostile import pieces, survives
from tests.support.talks import Say, ScriptedTalk

REPLY = b"uptime: 12\nmessages.last_msg_seen: 12\nmessages.bad_lines_seen: 0\ngraphite.last_flush: 1\nEND\n\n"


def test_the_daemon_tells_uptime_and_backends():
    facts = asyncio.run(PROBE.ask(ScriptedTalk((STATS, Say(REPLY), QUIT), PROBE.sends)))
    assert facts.access is Access.CONTROL
    assert facts.evidence == {"uptime_s": "12", "backends": ["graphite"]}


@pytest.mark.parametrize("reply", [b"", b"END\n", b"uptime: 1\nEND\n", b"ERROR\n", b"STAT uptime 12\nEND\n"])
def test_other_replies_are_malformed(reply):
    with pytest.raises(Malformed):
        parse_stats(reply)


@given(pieces(REPLY))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


def test_the_rule_holds_for_what_was_read_alone():
    (rule,) = PROBE.rules
    assert rule.holds(StatsdFacts()) is None
    assert rule.holds(StatsdFacts(access=Access.CONTROL))


STATSD = ROOT / ".fleet" / "npm" / "statsd" / "node_modules" / "statsd" / "stats.js"
CONF = '{ mgmt_address: "{address}", mgmt_port: 8126, address: "{address}", port: 8125, backends: [] }'


@pytest.mark.fleet("statsd-admin", "open", lint="statsd/statsd:v0.9.0")
def test_a_daemon_is_exposed(server, see):
    server.need("statsd@0.9.0".partition("@")[0], "node")
    if not STATSD.exists():
        pytest.skip("statsd is missing; run `make fleet`")
    running = server(["node", str(STATSD), "{dir}/config.js"], [8126], package="statsd", files={"config.js": CONF})
    verdict = see(running, "statsd-admin", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["statsd-admin-open"])
    assert see(running, "observability").service == "statsd-admin"
