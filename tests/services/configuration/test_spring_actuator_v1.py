import asyncio
import json

import pytest

from scanner.core.facts import Access
from scanner.services.configuration.spring_actuator_v1 import PROBE, is_health, is_spring, lists, parse_mappings
from tests.support.standins import see_stand_in
from tests.support.talks import ScriptedHttp, page

JSON = {"content-type": "application/json"}
ERROR = page(json.dumps({"timestamp": 1, "status": 404, "error": "Not Found", "path": "/x"}), 404)
MAPPINGS = page(json.dumps({"/**/favicon.ico": {"bean": "faviconHandlerMapping"}}))
BEANS = page(json.dumps([{"context": "application", "beans": []}]))
DUMP = page(json.dumps([{"threadName": "main", "threadId": 1}]))
HEALTH = page('{"status":"UP"}')
LOCKED = page("", 401)


def ask(**pages):
    answers = {f"/{name}": answer for name, answer in ({"actuator": ERROR} | pages).items()}
    talk = ScriptedHttp(answers, PROBE.sends)
    return asyncio.run(PROBE.ask_http(talk)), talk


@pytest.mark.parametrize(
    ("pages", "access", "readable"),
    [
        ({"mappings": MAPPINGS, "env": page("", headers=JSON)}, Access.DATA, "env"),
        ({"mappings": MAPPINGS, "configprops": page("", headers=JSON)}, Access.DATA, "configprops"),
        ({"health": HEALTH, "env": page("", headers=JSON)}, Access.DATA, "env"),
        ({"mappings": MAPPINGS}, Access.METADATA, "mappings"),
        ({"beans": BEANS, "env": LOCKED}, Access.METADATA, "beans"),
        ({"dump": DUMP}, Access.METADATA, "dump"),
        ({"mappings": LOCKED, "health": HEALTH}, Access.REFUSED, ""),
        ({"env": LOCKED, "health": HEALTH}, Access.REFUSED, ""),
    ],
)
def test_the_worst_readable_endpoint_decides(pages, access, readable):
    facts, talk = ask(**pages)
    assert (facts.access, facts.readable) == (access, readable)
    assert all(line.startswith("HEAD") for line in talk.sent if "env" in line or "configprops" in line)
    assert bool(PROBE.rules[0].holds(facts)) is (access > Access.REFUSED)


def test_who_has_no_error_of_spring_is_asked_one_question_alone():
    facts, talk = ask(actuator=page("404 page not found", 404), mappings=MAPPINGS)
    assert facts is None
    assert len(talk.sent) == 1


@pytest.mark.parametrize("pages", [{}, {"health": HEALTH}, {"env": page("", headers=JSON)}, {"mappings": LOCKED}])
def test_an_application_without_an_actuator_is_none(pages):
    assert ask(**pages)[0] is None


def test_the_marks_of_spring_are_known():
    assert is_spring(page('{"links":[{"rel":"self"}]}'))
    assert is_spring(page("", 404, {"x-application-context": "application:8080"}))
    assert is_spring(page("<h1>Whitelabel Error Page</h1>", 404))
    assert not is_spring(page("{}", 404))
    assert is_health(page('{"status":"DOWN"}', 503))
    assert not is_health(page('{"status":"ok"}'))
    assert not is_health(None)


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"a": 1}', '{"a": {"x": 1}}', '{"a": {"bean": "b"}, "c": {}}'])
def test_other_answers_are_no_list(body):
    assert parse_mappings(page(body)) is None
    assert not lists(page(body), "beans")


def test_a_stand_in_of_spring_boot_1_4_is_exposed():
    verdict = see_stand_in("spring-actuator-v1", "open")
    assert (verdict.status, verdict.rules) == ("exposed", ["spring-actuator-v1-readable"])


def test_a_stand_in_that_wants_a_login_is_protected():
    verdict = see_stand_in("spring-actuator-v1", "protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
