import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.facts import Access
from scanner.services.observability.node_exporter import METRICS, PROBE, NodeFacts, parse_metrics
from tests.services.observability.test_prometheus import WEB
from tests.support.talks import ScriptedHttp, page

BODY = (
    b'node_exporter_build_info{goversion="go1.19.8",version="1.5.0"} 1\n'
    b'node_uname_info{machine="x86_64",nodename="web1",release="6.1.0"} 1\n'
    b"node_load1 0.5\n"
)


def ask(answers):
    return asyncio.run(PROBE.ask_http(ScriptedHttp(answers, PROBE.sends)))


def test_host_and_kernel_are_read():
    facts = ask({METRICS: page(BODY)})
    assert (facts.access, facts.version) == (Access.METADATA, "1.5.0")
    assert facts.evidence == {"host": "web1", "kernel": "6.1.0", "metrics": 3}


@pytest.mark.parametrize(
    ("answers", "access"),
    [
        ({METRICS: page("", 401), "/": page("<title>Node Exporter</title>")}, Access.REFUSED),
        ({METRICS: page("", 401), "/": page("<title>Login</title>")}, None),
        ({METRICS: page("", 404), "/": page("<title>Node Exporter</title>")}, None),
        ({METRICS: page("go_goroutines 7\n")}, None),
        ({METRICS: page("<html>node_exporter_build_info</html>")}, None),
    ],
)
def test_the_answers_decide(answers, access):
    facts = ask(answers)
    assert (facts.access if facts else None) is access


@given(st.binary(max_size=300) | st.just(BODY))
def test_any_body_is_read_or_passed_over(body):
    parse_metrics(body)


def test_the_rule_holds_for_what_was_read_alone():
    (rule,) = PROBE.rules
    assert rule.holds(NodeFacts(access=Access.REFUSED)) is None
    assert rule.holds(NodeFacts(access=Access.METADATA))


@pytest.fixture
def exporter(server):
    def start(*options):
        few = ("--collector.disable-defaults", "--collector.uname", "--collector.os", "--collector.loadavg")
        argv = ["prometheus-node-exporter", "--web.listen-address={address}:19100", *few, *options]
        return server(argv, [19100], package="prometheus-node-exporter", files={"web.yml": WEB})

    return start


@pytest.mark.fleet("node-exporter", "open", lint="prom/node-exporter:v1.5.0")
def test_a_plain_exporter_is_exposed(exporter, see):
    running = exporter()
    verdict = see(running, "node-exporter", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["node-exporter-open"])
    assert verdict.row.version.startswith("1.")
    assert verdict.row.evidence["kernel"]
    assert see(running, "observability").service == "node-exporter"


@pytest.mark.fleet("node-exporter", "open")
def test_its_start_page_for_every_path_makes_it_no_decoy(server, see):
    argv = ["prometheus-node-exporter", "--web.listen-address={address}:9200", "--collector.disable-defaults"]
    verdict = see(server(argv, [9200], package="prometheus-node-exporter"))
    assert (verdict.service, verdict.status, verdict.row.decoy) == ("node-exporter", "exposed", None)


@pytest.mark.fleet("node-exporter", "protected")
def test_a_password_turns_everybody_away(exporter, see):
    verdict = see(exporter("--web.config.file={dir}/web.yml"), "node-exporter")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.fleet("node-exporter", "protected")
def test_a_password_in_front_of_the_metrics_protects(exporter, server, see):
    front = server.front(f"http://{exporter().address}:19100", 19100, public=("= /",), user="u", password="p")
    verdict = see(front, "node-exporter", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.fleet("node-exporter", "look-alike")
def test_nothing_is_sent_to_its_default_port_unless_it_is_named_for_printers_listen_there(server, see):
    argv = ["prometheus-node-exporter", "--web.listen-address={address}:9100"]
    verdict = see(server(argv, [9100], package="prometheus-node-exporter"))
    assert (verdict.status, verdict.rules) == ("open", [])
    assert "printer" in verdict.row.note
