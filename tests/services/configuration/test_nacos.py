import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.facts import Access
from scanner.services.configuration.nacos import (
    CONFIGS,
    PROBE,
    SERVICES,
    STATE,
    STATE_3,
    NacosFacts,
    parse_services,
    parse_state,
    shows_configs,
)
from tests.support.standins import see_stand_in
from tests.support.talks import ScriptedHttp, page

STATED = page(
    '{"version":"2.2.3","standalone_mode":"standalone","function_mode":null,"auth_enabled":"false"}', json=True
)
LISTED = page('{"count":2,"doms":["shop","payments"]}', json=True)
SEARCHED = page('{"totalCount":0,"pageNumber":1,"pageItems":[]}', json=True)
DENIED = page('{"status":403,"message":"user not found!"}', 403, json=True)


def ask(answers):
    return asyncio.run(PROBE.ask_http(ScriptedHttp(answers, PROBE.sends)))


@pytest.mark.parametrize(
    ("answers", "access"),
    [
        ({STATE: STATED, SERVICES: LISTED, CONFIGS: SEARCHED}, Access.CONTROL),
        ({STATE: STATED, SERVICES: LISTED, CONFIGS: DENIED}, Access.METADATA),
        ({STATE: STATED, SERVICES: DENIED, CONFIGS: DENIED}, Access.REFUSED),
        ({STATE: STATED}, Access.UNKNOWN),
        ({STATE: page("", 404), STATE_3: STATED}, Access.UNKNOWN),
        ({STATE: page('{"version":"2"}'), SERVICES: LISTED, CONFIGS: SEARCHED}, None),
        ({SERVICES: LISTED, CONFIGS: SEARCHED}, None),
    ],
)
def test_the_answers_decide(answers, access):
    facts = ask(answers)
    assert (facts.access if facts else None) is access


@given(st.binary(max_size=200) | st.sampled_from([STATED.body, LISTED.body, SEARCHED.body]))
def test_any_body_is_read_or_passed_over(body):
    parse_state(page(body))
    parse_services(page(body))
    shows_configs(page(body))


def test_the_rule_holds_for_what_was_read_alone():
    (rule,) = PROBE.rules
    assert rule.holds(NacosFacts(access=Access.REFUSED)) is None
    assert rule.holds(NacosFacts(access=Access.METADATA))


def test_stand_ins_are_judged_by_their_lists():
    verdict = see_stand_in("nacos", "open")
    assert (verdict.rules, verdict.row.evidence["services"]) == (["nacos-no-auth"], 2)
    verdict = see_stand_in("nacos", "protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
