import asyncio
import json

import pytest

from scanner.core.facts import Access
from scanner.services.development.selenium_grid import PROBE, STATUS, STATUS_3, parse_grid, parse_server
from tests.fleet.server import ROOT
from tests.support.talks import ScriptedHttp, page

NODE = {"id": "1", "version": "4.20.0 (revision x)", "slots": [{}, {}]}
GRID = page(json.dumps({"value": {"ready": True, "message": "Selenium Grid ready.", "nodes": [NODE]}}))
SERVER = page(
    json.dumps({"value": {"ready": True, "build": {"version": "3.141.59", "revision": "e"}, "java": {"version": "17"}}})
)


def ask(answers):
    return asyncio.run(PROBE.ask_http(ScriptedHttp(answers, PROBE.sends)))


def test_a_grid_names_its_nodes():
    facts = ask({STATUS: GRID})
    assert (facts.access, facts.version, facts.nodes) == (Access.CONTROL, "4.20.0", 1)
    assert facts.evidence == {"nodes": 1, "slots": 2}
    assert [rule.id for rule in PROBE.rules if rule.holds(facts)] == ["selenium-grid-no-auth"]


def test_the_third_generation_has_another_status():
    facts = ask({STATUS_3: SERVER})
    assert (facts.access, facts.version, facts.product) == (Access.CONTROL, "3.141.59", "Selenium Server")


@pytest.mark.parametrize(
    "value",
    [None, {}, {"ready": True, "message": "The server is ready", "build": {"version": "2.0"}}, {"ready": "yes"}, []],
)
def test_other_drivers_are_other_products(value):
    answer = page(json.dumps({"value": value}))
    assert parse_grid(answer) is None
    assert parse_server(answer) is None
    assert ask({STATUS: answer, STATUS_3: answer}) is None


def start(server):
    home = ROOT / ".fleet/npm/selenium-server"
    found = sorted(home.rglob("selenium-server*.jar"))
    server.need("selenium-server", str(found[0]) if found else "selenium-server")
    argv = ["java", "-jar", str(found[0]), "-host", "{address}", "-port", "4444"]
    return server(argv, [4444], package="selenium-server", patience_s=60)


@pytest.mark.fleet("selenium-grid", "open", lint="selenium/standalone-chrome:3.141.59")
def test_a_real_server_is_exposed(server, see):
    verdict = see(start(server), "selenium-grid", golden="third")
    assert (verdict.status, verdict.rules) == ("exposed", ["selenium-grid-no-auth"])


@pytest.mark.fleet("selenium-grid", "protected")
def test_a_password_in_front_of_a_real_server_protects(server, see):
    running = start(server)
    front = server.front(f"http://{running.address}:4444", 4444, user="u", password="p")
    assert see(front, "selenium-grid").status == "protected"
