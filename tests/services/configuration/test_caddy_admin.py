import asyncio

import pytest

from scanner.core.facts import Access
from scanner.core.unheard import Unheard
from scanner.services.configuration.caddy_admin import OBJECT, PROBE, UPSTREAMS
from tests.support.talks import ScriptedHttp, page

UNKNOWN = page('{"error":"unknown object ID \'x\'"}', 404, json=True)
GUARD = page('{"error":"host not allowed: x.example"}', 403, json=True)


def ask(answers):
    return asyncio.run(PROBE.ask_http(ScriptedHttp(answers, PROBE.sends)))


def test_upstreams_are_control_and_the_rule_holds_for_them_alone():
    (rule,) = PROBE.rules
    shown = ask({OBJECT: UNKNOWN, UPSTREAMS: page("[]", json=True)})
    refused = ask({OBJECT: UNKNOWN, UPSTREAMS: page("", 401)})
    assert (shown.access, refused.access) == (Access.CONTROL, Access.REFUSED)
    assert rule.holds(shown)
    assert rule.holds(refused) is None


@pytest.mark.parametrize("answer", [page('{"error":"not found"}', 404, json=True), page("404 page not found", 404)])
def test_another_error_is_another_product(answer):
    assert ask({OBJECT: answer}) is None


def test_a_name_that_stays_unwelcome_is_no_refusal():
    facts = ask({OBJECT: GUARD})
    assert (facts.access, facts.unheard) == (Access.UNKNOWN, Unheard.UNDECIDED)


EVERYWHERE = {"environment": {"CADDY_ADMIN": "0.0.0.0:2019"}}
NOWHERE = "its front page is the 404 of every Go program: nothing leads to it from another port"


@pytest.mark.root
@pytest.mark.fleet("caddy-admin", "open", unlike={"elsewhere": NOWHERE})
def test_an_interface_for_all_addresses_is_exposed(server, cable):
    files = {"caddy.json": '{"admin":{"listen":":2019"},"apps":{}}'}
    argv = ["caddy", "run", "--config", "{dir}/caddy.json"]
    server(argv, package="caddy", prefix=cable.prefix, files=files, ready=lambda _: cable.accepts(2019))
    seen = cable.see(2019, "caddy-admin")
    assert (seen["status"], seen["rules"]) == ("exposed", ["caddy-admin-open"])


@pytest.mark.fleet("caddy-admin", "open", unlike={"elsewhere": NOWHERE}, lint="caddy:2.6.2", given=EVERYWHERE)
def test_the_guard_of_a_loopback_address_hides_nothing_behind_a_proxy(server, see):
    files = {"caddy.json": '{"admin":{"listen":"{address}:2019"},"apps":{}}'}
    running = server(["caddy", "run", "--config", "{dir}/caddy.json"], [2019], package="caddy", files=files)
    verdict = see(running, "caddy-admin", golden="open")
    assert (verdict.status, verdict.row.evidence) == ("exposed", {"upstreams": 0})
    front = server.front(f"http://{running.address}:2019", 2020)
    assert see(front, "caddy-admin").status == "exposed"
