import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.facts import Access
from scanner.services.observability.glances import PATHS, PROBE, GlancesFacts, parse_system
from tests.support.talks import ScriptedHttp, page

SYSTEM = (
    '{"os_name":"Linux","hostname":"web1","platform":"64bit","linux_distro":"Debian","os_version":"6.1",'
    '"hr_name":"Debian 12 64bit"}'
)


@pytest.mark.parametrize(
    ("answers", "access"),
    [
        ({PATHS["4"]: page(SYSTEM)}, Access.METADATA),
        ({PATHS["3"]: page(SYSTEM)}, Access.METADATA),
        ({PATHS["4"]: page("", 401), PATHS["3"]: page("", 401)}, None),
        ({PATHS["3"]: page('{"hostname":"web1","os_name":"Linux"}')}, None),
    ],
)
def test_the_answers_decide(answers, access):
    facts = asyncio.run(PROBE.ask_http(ScriptedHttp(answers, PROBE.sends)))
    assert (facts.access if facts else None) is access


@given(st.binary(max_size=200) | st.just(SYSTEM.encode()))
def test_any_body_is_read_or_passed_over(body):
    parse_system(page(body))


def test_the_rule_holds_for_what_was_read_alone():
    (rule,) = PROBE.rules
    assert rule.holds(GlancesFacts(access=Access.REFUSED)) is None
    assert rule.holds(GlancesFacts(access=Access.METADATA))


SLOW = "cloud,docker,containers,sensors,smart,wifi,raid,connections,folders,gpu"


@pytest.fixture
def glances(server):
    def start(*options):
        server.need("python3-bottle", "/usr/lib/python3/dist-packages/bottle.py")
        argv = ["glances", "-w", "-B", "{address}", "-p", "61208", "--disable-plugin", SLOW, *options]
        # A password that was stored before: salt and hash; none is ever tried.
        files = {".config/glances/glances.pwd": "00$00"}
        return server(argv, [61208], package="glances", files=files, patience_s=40)

    return start


@pytest.mark.fleet("glances", "open", lint="nicolargo/glances:3.3")
def test_a_plain_server_is_exposed(glances, see):
    running = glances()
    verdict = see(running, "glances", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["glances-open"])
    assert verdict.row.evidence["host"]
    assert see(running, "observability").service == "glances"


@pytest.mark.fleet("glances", "protected", lint="nicolargo/glances:3.3")
def test_a_password_turns_everybody_away(glances, see):
    verdict = see(glances("--password"), "glances")
    assert (verdict.status, verdict.rules) == ("protected", [])
