import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.facts import Access
from scanner.services.observability.kibana import OBJECTS, PROBE, SPACES, STATUS, KibanaFacts, parse_spaces, parse_total
from tests.support.standins import see_stand_in
from tests.support.talks import ScriptedHttp, page

NAMED = page('{"status":{"overall":{"level":"available"}}}', headers={"kbn-name": "k"}, json=True)
SPACED = page('[{"id":"default","name":"Default"}]', json=True)
FOUND = page('{"total":4,"saved_objects":[]}', json=True)


def ask(answers):
    return asyncio.run(PROBE.ask_http(ScriptedHttp(answers, PROBE.sends)))


@pytest.mark.parametrize(
    ("answers", "access"),
    [
        ({STATUS: NAMED, SPACES: SPACED}, Access.CONTROL),
        ({STATUS: NAMED, OBJECTS: FOUND}, Access.CONTROL),
        ({STATUS: NAMED, SPACES: page("", 401), OBJECTS: FOUND}, Access.REFUSED),
        ({STATUS: NAMED, OBJECTS: page("", 302, {"Location": "/app/login?"})}, Access.REFUSED),
        ({STATUS: NAMED, SPACES: page("[]"), OBJECTS: page("", 503)}, Access.UNKNOWN),
        ({STATUS: page("", 401, {"kbn-name": "k"}), SPACES: page("", 401)}, Access.REFUSED),
        ({STATUS: page('{"name":"x","uuid":"u","status":"ok","version":"1"}'), SPACES: SPACED}, None),
        ({STATUS: page("", 503), SPACES: SPACED}, None),
    ],
)
def test_the_answers_decide(answers, access):
    facts = ask(answers)
    assert (facts.access if facts else None) is access


@given(st.binary(max_size=200) | st.sampled_from([SPACED.body, FOUND.body]))
def test_any_body_is_read_or_passed_over(body):
    parse_spaces(page(body))
    parse_total(page(body))


def test_the_rule_holds_for_what_was_read_alone():
    (rule,) = PROBE.rules
    assert rule.holds(KibanaFacts(access=Access.REFUSED, product="Kibana")) is None
    assert rule.holds(KibanaFacts(access=Access.CONTROL, product="Kibana")) == "Kibana asks for no login."


@pytest.mark.parametrize(
    ("title", "product", "evidence"),
    [
        ("Kibana", "Kibana", {"spaces": ["default"]}),
        ("OpenSearch", "OpenSearch Dashboards", {"index_patterns": 4}),
    ],
)
def test_stand_ins_without_a_login_are_exposed(title, product, evidence):
    verdict = see_stand_in("kibana", "open", title=title)
    assert (verdict.rules, verdict.row.product, verdict.row.evidence) == (["kibana-no-login"], product, evidence)
    assert verdict.row.version == "8.11.3"


def test_a_stand_in_with_a_login_is_protected():
    verdict = see_stand_in("kibana", "protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
