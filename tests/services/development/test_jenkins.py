import asyncio
import json

import pytest

from scanner.core.errors import TimedOut
from scanner.core.facts import Access
from scanner.services.development.jenkins import API, LOGIN, PROBE, SCRIPT
from tests.support.talks import ScriptedHttp, page

MARKS = {"X-Jenkins": "2.440", "X-Hudson": "1.395"}
FRONT = page("<html>Sign in</html>", headers=MARKS)
JOBS = page(json.dumps({"_class": "hudson.model.Hudson", "jobs": [{"name": "deploy"}], "useSecurity": True}))
CONSOLE = page('<h1>Script Console</h1><form><textarea name="script"></textarea></form>', headers=MARKS)
DENIED = page("Authentication required", 403, MARKS)


def ask(answers):
    return asyncio.run(PROBE.ask_http(ScriptedHttp(answers, PROBE.sends)))


def rules(facts):
    return [rule.id for rule in PROBE.rules if rule.holds(facts)]


def test_a_script_console_is_control():
    facts = ask({LOGIN: FRONT, API: JOBS, SCRIPT: CONSOLE})
    assert (facts.access, facts.version, facts.jobs) == (Access.CONTROL, "2.440", 1)
    assert rules(facts) == ["jenkins-script-console"]


def test_jobs_alone_are_metadata():
    facts = ask({LOGIN: FRONT, API: JOBS, SCRIPT: DENIED})
    assert (facts.access, rules(facts)) == (Access.METADATA, ["jenkins-anonymous-read"])


@pytest.mark.parametrize(
    ("answer", "access"),
    [
        (DENIED, Access.REFUSED),
        (page("", 401), Access.UNKNOWN),
        (TimedOut("x"), Access.UNKNOWN),
        (page("{}"), Access.UNKNOWN),
    ],
)
def test_only_its_own_refusal_protects(answer, access):
    facts = ask({LOGIN: FRONT, API: answer})
    assert (facts.access, rules(facts)) == (access, [])


def test_a_page_without_its_headers_is_another_product():
    assert ask({LOGIN: page("Jenkins"), API: JOBS}) is None
