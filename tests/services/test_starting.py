"""Web products that start, are full or are broken are named and not heard out: neither clean nor protected (O04)."""

import asyncio

import pytest

from scanner.core.facts import Access
from scanner.core.unheard import Unheard
from scanner.services.configuration import nacos
from scanner.services.datastores import couchdb, elasticsearch, opensearch
from scanner.services.development import jenkins
from scanner.services.observability import grafana, kibana, prometheus
from tests.support.look import ALL
from tests.support.talks import ScriptedHttp, page

ELASTIC = {"X-Elastic-Product": "Elasticsearch"}
STARTING = '{"error":{"type":"cluster_block_exception","reason":"state not recovered / initialized"},"status":503}'
FULL = '{"error":{"type":"circuit_breaking_exception","reason":"[parent] Data too large"},"status":429}'
ROOT = '{"cluster_name":"c","version":{"number":"7.17.9","lucene_version":"8.11"},"tagline":"You Know, for Search"}'
SEARCH = '{"version":{"distribution":"opensearch","number":"2.11.0"},"tagline":"The OpenSearch Project"}'
HEALTHY = '{"commit":"abc","database":"ok","version":"10.2.3"}'
FAILING = '{"commit":"abc","database":"failing","version":"10.2.3"}'
NACOS = '{"version":"2.3.0","standalone_mode":"standalone","function_mode":null}'
JENKINS = {"X-Jenkins": "2.479", "X-Hudson": "1.395"}
NOT_READY = page("Kibana server is not ready yet.", 503)
BROKEN = page("", 503)

STATES = [
    ("Kibana", kibana.PROBE, {kibana.STATUS: NOT_READY, kibana.SPACES: NOT_READY, kibana.OBJECTS: NOT_READY}),
    ("Jenkins", jenkins.PROBE, {jenkins.LOGIN: page("Starting Jenkins", 503, {"X-Jenkins": "2.479"})}),
    ("Jenkins", jenkins.PROBE, {jenkins.LOGIN: page("", headers=JENKINS), jenkins.API: BROKEN}),
    ("Grafana", grafana.PROBE, {grafana.HEALTH: page(FAILING, 503), grafana.ORG: page("{}", 500)}),
    ("Grafana", grafana.PROBE, {grafana.HEALTH: page(HEALTHY), grafana.ORG: page("{}", 429)}),
    ("Elasticsearch", elasticsearch.PROBE, {"/": page(ROOT, 503), elasticsearch.INDICES: page(STARTING, 503)}),
    ("Elasticsearch", elasticsearch.PROBE, {"/": page(FULL, 429, ELASTIC), elasticsearch.INDICES: page(FULL, 429)}),
    ("OpenSearch", opensearch.PROBE, {"/": page(SEARCH, 503), opensearch.INDICES: page(STARTING, 503)}),
    ("CouchDB", couchdb.PROBE, {"/": page('{"couchdb":"Welcome","version":"3.3.2"}'), couchdb._ALL: page("{}", 500)}),
    (
        "Prometheus",
        prometheus.PROBE,
        {
            prometheus.HEALTHY: page("Prometheus Server is Healthy.\n"),
            prometheus.BUILD: BROKEN,
            prometheus.FLAGS: BROKEN,
        },
    ),
    ("Nacos", nacos.PROBE, {nacos.STATE: page(NACOS), nacos.SERVICES: BROKEN, nacos.CONFIGS: BROKEN}),
]


def ask(probe, answers):
    return asyncio.run(probe.ask_http(ScriptedHttp(answers, probe.sends)))


@pytest.mark.parametrize(("product", "probe", "answers"), STATES)
def test_it_is_named_and_inconclusive(product, probe, answers):
    facts = ask(probe, answers)
    assert (facts.product, facts.access, facts.unheard) == (product, Access.UNKNOWN, Unheard.REFUSED_LATER)
    assert facts.note


@pytest.mark.parametrize(("product", "probe", "answers"), [one for one in STATES if len(one[2]) > 1][2:])
def test_it_is_protected_where_the_proof_was_refused(product, probe, answers):
    identity, *proofs = answers
    refused = page('{"errors":[]}', 401)
    facts = ask(probe, {identity: answers[identity]} | dict.fromkeys(proofs, refused))
    assert (facts.access, facts.unheard) == (Access.REFUSED, None)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_check_whose_proof_is_out_of_order_is_inconclusive(status):
    probe = ALL.find("nsq").probe
    info = page('{"version":"1.3.0","broadcast_address":"h","tcp_port":4150,"start_time":1700000000}', json=True)
    stats = "/stats?format=json&include_clients=false"
    facts = ask(probe, {"/info": info, stats: page("", status)})
    assert (facts.product, facts.access, facts.unheard) == ("NSQ", Access.UNKNOWN, Unheard.REFUSED_LATER)
