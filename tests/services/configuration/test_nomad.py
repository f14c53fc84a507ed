import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.facts import Access
from scanner.services.configuration.nomad import AGENT, JOBS, LEADER, PROBE, NomadFacts, parse_agent, parse_jobs
from tests.support.standins import see_stand_in
from tests.support.talks import ScriptedHttp, page

CONFIG = {"Region": "global", "Datacenter": "dc1", "Version": {"Version": "1.7.2"}}
OWN = page(json.dumps({"config": CONFIG, "member": {}}), json=True)
DENIED = page("Permission denied", 403)
LED = page('"10.0.0.1:4647"', json=True)


def ask(answers):
    return asyncio.run(PROBE.ask_http(ScriptedHttp(answers, PROBE.sends)))


@pytest.mark.parametrize(
    ("answers", "access"),
    [
        ({AGENT: OWN}, Access.CONTROL),
        ({AGENT: DENIED, LEADER: LED}, Access.REFUSED),
        ({AGENT: DENIED, LEADER: page('"10.0.0.1:8300"')}, None),
        ({AGENT: DENIED, LEADER: DENIED}, None),
        ({AGENT: page('{"config":{},"member":{}}'), LEADER: LED}, None),
    ],
)
def test_the_answers_decide(answers, access):
    facts = ask(answers)
    assert (facts.access if facts else None) is access


@given(st.binary(max_size=200) | st.just(OWN.body))
def test_any_body_is_read_or_passed_over(body):
    parse_agent(page(body))
    parse_jobs(page(body))
    ask({AGENT: page(body), LEADER: page(body), JOBS: page(body)})


def test_the_rule_holds_for_what_was_read_alone():
    (rule,) = PROBE.rules
    assert rule.holds(NomadFacts(access=Access.REFUSED)) is None
    assert "2 jobs" in rule.holds(NomadFacts(access=Access.CONTROL, jobs=2))


def test_stand_ins_are_judged_by_their_lists():
    verdict = see_stand_in("nomad", "open")
    assert (verdict.rules, verdict.row.version, verdict.row.evidence["jobs"]) == (["nomad-no-acl"], "1.7.2", ["shop"])
    verdict = see_stand_in("nomad", "protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
