"""What asking again proves: only a refusal closes, and of several addresses the worst one counts."""

from dataclasses import replace

import pytest

from scanner.core.facts import Access
from scanner.core.finding import Status
from scanner.core.report import Coverage, EndpointRow
from scanner.findings.recheck import RecheckOutcome, recheck
from tests.report import samples

FOUND = samples.finding()


def row(status, address="127.0.0.1", **more):
    access = Access.REFUSED if status is Status.PROTECTED else Access.UNKNOWN
    return EndpointRow(
        endpoint=samples.endpoint(address, 6379), status=status, service="redis", product="Redis", access=access, **more
    )


def outcome(*rows, findings=(), **counts):
    coverage = Coverage(
        addresses=1, ports=1, endpoints_planned=len(rows) + sum(counts.values()), open=len(rows), **counts
    )
    report = replace(samples.empty_report(), coverage=coverage, endpoints=rows, findings=findings, problems=())
    return recheck(FOUND.rule, report)


@pytest.mark.parametrize(
    ("rows", "counts", "wanted", "says"),
    [
        ((), {"closed": 1}, RecheckOutcome.CLOSED, "refuses connections"),
        ((row(Status.PROTECTED),), {}, RecheckOutcome.PROTECTED, "Redis refuses strangers"),
        ((row(Status.PROTECTED),), {"closed": 1}, RecheckOutcome.PROTECTED, "Redis refuses strangers"),
        ((), {"filtered": 1}, RecheckOutcome.UNKNOWN, "stays silent"),
        ((), {"unreachable": 1}, RecheckOutcome.UNKNOWN, "no way to the host"),
        ((), {"unscanned": 1}, RecheckOutcome.UNKNOWN, "could not be looked at"),
        ((), {}, RecheckOutcome.UNKNOWN, "could not be looked at"),
        ((row(Status.IDENTIFIED),), {}, RecheckOutcome.UNKNOWN, "what it allows is not proven"),
        ((row(Status.OPEN, note="it said nothing"),), {}, RecheckOutcome.UNKNOWN, "it said nothing"),
        ((row(Status.INCONCLUSIVE),), {}, RecheckOutcome.UNKNOWN, "inconclusive"),
    ],
)
def test_only_a_refusal_is_proof(rows, counts, wanted, says):
    found = outcome(*rows, **counts)
    assert found.outcome is wanted
    assert says in found.why


@pytest.mark.parametrize(
    ("rows", "counts"),
    [
        ((row(Status.PROTECTED), row(Status.OPEN, "127.0.0.2")), {}),
        ((row(Status.PROTECTED), row(Status.INCONCLUSIVE, "127.0.0.2")), {}),
        ((row(Status.PROTECTED),), {"filtered": 1}),
        ((), {"closed": 1, "unreachable": 1}),
        ((), {"closed": 1, "unscanned": 1}),
    ],
)
def test_of_a_names_addresses_the_worst_one_counts(rows, counts):
    assert outcome(*rows, **counts).outcome is RecheckOutcome.UNKNOWN


def test_a_finding_is_exposed_with_its_proof_and_another_rule_is_named():
    same = outcome(row(Status.EXPOSED), findings=(FOUND,))
    assert same.outcome is RecheckOutcome.EXPOSED
    assert same.why.startswith(FOUND.detail)
    other = outcome(row(Status.EXPOSED), findings=(replace(FOUND, rule="redis-other"),))
    assert other.outcome is RecheckOutcome.EXPOSED
    assert other.why.startswith("redis-other: ")
