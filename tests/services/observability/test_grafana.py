import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.facts import Access
from scanner.services.observability.grafana import (
    HEALTH,
    LOGIN,
    ORG,
    PROBE,
    SEARCH,
    SOURCES,
    GrafanaFacts,
    parse_health,
)
from tests.support.standins import see_stand_in
from tests.support.talks import ScriptedHttp, page

HEALTHY = page('{"commit":"abc","database":"ok","version":"10.2.3"}', json=True)
HIDDEN = page('{"database":"ok"}', json=True)
BOOT = page("<script>window.grafanaBootData = {}</script>")
NAMED = page('{"id":1,"name":"Main Org."}', json=True)
LISTED = page('[{"uid":"a","title":"Shop"}]', json=True)
SOURCED = page('[{"type":"prometheus","uid":"p"}]', json=True)


def ask(answers):
    return asyncio.run(PROBE.ask_http(ScriptedHttp(answers, PROBE.sends)))


@pytest.mark.parametrize(
    ("answers", "access"),
    [
        ({HEALTH: HEALTHY, ORG: page('{"message":"Unauthorized"}', 401)}, Access.REFUSED),
        ({HEALTH: HEALTHY, ORG: page("", 404)}, Access.UNKNOWN),
        ({HEALTH: HEALTHY, ORG: NAMED}, Access.METADATA),
        ({HEALTH: HEALTHY, ORG: NAMED, SEARCH: LISTED}, Access.DATA),
        ({HEALTH: HEALTHY, ORG: NAMED, SEARCH: page("[]"), SOURCES: SOURCED}, Access.CONTROL),
        ({HEALTH: HIDDEN, LOGIN: BOOT, ORG: page("", 401)}, Access.REFUSED),
        ({HEALTH: HIDDEN, LOGIN: page("<html>"), ORG: NAMED}, None),
        ({HEALTH: page('{"database":"sqlite","commit":"a"}'), ORG: NAMED}, None),
        ({HEALTH: page("OK"), ORG: NAMED}, None),
    ],
)
def test_the_answers_decide(answers, access):
    facts = ask(answers)
    assert (facts.access if facts else None) is access


@given(st.binary(max_size=200) | st.just(HEALTHY.body))
def test_any_body_is_read_or_passed_over(body):
    parse_health(page(body))
    ask({HEALTH: HEALTHY, ORG: page(body), SEARCH: page(body), SOURCES: page(body)})


def test_the_rules_hold_for_what_was_read_alone():
    anonymous, administrator = PROBE.rules
    assert anonymous.holds(GrafanaFacts(access=Access.REFUSED)) is None
    assert "3 dashboards" in anonymous.holds(GrafanaFacts(access=Access.DATA, dashboards=3))
    assert administrator.holds(GrafanaFacts(access=Access.DATA)) is None
    assert administrator.holds(GrafanaFacts(access=Access.CONTROL))


def test_stand_ins_are_judged_by_what_visitors_may_see():
    admin = see_stand_in("grafana", "open", title="administrators")
    assert sorted(admin.rules) == ["grafana-anonymous", "grafana-anonymous-admin"]
    viewer = see_stand_in("grafana", "open", title="dashboards")
    assert (viewer.rules, viewer.row.version) == (["grafana-anonymous"], "10.2.3")
    closed = see_stand_in("grafana", "protected")
    assert (closed.status, closed.rules) == ("protected", [])
