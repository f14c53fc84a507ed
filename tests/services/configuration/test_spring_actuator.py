import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.facts import Access
from scanner.core.unheard import Unheard
from scanner.services.configuration.spring_actuator import HEALTH, LINKS, PROBE, ActuatorFacts, parse_links
from tests.services.configuration import spring
from tests.support.talks import ScriptedHttp, page

ACTUATOR = {"Content-Type": "application/vnd.spring-boot.actuator.v3+json"}


def links(*names):
    found = {name: {"href": f"http://h/actuator/{name}"} for name in names}
    return page(
        json.dumps({"_links": {"self": {"href": "http://h/actuator"}, "health": {}, **found}}), headers=ACTUATOR
    )


def ask(answers):
    talk = ScriptedHttp(answers, PROBE.sends)
    return asyncio.run(PROBE.ask_http(talk)), talk


@pytest.mark.parametrize(
    ("names", "path", "status", "access"),
    [
        (("env", "heapdump"), "/actuator/env", 200, Access.DATA),
        (("mappings",), "/actuator/mappings", 200, Access.METADATA),
        (("gateway", "env"), "/actuator/gateway/routes", 200, Access.CONTROL),
        (("jolokia",), "/actuator/jolokia/version", 200, Access.CONTROL),
        (("env",), "/actuator/env", 401, Access.REFUSED),
        (("env",), "/actuator/env", 404, Access.UNKNOWN),
        ((), "", 0, Access.UNKNOWN),
    ],
)
def test_the_worst_readable_endpoint_decides(names, path, status, access):
    facts, talk = ask({LINKS: links(*names), path: page("", status)})
    assert facts.access is access
    assert not any("heapdump" in line for line in talk.sent)
    assert all(line.startswith("HEAD") for line in talk.sent[1:])


def test_one_endpoint_that_is_refused_says_nothing_of_the_next():
    pages = {LINKS: links("gateway", "env"), "/actuator/gateway/routes": page("", 403), "/actuator/env": page("")}
    assert ask(pages)[0].access is Access.DATA
    pages["/actuator/env"] = page("", 405)
    facts = ask(pages)[0]
    assert (facts.access, facts.unheard) == (Access.UNKNOWN, Unheard.UNDECIDED)


def test_a_dump_that_is_offered_and_never_asked_for_is_not_clean():
    facts = ask({LINKS: links("heapdump")})[0]
    assert (facts.access, facts.unheard) == (Access.UNKNOWN, Unheard.UNDECIDED)


@pytest.mark.parametrize(
    ("answers", "access"),
    [
        ({LINKS: page("", 401), HEALTH: page('{"status":"UP"}', headers=ACTUATOR)}, Access.REFUSED),
        ({LINKS: page("", 404), HEALTH: page('{"status":"UP"}', headers=ACTUATOR)}, Access.UNKNOWN),
        ({LINKS: page("", 401), HEALTH: page('{"status":"UP"}')}, None),
        ({LINKS: page('{"_links":{"self":{"href":"/api"}}}'), HEALTH: page("")}, None),
        ({LINKS: page("<html>"), HEALTH: page('{"status":"UP"}', headers=ACTUATOR)}, None),
    ],
)
def test_a_hidden_list_is_judged_by_the_health_page(answers, access):
    facts, _ = ask(answers)
    assert (facts.access if facts else None) is access


@given(st.binary(max_size=200) | st.just(links("env").body))
def test_any_body_is_read_or_passed_over(body):
    parse_links(page(body))


def test_the_rules_hold_for_what_was_read_alone():
    readable, takes_over = PROBE.rules
    for access in (Access.UNKNOWN, Access.REFUSED):
        assert readable.holds(ActuatorFacts(access=access)) is None
        assert takes_over.holds(ActuatorFacts(access=access)) is None
    assert "heapdump" in readable.holds(ActuatorFacts(access=Access.DATA, readable="env", endpoints=("heapdump",)))
    assert readable.holds(ActuatorFacts(access=Access.CONTROL)) is None
    assert "gateway" in takes_over.holds(ActuatorFacts(access=Access.CONTROL, readable="gateway"))


ALL = {"management.endpoints.web.exposure.include": "*"}


@pytest.mark.timeout(180)
@pytest.mark.fleet("spring-actuator", "open")
def test_an_application_that_offers_all_is_exposed(server, see):
    running = spring.start(server, 8080, ALL, eureka=False, login=False)
    verdict = see(running, "spring-actuator", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["spring-actuator-readable"])
    assert "env" in verdict.row.evidence["endpoints"]
    assert see(running, "configuration").service == "spring-actuator"


@pytest.mark.timeout(180)
@pytest.mark.fleet("spring-actuator", "protected")
def test_a_login_protects(server, see):
    running = spring.start(server, 8080, ALL, eureka=False, login=True)
    verdict = see(running, "spring-actuator", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.timeout(180)
@pytest.mark.fleet("spring-actuator", "look-alike")
def test_the_default_that_offers_health_alone_is_identified(server, see):
    verdict = see(spring.start(server, 8080, {}, eureka=False, login=False), "spring-actuator")
    assert (verdict.status, verdict.rules) == ("identified", [])
