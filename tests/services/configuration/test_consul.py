import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.facts import Access
from scanner.services.configuration.consul import AGENT, KEYS, LEADER, PROBE, SERVICES, ConsulFacts, parse_agent
from tests.fleet.server import ROOT
from tests.support.standins import see_stand_in
from tests.support.talks import ScriptedHttp, page

CONFIG = {"Datacenter": "dc1", "NodeName": "n1", "Server": True, "Version": "1.17.1"}
OWN = page(json.dumps({"Config": CONFIG, "DebugConfig": {}, "Member": {}}), json=True)
DENIED = page("Permission denied: anonymous token lacks permission 'agent:read' on \"n1\".", 403)
OLD_DENIED = page("Permission denied", 403)
LED = page('"10.0.0.1:8300"', json=True)


def ask(answers):
    return asyncio.run(PROBE.ask_http(ScriptedHttp(answers, PROBE.sends)))


@pytest.mark.parametrize(
    ("answers", "access"),
    [
        ({AGENT: OWN}, Access.CONTROL),
        ({AGENT: DENIED, SERVICES: page("{}")}, Access.REFUSED),
        ({AGENT: page("ACL not found", 403), SERVICES: page("", 403)}, Access.REFUSED),
        ({AGENT: OLD_DENIED, LEADER: LED}, Access.REFUSED),
        ({AGENT: DENIED, SERVICES: page('{"consul":[],"shop":[]}')}, Access.METADATA),
        ({AGENT: DENIED, SERVICES: page('{"consul":[]}')}, Access.REFUSED),
        ({AGENT: OLD_DENIED, LEADER: page("Permission denied", 403)}, None),
        ({AGENT: page('{"Config":{},"Member":{}}')}, None),
        ({AGENT: page("{}"), LEADER: LED}, None),
    ],
)
def test_the_answers_decide(answers, access):
    facts = ask(answers)
    assert (facts.access if facts else None) is access


def test_names_are_kept_and_no_value_is_read():
    sent = ScriptedHttp({AGENT: OWN, SERVICES: page('{"shop":[]}'), KEYS: page('["config/"]')}, PROBE.sends)
    facts = asyncio.run(PROBE.ask_http(sent))
    assert facts.traces == {"name": ("shop",), "key": ("config/",)}
    assert [line for line in sent.sent if "kv" in line] == [f"GET {KEYS}"]


@given(st.binary(max_size=200) | st.just(OWN.body))
def test_any_body_is_read_or_passed_over(body):
    parse_agent(page(body))
    ask({AGENT: page(body), LEADER: page(body)})


def test_the_rules_hold_for_what_was_read_alone():
    lists, scripts, partly = PROBE.rules
    for facts in (ConsulFacts(), ConsulFacts(access=Access.REFUSED)):
        assert [rule.holds(facts) for rule in PROBE.rules] == [None, None, None]
    assert "3 services" in lists.holds(ConsulFacts(access=Access.CONTROL, services=3))
    assert scripts.holds(ConsulFacts(access=Access.CONTROL)) is None
    assert scripts.holds(ConsulFacts(access=Access.CONTROL, scripts=True))
    assert "2 services" in partly.holds(ConsulFacts(access=Access.METADATA, services=2))


def test_a_stand_in_without_lists_is_exposed_with_names_alone():
    verdict = see_stand_in("consul", "open")
    assert sorted(verdict.rules) == ["consul-no-acl", "consul-remote-script-checks"]
    assert verdict.row.version == "1.17.1"
    assert verdict.row.evidence["services"] == ["consul", "shop", "payments"]


def test_a_stand_in_that_denies_is_protected():
    verdict = see_stand_in("consul", "protected")
    assert (verdict.status, verdict.rules) == ("protected", [])


PROGRAM = str(ROOT / ".fleet/bin/consul")

DENY = '{"acl": {"enabled": true, "default_policy": "deny"}}'
# What the image writes into a file of its configuration.
DENIED = {"command": "agent -dev -client=0.0.0.0", "environment": {"CONSUL_LOCAL_CONFIG": DENY}}


def start(server, acl):
    argv = [PROGRAM, "agent", "-dev", "-client={address}", "-bind={address}", "-config-file={dir}/acl.json"]
    return server(argv, [8500], package="consul", files={"acl.json": acl}, patience_s=60)


@pytest.mark.fleet("consul", "open", lint="hashicorp/consul:1.13.9", given={"command": "agent -dev -client=0.0.0.0"})
def test_an_agent_without_lists_is_exposed(server, see):
    running = start(server, "{}")
    verdict = see(running, "consul", golden="real-open")
    assert (verdict.status, verdict.rules) == ("exposed", ["consul-no-acl"])
    assert see(running, "configuration").service == "consul"


@pytest.mark.fleet("consul", "protected", lint="hashicorp/consul:1.13.9", given=DENIED)
def test_an_agent_that_denies_is_protected(server, see):
    running = start(server, DENY)
    verdict = see(running, "consul", golden="real-protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
