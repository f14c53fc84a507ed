import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.facts import Access
from scanner.services.configuration.eureka import APPS, APPS_2, PROBE, EurekaFacts, parse_applications
from tests.services.configuration import spring
from tests.support.talks import ScriptedHttp, page

APP = '{"name":"SHOP","instance":[{"instanceId":"a"},{"instanceId":"b"}]}'
LISTED = '{"applications":{"versions__delta":"1","apps__hashcode":"UP_2_","application":[' + APP + "]}}"
START = page("<html><head><title>Eureka</title></head></html>")


def ask(answers):
    return asyncio.run(PROBE.ask_http(ScriptedHttp(answers, PROBE.sends)))


@pytest.mark.parametrize("path", [APPS, APPS_2])
def test_applications_and_instances_are_counted(path):
    facts = ask({path: page(LISTED, json=True)})
    assert (facts.access, facts.applications, facts.instances) == (Access.CONTROL, 1, 2)
    assert facts.traces == {"name": ("SHOP",)}


@pytest.mark.parametrize(
    ("answers", "access"),
    [
        ({APPS: page("", 401), "/": START}, Access.REFUSED),
        ({APPS: page("", 401), "/": page("<title>Please sign in</title>")}, None),
        ({APPS: page("", 404), "/": START}, None),
        ({APPS: page('{"applications":{"application":[]}}'), "/": START}, None),
        ({APPS: page("<applications/>"), "/": START}, None),
    ],
)
def test_the_answers_decide(answers, access):
    facts = ask(answers)
    assert (facts.access if facts else None) is access


@given(st.binary(max_size=200) | st.just(LISTED.encode()))
def test_any_body_is_read_or_passed_over(body):
    parse_applications(page(body))


def test_the_rule_holds_for_what_was_read_alone():
    (rule,) = PROBE.rules
    assert rule.holds(EurekaFacts(access=Access.REFUSED)) is None
    assert "2 instances" in rule.holds(EurekaFacts(access=Access.CONTROL, applications=1, instances=2))


ACTUATOR = "its application's own actuator is what can still be told"


@pytest.mark.timeout(180)
@pytest.mark.fleet("eureka", "open", lint="springcloud/eureka")
def test_a_plain_registry_is_exposed(server, see):
    running = spring.start(server, 8761, {}, eureka=True, login=False)
    verdict = see(running, "eureka", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["eureka-open"])
    assert see(running, "configuration").service == "eureka"


@pytest.mark.timeout(180)
@pytest.mark.fleet("eureka", "protected", unlike={"home": ACTUATOR, "odd": ACTUATOR})
def test_a_login_turns_everybody_away(server, see):
    running = spring.start(server, 8761, {}, eureka=True, login=True)
    verdict = see(running, "eureka")
    assert (verdict.status, verdict.rules) == ("protected", [])
