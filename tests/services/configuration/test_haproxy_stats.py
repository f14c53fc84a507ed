import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.facts import Access
from scanner.services.configuration.haproxy_stats import PLACES, PROBE, HaproxyFacts, parse_table
from tests.support.talks import ScriptedHttp, page

TABLE = "# pxname,svname,qcur,qmax,scur,smax\nweb,FRONTEND,,,0,1\nshop,app1,0,0,0,0\nshop,BACKEND,0,0,0,0\n"
PAGE = "<title>Statistics Report for HAProxy</title><h1>HAProxy version 2.6.12-1, released 2023/03/28</h1>"
FORM = PAGE + '<form method="post"><select name=action><option value="drain">'


def ask(answers):
    talk = ScriptedHttp(answers, PROBE.sends)
    return asyncio.run(PROBE.ask_http(talk)), talk


@pytest.mark.parametrize("place", PLACES)
def test_the_table_is_found_in_the_usual_places(place):
    facts, _ = ask({f"{place};csv": page(TABLE), place: page(PAGE)})
    assert (facts.access, facts.version) == (Access.METADATA, "2.6.12-1")
    assert facts.evidence == {"proxies": ["web", "shop"], "servers": ["shop/app1"], "admin": False}


def test_a_page_with_switches_is_control_and_no_switch_is_used():
    facts, talk = ask({"/stats;csv": page(TABLE), "/stats": page(FORM)})
    assert facts.access is Access.CONTROL
    assert talk.sent == ["GET /stats;csv", "GET /stats"]


@pytest.mark.parametrize("realm", ["HAProxy Statistics", "x"])
def test_its_own_realm_protects(realm):
    refusal = page("", 401, {"WWW-Authenticate": f'Basic realm="{realm}"'})
    facts, _ = ask({"/haproxy?stats;csv": refusal})
    assert (facts.access if facts else None) is (Access.REFUSED if realm == "HAProxy Statistics" else None)


@given(st.binary(max_size=200).map(lambda more: TABLE.encode() + more) | st.binary(max_size=200))
def test_any_body_is_read_or_passed_over(body):
    parse_table(page(body))


def test_the_rules_hold_for_what_was_read_alone():
    readable, switches = PROBE.rules
    assert readable.holds(HaproxyFacts(access=Access.REFUSED)) is None
    assert "3 servers" in readable.holds(HaproxyFacts(access=Access.METADATA, servers=3))
    assert switches.holds(HaproxyFacts(access=Access.METADATA)) is None
    assert switches.holds(HaproxyFacts(access=Access.CONTROL, admin=True))


CONF = """
defaults
  mode http
  timeout client 5s
  timeout server 5s
  timeout connect 5s
frontend front
  bind {address}:8404
  stats enable
%s
backend shop
  server app1 127.0.0.1:1
"""


@pytest.fixture
def haproxy(server):
    def start(*lines):
        conf = CONF % "\n".join(f"  {line}" for line in lines)
        return server(["haproxy", "-f", "{dir}/h.cfg"], [8404], package="haproxy", files={"h.cfg": conf})

    return start


@pytest.mark.fleet("haproxy-stats", "open")
def test_a_page_without_a_login_is_exposed(haproxy, see):
    running = haproxy("stats uri /stats")
    verdict = see(running, "haproxy-stats", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["haproxy-stats-open"])
    assert verdict.row.version.startswith("2.")
    assert verdict.row.evidence["servers"] == ["shop/app1"]
    assert see(running, "configuration").service == "haproxy-stats"


@pytest.mark.fleet("haproxy-stats", "open")
def test_a_page_with_switches_is_a_risk_of_its_own(haproxy, see):
    verdict = see(haproxy("stats uri /", "stats admin if TRUE", "stats hide-version"), "haproxy-stats", golden="admin")
    assert (verdict.status, sorted(verdict.rules)) == ("exposed", ["haproxy-stats-admin-open", "haproxy-stats-open"])
    assert verdict.row.version is None


@pytest.mark.fleet("haproxy-stats", "protected")
def test_a_login_protects(haproxy, see):
    verdict = see(haproxy("stats uri /haproxy?stats", "stats auth u:p"), "haproxy-stats", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.fleet("haproxy-stats", "look-alike")
def test_a_balancer_that_hides_its_page_is_not_exposed(haproxy, see):
    verdict = see(haproxy("stats uri /somewhere-else"), "haproxy-stats")
    # It answers 503, since it has no server to send anybody to: not now is no answer.
    assert (verdict.status, verdict.rules) == ("inconclusive", [])
