import asyncio
import json
import urllib.request

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.facts import Access
from scanner.services.observability.prometheus import (
    BUILD,
    FLAGS,
    HEALTHY,
    JOBS,
    PROBE,
    TARGETS,
    VERSION,
    PrometheusFacts,
    parse_flags,
    parse_targets,
)
from tests.support.talks import ScriptedHttp, page

OWN = {
    "config.file": "p.yml",
    "web.enable-lifecycle": "false",
    "web.enable-admin-api": "false",
    "storage.tsdb.path": "d",
}


def flags(**changed):
    data = OWN | {name.replace("_", "-").replace("web-", "web."): value for name, value in changed.items()}
    return page(json.dumps({"status": "success", "data": data}), json=True)


def targets(*jobs):
    active = [{"labels": {"job": job, "instance": "a"}} for job in jobs]
    return page(json.dumps({"status": "success", "data": {"activeTargets": active, "droppedTargets": []}}), json=True)


BUILT = page('{"status":"success","data":{"version":"2.42.0","revision":"r"}}', json=True)


def ask(answers):
    return asyncio.run(PROBE.ask_http(ScriptedHttp(answers, PROBE.sends)))


def test_flags_and_targets_are_counted():
    facts = ask({BUILD: BUILT, FLAGS: flags(), TARGETS: targets("node", "node", "db")})
    assert (facts.access, facts.version, facts.targets) == (Access.METADATA, "2.42.0", 3)
    assert facts.evidence["jobs"] == ["db", "node"]


@pytest.mark.parametrize("name", ["web_enable_admin_api", "web_enable_lifecycle"])
def test_a_flag_that_lets_strangers_act_is_control(name):
    assert ask({BUILD: BUILT, FLAGS: flags(**{name: "true"})}).access is Access.CONTROL


def test_a_health_page_identifies_and_a_refusal_protects():
    healthy = page("Prometheus Server is Healthy.\n")
    refused = ask({BUILD: page("", 401), FLAGS: page("Unauthorized", 401), HEALTHY: healthy})
    assert refused.access is Access.REFUSED
    assert ask({BUILD: page("", 500), FLAGS: page("", 500), HEALTHY: healthy}).access is Access.UNKNOWN


@pytest.mark.parametrize(
    "answer",
    [
        page("", 401),
        page('{"status":"success","data":{}}'),
        page('{"status":"success","data":{"version":"2.24.0"}}'),
        page('{"status":"success","data":{"config.file":"x","web.enable-lifecycle":"true"}}'),
        page("[]"),
        page("<html>Prometheus Server</html>"),
    ],
)
def test_other_products_are_not_claimed(answer):
    assert ask({BUILD: answer, FLAGS: answer, TARGETS: answer, HEALTHY: page("OK")}) is None


FIRST = page(
    '{"version":"1.8.2","revision":"5211b96","branch":"HEAD","buildUser":"root@h","buildDate":"20171104",'
    '"goVersion":"go1.9.2"}',
    json=True,
)
MISSING = page("404 page not found\n", 404)


@pytest.mark.parametrize(
    ("jobs", "access"),
    [
        (page('{"status":"success","data":["node","shop"]}', json=True), Access.METADATA),
        (page('{"status":"success","data":[]}', json=True), Access.METADATA),
        (page("", 401), Access.REFUSED),
        (page("", 502), Access.UNKNOWN),
        (MISSING, Access.UNKNOWN),
    ],
)
def test_the_first_generation_is_proven_by_the_names_of_its_jobs(jobs, access):
    facts = ask({BUILD: MISSING, FLAGS: MISSING, HEALTHY: MISSING, VERSION: FIRST, JOBS: jobs})
    assert (facts.product, facts.version, facts.access) == ("Prometheus", "1.8.2", access)
    assert (facts.unheard is None) is (access is not Access.UNKNOWN)


@pytest.mark.parametrize(
    "told", [MISSING, page('{"version":"1.8.2"}'), page(FIRST.body.decode().replace("1.8.2", "2.1.0"))]
)
def test_another_version_page_is_no_first_generation(told):
    assert ask({BUILD: MISSING, FLAGS: MISSING, HEALTHY: MISSING, VERSION: told}) is None


