import asyncio

import pytest

from scanner.core.facts import Access
from scanner.services.observability.blackbox_exporter import CONFIG, METRICS, PROBE, BlackboxFacts
from tests.services.observability.test_prometheus import WEB
from tests.support.talks import ScriptedHttp, page

BUILT = page('blackbox_exporter_build_info{version="0.23.0"} 1\n')
START = page("<html><head><title>Blackbox Exporter</title></head></html>")
MODULES = page("modules:\n    http_2xx:\n        prober: http\n    icmp:\n        prober: icmp\n")


@pytest.mark.parametrize(
    ("answers", "access"),
    [
        ({METRICS: BUILT, CONFIG: MODULES}, Access.METADATA),
        ({METRICS: page("", 404), "/": START, CONFIG: MODULES}, Access.METADATA),
        ({METRICS: BUILT, CONFIG: page("", 403)}, Access.REFUSED),
        ({METRICS: BUILT, CONFIG: page("", 500)}, Access.UNKNOWN),
        ({METRICS: page("", 401), "/": START, CONFIG: page("", 401)}, Access.REFUSED),
        ({METRICS: page("up 1\n"), "/": page("<title>x</title>"), CONFIG: MODULES}, None),
        ({METRICS: page("", 401), "/": page("", 401), CONFIG: page("", 401)}, None),
    ],
)
def test_the_answers_decide(answers, access):
    facts = asyncio.run(PROBE.ask_http(ScriptedHttp(answers, PROBE.sends)))
    assert (facts.access if facts else None) is access
    if access is Access.METADATA:
        assert facts.evidence == {"modules": 2}


def test_the_rule_holds_for_what_was_read_alone():
    (rule,) = PROBE.rules
    assert rule.holds(BlackboxFacts(access=Access.REFUSED)) is None
    assert rule.holds(BlackboxFacts(access=Access.METADATA))


MODULE = "modules:\n  http_2xx: {prober: http}\n"


@pytest.fixture
def exporter(server):
    def start(*options):
        argv = ["prometheus-blackbox-exporter", "--web.listen-address={address}:9115", "--config.file={dir}/b.yml"]
        files = {"b.yml": MODULE, "web.yml": WEB}
        return server([*argv, *options], [9115], package="prometheus-blackbox-exporter", files=files)

    return start


@pytest.mark.fleet("blackbox-exporter", "open", lint="prom/blackbox-exporter:v0.23.0")
def test_a_plain_exporter_is_exposed_and_was_not_used(exporter, see):
    running = exporter("--log.level=debug")
    verdict = see(running, "blackbox-exporter", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["blackbox-exporter-open"])
    assert verdict.row.evidence == {"modules": 1}
    assert "Beginning probe" not in running.log
    assert see(running, "observability").service == "blackbox-exporter"


@pytest.mark.fleet("blackbox-exporter", "protected")
def test_a_password_turns_everybody_away(exporter, see):
    verdict = see(exporter("--web.config.file={dir}/web.yml"), "blackbox-exporter")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.fleet("blackbox-exporter", "protected", unlike={"elsewhere": "a password hides the page that names it"})
def test_a_password_in_front_of_all_but_the_metrics_protects(exporter, server, see):
    front = server.front(f"http://{exporter().address}:9115", 9115, public=("= /metrics",), user="u", password="p")
    verdict = see(front, "blackbox-exporter", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
