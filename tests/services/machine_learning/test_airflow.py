import asyncio

import pytest

from scanner.core.facts import Access
from scanner.core.unheard import Unheard
from scanner.services.machine_learning.airflow import (
    ADMIN,
    DAGS_2,
    DAGS_3,
    FRONT,
    HOME,
    PROBE,
    VERSION_2,
    VERSION_3,
    is_list,
    parse_dags,
    parse_version,
)
from tests.support.standins import see_stand_in
from tests.support.talks import ScriptedHttp, page

RELEASE = page('{"version":"2.10.5","git_version":null}')
DAGS = page('{"dags":[],"total_entries":3}')
LISTED = page("<title>DAGs - Airflow</title>")
LOGIN = page("", 302, {"location": "/login/?next=x"})
LOCKED = page("", 401)
FRONT_3 = page("<title>Airflow</title>")


def ask(answers):
    talk = ScriptedHttp(answers, PROBE.sends)
    return asyncio.run(PROBE.ask_http(talk)), talk


@pytest.mark.parametrize(
    ("answers", "access", "unheard"),
    [
        ({VERSION_2: RELEASE, DAGS_2: DAGS}, Access.DATA, None),
        ({VERSION_2: RELEASE, DAGS_2: LOCKED, HOME: LISTED}, Access.DATA, None),
        ({VERSION_2: RELEASE, DAGS_2: LOCKED, HOME: LOGIN}, Access.REFUSED, None),
        ({VERSION_2: RELEASE, DAGS_2: page("", 500), HOME: LOGIN}, Access.UNKNOWN, Unheard.REFUSED_LATER),
        ({VERSION_2: RELEASE, DAGS_2: LOCKED, HOME: page("x")}, Access.UNKNOWN, Unheard.UNDECIDED),
        ({FRONT: FRONT_3, VERSION_3: RELEASE, DAGS_3: DAGS}, Access.DATA, None),
        ({FRONT: FRONT_3, VERSION_3: RELEASE, DAGS_3: LOCKED}, Access.REFUSED, None),
        ({FRONT: page("", 302), ADMIN: page("<title>Airflow - DAGs</title>")}, Access.DATA, None),
    ],
)
def test_the_workflows_decide(answers, access, unheard):
    facts, _ = ask(answers)
    assert (facts.access, facts.unheard) == (access, unheard)
    assert bool(PROBE.rules[0].holds(facts)) is (access is Access.DATA)


def test_another_web_server_is_asked_for_little():
    facts, talk = ask({FRONT: page("<title>Shop</title>"), VERSION_3: RELEASE, DAGS_3: DAGS})
    assert facts is None
    assert len(talk.sent) == 2


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"version":"1"}', '{"dags":1}', '{"total_entries":1}'])
def test_other_answers_are_other_products(body):
    assert parse_version(page(body)) is None
    assert parse_dags(page(body)) is None
    assert not is_list(page(f"<title>{body}</title>"))


def test_a_stand_in_that_lets_the_public_in_is_exposed():
    verdict = see_stand_in("airflow", "open")
    assert (verdict.status, verdict.rules) == ("exposed", ["airflow-no-login"])
    assert ("workflows", 3) in verdict.row.evidence.items()


def test_a_stand_in_with_a_login_is_protected():
    verdict = see_stand_in("airflow", "protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
