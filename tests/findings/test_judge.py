import random
from dataclasses import replace

import pytest

from scanner.core.facts import Access, Exchange, Facts
from scanner.core.finding import Severity, Status
from scanner.core.observation import Observation
from scanner.core.plan import Anchor
from scanner.core.rule import Controls
from scanner.core.talk import TlsFacts
from scanner.core.unheard import Unheard
from scanner.findings.judge import judge, judge_one
from tests.findings.samples import DOCKER, REDIS, endpoint, plan, rule, target

PROOF = (Exchange("PING", "PONG"), Exchange("INFO", "redis_version:7.0.15"))


@pytest.mark.parametrize(
    ("access", "status", "findings"),
    [
        (Access.UNKNOWN, Status.IDENTIFIED, 0),
        (Access.REFUSED, Status.PROTECTED, 0),
        (Access.METADATA, Status.EXPOSED, 1),
        (Access.DATA, Status.EXPOSED, 1),
        (Access.CONTROL, Status.EXPOSED, 1),
    ],
)
def test_the_verdict_ladder(access, status, findings):
    row, found = judge_one(Observation(endpoint=endpoint("10.0.0.5"), probe=REDIS, facts=Facts(access=access)), plan())
    assert row.status is status
    assert row.access is access
    assert len(found) == findings


def test_nothing_recognised_is_open():
    row, found = judge_one(Observation(endpoint=endpoint("10.0.0.5"), note="it says nothing"), plan())
    assert (row.status, row.service, row.note, found) == (Status.OPEN, None, "it says nothing", ())


def test_a_service_without_a_probe_is_identified():
    row, _ = judge_one(Observation(endpoint=endpoint("10.0.0.5", 22), service="ssh"), plan())
    assert (row.status, row.service) == (Status.IDENTIFIED, "ssh")


def test_a_decoy_is_kept_and_flagged_but_never_confirmed():
    seen = Observation(
        endpoint=endpoint("10.0.0.5"), probe=REDIS, facts=Facts(access=Access.DATA), decoy="every port answers"
    )
    row, (finding,) = judge_one(seen, plan())
    assert row.status is Status.IDENTIFIED
    assert row.decoy == "every port answers"
    assert finding.confidence == "suspected"
    assert finding.priority is Severity.LOW
    assert finding.severity is Severity.HIGH


def test_a_suspicion_of_the_probe_counts_too():
    seen = Observation(
        endpoint=endpoint("10.0.0.5"), probe=REDIS, facts=Facts(access=Access.DATA, decoy="says OK to anything")
    )
    row, (finding,) = judge_one(seen, plan())
    assert (row.status, row.decoy, finding.confidence) == (Status.IDENTIFIED, "says OK to anything", "suspected")


def test_a_finding_says_all_that_its_rule_and_facts_say():
    facts = Facts(
        access=Access.DATA,
        product="Valkey",
        version="8.0.1",
        evidence={"keys": 3},
        proof=PROOF,
        traces={"key": ("crackit",)},
    )
    here = plan(target("10.0.0.5", name="cache", anchor=Anchor(file="targets.txt", line=4), owner="web team"))
    _, (finding,) = judge_one(Observation(endpoint=endpoint("10.0.0.5", name="cache"), probe=REDIS, facts=facts), here)
    assert (finding.rule, finding.service, finding.product, finding.version) == (
        "redis-no-password",
        "redis",
        "Valkey",
        "8.0.1",
    )
    assert finding.url == "redis://10.0.0.5:6379"
    assert finding.detail == "it answered"
    assert finding.impact == "Anybody reads and changes the data."
    assert finding.proof == PROOF
    assert finding.evidence == {"keys": 3}
    assert [sign.id for sign in finding.compromise] == ["redis-key-crackit"]
    assert (finding.severity, finding.priority) == (Severity.HIGH, Severity.CRITICAL)
    assert finding.anchor == Anchor(file="targets.txt", line=4)
    assert finding.owner == "web team"
    assert finding.owasp.y2025 == ("A02", "A07")
    assert finding.cvss.score == 8.8


def test_the_remedy_of_a_compose_port_begins_with_its_line():
    facts = Facts(access=Access.DATA)
    anchor = Anchor(file="compose.yaml", line=4)

    def remedy(**more):
        seen = Observation(endpoint=endpoint("10.0.0.5", name="cache"), probe=REDIS, facts=facts)
        return judge_one(seen, plan(target("10.0.0.5", name="cache", **more)))[1][0].remedy

    usual = remedy(anchor=anchor)
    written = ('"127.0.0.1:6379:6379"',)
    assert usual
    assert remedy(anchor=anchor, instead=written) == ("# compose.yaml:4: write instead", *written, *usual)
    assert remedy(instead=written) == usual


def test_a_break_in_never_changes_severity_or_score():
    def finding(**traces):
        facts = Facts(access=Access.DATA, traces=traces)
        return judge_one(Observation(endpoint=endpoint("10.0.0.5"), probe=REDIS, facts=facts), plan())[1][0]

    honest, broken = finding(), finding(key=("crackit",))
    assert (honest.severity, honest.cvss) == (broken.severity, broken.cvss)
    assert honest.fingerprint == broken.fingerprint
    assert honest.priority < broken.priority


