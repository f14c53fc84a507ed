"""What verify asks again, and what no report and no ticket can make it ask. Nothing is sent here."""

import pytest

from scanner.cli.verify_plan import claim_of_endpoint, claim_of_finding, plan_claim, probes_for
from scanner.core.errors import ScopeError, UsageError
from scanner.core.ports import Transport
from scanner.findings.url import schemes_of
from scanner.probes.registry import load_registry
from tests.report import samples

REGISTRY = load_registry()


def plan_of(finding, **options):
    return plan_claim(claim_of_finding(finding, tls=False), REGISTRY, allow_public=False, **options)


def test_a_report_can_not_send_us_to_a_public_address():
    with pytest.raises((ScopeError, UsageError), match="public"):
        plan_of(samples.finding("8.8.8.8"))


def test_a_ticket_can_not_send_us_to_a_public_address():
    with pytest.raises((ScopeError, UsageError), match="public"):
        plan_claim(claim_of_endpoint("8.8.8.8:6379", "redis-no-password", REGISTRY), REGISTRY, allow_public=False)


def test_the_plan_is_the_one_endpoint_as_it_was_asked_before():
    found = samples.finding(
        endpoint=samples.endpoint("127.0.0.1", 8443, name="web", host="web.example", base_path="/app"),
        url="https://web.example:8443/app",
    )
    plan = plan_of(found)
    assert plan.space.size == 1
    (target,) = plan.targets
    assert (target.name, target.host, target.scheme, target.base_path) == ("web", "web.example", "https", "/app")


def test_a_udp_finding_is_asked_over_udp():
    found = samples.finding(endpoint=samples.endpoint("127.0.0.1", 161, transport=Transport.UDP))
    assert list(plan_of(found).space.ports) == [(Transport.UDP, 161)]


@pytest.mark.parametrize(
    "path",
    [
        "/admin/users/delete?id=1",
        "/admin/users/delete",
        "/app?x=1",
        "/app#x",
        "/app/../admin",
        "/app/%2e%2e/admin",
        "/-/quit",
        "/containers/1/kill",
        "/app\r\nX: y",
        "/app x",
        "app",
        "@10.0.0.9/app",
        ":80/app",
        "/app/",
        "/\u00e4",
    ],
)
def test_a_report_can_not_name_a_path_that_no_target_may_have(path):
    found = samples.finding(endpoint=samples.endpoint("127.0.0.1", 8080, base_path=path), url="http://127.0.0.1:8080")
    with pytest.raises(UsageError):
        claim_of_finding(found, tls=False)


@pytest.mark.parametrize("host", ["10.0.0.9", "a b", "x\r\nHost: y", "WEB.example", "user@web", "..", "*.example"])
def test_a_report_can_not_name_a_host_that_no_target_may_have(host):
    found = samples.finding(endpoint=samples.endpoint("127.0.0.1", 8080, host=host), url="http://127.0.0.1:8080")
    with pytest.raises(UsageError):
        claim_of_finding(found, tls=False)


@pytest.mark.parametrize(
    ("text", "rule", "said"),
    [
        ("10.0.0.5:6379", "redis-no-password", ("10.0.0.5", 6379, Transport.TCP, None, "", False)),
        ("redis://10.0.0.5:6379", "redis-no-password", ("10.0.0.5", 6379, Transport.TCP, None, "", False)),
        ("rediss://10.0.0.5:6380/", "redis-no-password", ("10.0.0.5", 6380, Transport.TCP, None, "", True)),
        ("tcp://[fd00::1]:6379", "redis-no-password", ("fd00::1", 6379, Transport.TCP, None, "", False)),
        ("cache.example:6379", "redis-no-password", ("cache.example", 6379, Transport.TCP, None, "", False)),
        ("https://web.example/app", "prometheus-open", ("web.example", 443, Transport.TCP, "https", "/app", True)),
        ("10.0.0.5:161/udp", "snmp-community-public", ("10.0.0.5", 161, Transport.UDP, None, "", False)),
    ],
)
def test_an_endpoint_is_read_as_tickets_write_it(text, rule, said):
    claim = claim_of_endpoint(text, rule, REGISTRY)
    assert (claim.place, claim.port, claim.transport, claim.scheme, claim.base_path, claim.tls) == said


@pytest.mark.parametrize(
    ("text", "rule", "says"),
    [
        ("10.0.0.5:6379", "no-such-rule", "no rule no-such-rule"),
        ("mongodb://10.0.0.5:6379", "redis-no-password", "redis is asked with redis:// or rediss://"),
        ("10.0.0.5", "redis-no-password", "one host and one port"),
        ("10.0.0.0/24", "redis-no-password", "one host and one port"),
        ("10.0.0.0-10.0.0.9:6379", "redis-no-password", "one address only"),
        ("@local", "redis-no-password", "one host and one port"),
        ("http://10.0.0.5:80/users/delete", "redis-no-password", "may do something"),
        ("http://10.0.0.5:80/app?id=1", "redis-no-password", "leave out"),
        ("http://user:secret@10.0.0.5:80/", "redis-no-password", "user name or password"),
    ],
)
def test_an_endpoint_that_is_no_target_is_refused(text, rule, says):
    with pytest.raises(UsageError, match=says) as caught:
        claim_of_endpoint(text, rule, REGISTRY)
    assert "secret" not in str(caught.value)


def test_every_service_is_asked_by_the_urls_that_reports_write():
    for probe in REGISTRY.probes:
        plain, secured = schemes_of(probe)
        for rule in probe.rules[:1]:
            assert not claim_of_endpoint(f"{plain}://10.0.0.5:99", rule.id, REGISTRY).tls
            assert claim_of_endpoint(f"{secured}://10.0.0.5:99", rule.id, REGISTRY).tls is (plain != secured)


def test_the_claims_own_service_is_at_home_on_any_port_and_the_others_are_asked_too():
    claim = claim_of_endpoint("rediss://10.0.0.5:777", "redis-no-password", REGISTRY)
    probes = {probe.id: probe for probe in probes_for(claim, REGISTRY)}
    assert (probes["redis"].ports[0].port, probes["redis"].ports[0].tls) == (777, True)
    assert len(probes) > 50


def test_what_was_seen_from_the_inside_is_looked_at_there():
    endpoint = samples.endpoint("127.0.0.1", 0, name="web-1", subject="process: /tmp/x\x1b[2J")
    with pytest.raises(UsageError, match="run `exposure host` on web-1 again") as told:
        claim_of_finding(samples.finding(endpoint=endpoint, url="host://web-1/"), tls=False)
    assert "\x1b" not in str(told.value)
