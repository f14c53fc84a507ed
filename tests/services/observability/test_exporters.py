"""Exporters of one kind: a start page, metrics, and a password by exporter-toolkit where the release has one."""

import asyncio

import pytest

from scanner.core.facts import Access
from scanner.services.observability import postgres_exporter, redis_exporter, snmp_exporter
from scanner.services.observability.exporter import METRICS
from tests.support.talks import ScriptedHttp, page

WEB = 'basic_auth_users:\n  u: "$2b$08$wuAqPiKJlVN27eF5qJp.RuQYuy6ZYONW7a/UWYxDTtwKFCdB8F19y"\n'
SNMP, POSTGRES = ("snmp-exporter", "postgres-exporter")
PORTS = {SNMP: 9116, POSTGRES: 9187}
ENVIRONMENT = {
    SNMP: {},
    POSTGRES: {"DATA_SOURCE_NAME": "postgresql://127.0.0.1/none"},
}
PACKAGES = {
    SNMP: {"package": "prometheus-snmp-exporter"},
    POSTGRES: {"package": "prometheus-postgres-exporter"},
}


PROBES = {one.PROBE.id: one.PROBE for one in (snmp_exporter, postgres_exporter, redis_exporter)}


def build(name: str) -> str:
    return f'{name.replace("-", "_")}_build_info{{version="1.2.3"}} 1\n'


def ask(name, answers):
    probe = PROBES[name]
    return asyncio.run(probe.ask_http(ScriptedHttp(answers, probe.sends)))


@pytest.mark.parametrize("name", PROBES)
def test_its_own_build_proves_it(name):
    facts = ask(name, {METRICS: page(build(name))})
    assert (facts.access, facts.version) == (Access.METADATA, "1.2.3")
    (rule,) = PROBES[name].rules
    assert rule.holds(facts)


@pytest.mark.parametrize(
    ("name", "title"), [("snmp-exporter", "SNMP Exporter"), ("redis-exporter", "Redis Exporter 1")]
)
def test_a_refusal_below_its_start_page_is_protected(name, title):
    facts = ask(name, {METRICS: page("Unauthorized", 401), "/": page(f"<title>{title}</title>")})
    assert facts.access is Access.REFUSED
    (rule,) = PROBES[name].rules
    assert rule.holds(facts) is None


@pytest.mark.parametrize("metrics", [page(build("node-exporter")), page("Unauthorized", 401)])
def test_other_metrics_and_other_refusals_are_another_product(metrics):
    assert ask("snmp-exporter", {METRICS: metrics, "/": page("<title>Welcome</title>")}) is None


def start(server, name, *options):
    port = PORTS[name]
    argv = [f"prometheus-{name}", f"--web.listen-address={{address}}:{port}", *options]
    if name == SNMP:
        argv.append("--config.file=/etc/prometheus/snmp.yml")
    return server(argv, [port], env=ENVIRONMENT[name], files={"web.yml": WEB}, **PACKAGES[name])


def opened(server, see, name):
    running = start(server, name)
    verdict = see(running, name, golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", [f"{name}-open"])
    assert see(running, "observability").service == name


def closed(server, see, name):
    verdict = see(start(server, name, "--web.config.file={dir}/web.yml"), name)
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.fleet("snmp-exporter", "open", lint="prom/snmp-exporter")
def test_a_plain_snmp_exporter_is_exposed(server, see):
    opened(server, see, SNMP)


@pytest.mark.fleet("snmp-exporter", "protected")
def test_a_password_of_an_snmp_exporter_protects(server, see):
    closed(server, see, SNMP)


@pytest.mark.fleet("postgres-exporter", "open", lint="prometheuscommunity/postgres-exporter")
def test_a_plain_postgres_exporter_is_exposed(server, see):
    opened(server, see, POSTGRES)


@pytest.mark.fleet("postgres-exporter", "protected")
def test_a_password_of_a_postgres_exporter_protects(server, see):
    closed(server, see, POSTGRES)


@pytest.mark.fleet("redis-exporter", "open", lint="oliver006/redis_exporter")
def test_a_redis_exporter_is_exposed(server, see):
    argv = ["prometheus-redis-exporter", "-web.listen-address={address}:9121"]
    running = server(argv, [9121], package="prometheus-redis-exporter")
    verdict = see(running, "redis-exporter", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["redis-exporter-open"])
    assert see(running, "observability").service == "redis-exporter"