@given(st.binary(max_size=300) | st.sampled_from([flags().body, targets("a").body]))
def test_any_body_is_read_or_passed_over(body):
    parse_flags(page(body))
    parse_targets(page(body))


def test_the_rules_hold_for_what_was_read_alone():
    readable, changeable = PROBE.rules
    assert readable.holds(PrometheusFacts(access=Access.REFUSED)) is None
    assert "7 targets" in readable.holds(PrometheusFacts(access=Access.METADATA, targets=7))
    assert changeable.holds(PrometheusFacts(access=Access.METADATA)) is None
    assert "delete series" in changeable.holds(PrometheusFacts(access=Access.CONTROL, admin_api=True))
    assert "stop it" in changeable.holds(PrometheusFacts(access=Access.CONTROL, lifecycle=True))


CONFIG = """
scrape_configs:
  - job_name: shop
    basic_auth: {username: u, password: hidden-word}
    static_configs: [{targets: ["127.0.0.1:1"]}]
"""
# bcrypt of "test", cost 4
WEB = "basic_auth_users:\n  u: $2y$04$7sKxTR.0iKHjhJUGlAQYyOuTi0w4mLXIQ4p91hFPeykDXCJSl/mlO\n"


def read(running, path):
    with urllib.request.urlopen(f"http://{running.address}:9090{path}", timeout=5) as answer:
        return answer.read()


@pytest.fixture
def prometheus(server):
    def start(*options, **how):
        argv = ["prometheus", "--config.file={dir}/p.yml", "--web.listen-address={address}:9090"]
        return server(
            [*argv, "--storage.tsdb.path={dir}/data", *options],
            [9090],
            package="prometheus",
            files={"p.yml": CONFIG, "web.yml": WEB},
            **{"ready": b"Server is ready to receive web requests"} | how,
        )

    return start


@pytest.mark.fleet("prometheus", "open", lint="prom/prometheus:v2.42.0")
def test_a_plain_server_is_exposed_without_its_secrets(prometheus, see):
    # Discovery hands targets over after five seconds.
    running = prometheus(ready=lambda running: b'"shop"' in read(running, TARGETS))
    verdict = see(running, "prometheus", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["prometheus-open"])
    assert verdict.row.version.startswith("2.")
    assert verdict.row.evidence["jobs"] == ["shop"]
    assert "hidden-word" not in repr(verdict.row) + repr(verdict.findings)
    assert see(running, "observability").service == "prometheus"


@pytest.mark.fleet("prometheus", "open")
def test_an_admin_interface_is_a_risk_of_its_own(prometheus, see):
    verdict = see(prometheus("--web.enable-admin-api", "--web.enable-lifecycle"), "prometheus")
    assert sorted(verdict.rules) == ["prometheus-admin-open", "prometheus-open"]


@pytest.mark.fleet("prometheus", "protected")
def test_a_password_turns_everybody_away(prometheus, see):
    verdict = see(
        prometheus("--web.config.file={dir}/web.yml", ready=b"Server is ready to receive web requests"), "prometheus"
    )
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.real
def test_below_the_prefix_that_its_front_page_leads_to_it_is_exposed_too(prometheus, see):
    verdict = see(prometheus("--web.external-url=http://monitor.example/prometheus"))
    assert (verdict.service, verdict.status, verdict.rules) == ("prometheus", "exposed", ["prometheus-open"])
    assert "/prometheus" in verdict.row.note


@pytest.mark.fleet("prometheus", "protected", unlike={"elsewhere": "a password hides the front page that names it"})
def test_a_password_in_front_of_all_but_the_health_page_protects(prometheus, server, see):
    upstream = f"http://{prometheus().address}:9090"
    front = server.front(upstream, 9090, public=("= /-/healthy",), user="u", password="p")
    verdict = see(front, "prometheus", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.fleet("prometheus", "look-alike")
def test_the_health_page_alone_identifies(prometheus, server, see):
    front = server.front(f"http://{prometheus().address}:9090", 9090, allow=("= /-/healthy", f"= {BUILD}"))
    verdict = see(front, "prometheus")
    assert (verdict.status, verdict.rules) == ("protected", [])
