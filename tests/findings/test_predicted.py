"""A finding that nobody asked a service for says so, and weighs what its rule's service controls."""

from dataclasses import replace

import pytest

from scanner.core.facts import Access, Exchange
from scanner.core.finding import Anchor, Confidence, FindingState, Severity
from scanner.core.rule import Controls
from scanner.findings.identity import Identity
from scanner.findings.predicted import access_by, predict
from scanner.probes.registry import load_registry
from tests.report import samples

REDIS = load_registry().find("redis").probe
HERE = Anchor(file="redis.conf", line=3)


def predicted(address="10.0.0.5", controls=None, anchor=HERE, **more):
    probe = REDIS
    if controls is not None:
        probe = replace(probe, rules=(replace(probe.rules[0], controls=controls), *probe.rules[1:]))
    rule = probe.rules[0]
    said = {"line": "bind 0.0.0.0", "access": access_by(rule)} | more
    return predict(
        probe,
        rule,
        samples.endpoint(address, 6379),
        Identity("f" * 64, ("a" * 64,)),
        detail="it asks for nothing",
        anchor=anchor,
        remedy=("bind 127.0.0.1",),
        **said,
    )


def test_it_is_the_first_rule_and_no_claim_that_anybody_asked():
    found = predicted(evidence={"listener": "redis"})
    assert (found.rule, found.service, found.product) == (REDIS.rules[0].id, "redis", REDIS.title)
    assert (found.confidence, found.state, found.version) == (Confidence.PREDICTED, FindingState.NEW, None)
    assert (found.fingerprint, found.aliases) == ("f" * 64, ("a" * 64,))
    assert found.proof == (Exchange("read redis.conf:3", "bind 0.0.0.0"),)
    assert found.remedy == ("bind 127.0.0.1", *REDIS.rules[0].remedy)
    assert found.evidence == {"listener": "redis"}
    assert found.url == "redis://10.0.0.5:6379"


def test_without_a_line_it_is_the_default_of_the_product():
    assert predicted(anchor=None).proof[0].sent == "read the product's default"
    assert predicted("::1").url == "redis://[::1]:6379"


@pytest.mark.parametrize("controls", Controls)
def test_only_what_rules_a_machine_gives_control(controls):
    found = predicted(controls=controls)
    rules = controls in {Controls.HOST, Controls.FLEET}
    assert found.access is (Access.CONTROL if rules else Access.DATA)
    assert not rules or found.severity is Severity.CRITICAL


@pytest.mark.parametrize(("address", "moved"), [("127.0.0.1", -1), ("10.0.0.5", 0), ("8.8.8.8", 1)])
def test_its_priority_follows_the_reach_of_the_address(address, moved):
    found = predicted(address, Controls.DATA)
    assert found.priority == min(found.severity + moved, Severity.CRITICAL)
    assert bool(found.priority_reasons) is bool(moved)


def test_a_reason_of_its_own_leaves_the_severity_as_it_is_and_no_line_is_no_proof():
    found = predicted("8.8.8.8", Controls.DATA, reason="nothing was sent", line="", access=Access.METADATA)
    assert (found.priority, found.priority_reasons, found.proof) == (found.severity, ("nothing was sent",), ())
    assert found.access is Access.METADATA


def test_the_vendor_s_pages_come_first_and_once():
    page = REDIS.rules[0].references[:1]
    assert predicted(sources=("https://example.org", *page)).references == (
        "https://example.org",
        *page,
        *(one for one in REDIS.rules[0].references if one not in page),
    )