@pytest.mark.parametrize(
    ("probe", "address", "port", "tls", "fields", "expected"),
    [
        (REDIS, "10.0.0.5", 6379, False, {}, "redis://10.0.0.5:6379"),
        (REDIS, "10.0.0.5", 6380, True, {}, "rediss://10.0.0.5:6380"),
        (REDIS, "fd00::1", 6379, False, {}, "redis://[fd00::1]:6379"),
        (DOCKER, "10.0.0.5", 2375, False, {}, "http://10.0.0.5:2375"),
        (DOCKER, "10.0.0.5", 2376, True, {}, "https://10.0.0.5:2376"),
        (DOCKER, "fd00::1", 2375, False, {"base_path": "/docker"}, "http://[fd00::1]:2375/docker"),
        (DOCKER, "10.0.0.5", 443, True, {"host": "ci.example"}, "https://ci.example:443"),
    ],
)
def test_urls(probe, address, port, tls, fields, expected):
    facts = Facts(access=Access.CONTROL, tls=TlsFacts(version="TLSv1.3") if tls else None)
    seen = Observation(endpoint=endpoint(address, port, **fields), probe=probe, facts=facts)
    assert judge_one(seen, plan())[1][0].url == expected


def test_an_unknown_scheme_is_the_service_id():
    probe = REDIS.__class__(
        id="beanstalkd", title="beanstalkd", ports=REDIS.ports, sends=REDIS.sends, ask=REDIS.ask, rules=REDIS.rules
    )
    seen = Observation(endpoint=endpoint("10.0.0.5", 11300), probe=probe, facts=Facts(access=Access.DATA))
    assert judge_one(seen, plan())[1][0].url == "beanstalkd://10.0.0.5:11300"


def sample() -> list[Observation]:
    return [
        Observation(endpoint=endpoint("10.0.0.9"), probe=REDIS, facts=Facts(access=Access.METADATA)),
        Observation(endpoint=endpoint("10.0.0.2", 80)),
        Observation(endpoint=endpoint("10.0.0.8"), probe=REDIS, facts=Facts(access=Access.REFUSED)),
        Observation(endpoint=endpoint("10.0.0.7", 2375), probe=DOCKER, facts=Facts(access=Access.CONTROL)),
        Observation(endpoint=endpoint("10.0.0.6"), probe=REDIS, facts=Facts()),
        Observation(endpoint=endpoint("10.0.0.5"), probe=REDIS, facts=Facts(access=Access.DATA)),
    ]


def test_worst_first_whatever_the_order_of_arrival():
    expected = judge(sample(), plan())
    for seed in range(10):
        mixed = sample()
        random.Random(seed).shuffle(mixed)
        assert judge(mixed, plan()) == expected
    rows, findings = expected
    assert [row.status.value for row in rows] == ["exposed", "exposed", "exposed", "protected", "identified", "open"]
    assert [str(finding.endpoint) for finding in findings] == ["10.0.0.7:2375", "10.0.0.5:6379", "10.0.0.9:6379"]


def test_a_rule_may_hold_on_a_service_that_refused_us():
    login = rule("telnet-clear-text", Controls.HOST, holds=lambda facts: "passwords travel in clear", cwe=(319,))
    probe = REDIS.__class__(id="telnet", title="telnet", ports=REDIS.ports, sends=(), ask=REDIS.ask, rules=(login,))
    row, (finding,) = judge_one(
        Observation(endpoint=endpoint("10.0.0.5", 23), probe=probe, facts=Facts(access=Access.REFUSED)), plan()
    )
    assert row.status is Status.PROTECTED
    assert finding.severity is Severity.LOW


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, Status.INCONCLUSIVE),
        ({"service": "ssh"}, Status.INCONCLUSIVE),
        ({"probe": REDIS, "facts": Facts()}, Status.INCONCLUSIVE),
        ({"probe": REDIS, "facts": Facts(access=Access.REFUSED)}, Status.INCONCLUSIVE),
        ({"probe": REDIS, "facts": Facts(access=Access.DATA)}, Status.EXPOSED),
        ({"probe": REDIS, "facts": Facts(access=Access.DATA), "decoy": "an echo"}, Status.INCONCLUSIVE),
    ],
)
def test_only_a_proof_outweighs_what_could_not_be_heard_out(fields, status):
    seen = Observation(endpoint=endpoint("10.0.0.5"), unheard=Unheard.TIMED_OUT, **fields)
    row, _ = judge_one(seen, plan())
    assert row.status is status
    assert row.reason is (Unheard.TIMED_OUT if status is Status.INCONCLUSIVE else None)


def test_facts_that_no_rule_can_read_cost_no_other_endpoint_its_verdict():
    def broken(_facts):
        raise RecursionError("too deep")

    probe = replace(REDIS, rules=(replace(rule("redis-no-auth"), holds=broken),))
    bad = Observation(endpoint=endpoint("10.0.0.5"), probe=probe, facts=Facts(access=Access.DATA))
    good = Observation(endpoint=endpoint("10.0.0.6"), probe=REDIS, facts=Facts(access=Access.DATA))
    rows, findings = judge((bad, good), plan())
    assert [(row.status, row.reason) for row in rows] == [
        (Status.EXPOSED, None),
        (Status.INCONCLUSIVE, Unheard.MALFORMED),
    ]
    assert "RecursionError" in rows[1].note
    assert len(findings) == 1
