"""Findings as people think of them: by rule and host, by owner; and whether anything may be called new."""

from dataclasses import replace

import pytest

from scanner.core.finding import Anchor, Confidence, FindingState, Severity
from scanner.report.by_host import compared, host_of, rows, together
from tests.report import samples


def test_one_rule_at_several_ports_of_a_host_is_one_row():
    found = rows([samples.finding(port=port) for port in (6381, 6379, 6380)] + [samples.finding("127.0.0.9")])
    assert [[one.endpoint.port for one in row.findings] for row in found] == [[6379, 6380, 6381], [6379]]
    assert [row.hosts for row in found] == [("127.0.0.1",), ("127.0.0.9",)]


@pytest.mark.parametrize(
    "changes",
    [
        {"rule": "other"},
        {"severity": Severity.LOW},
        {"priority": Severity.LOW},
        {"state": FindingState.ACCEPTED},
        {"endpoint": samples.endpoint(port=6380, name="cache")},
    ],
)
def test_what_reads_otherwise_has_a_row_of_its_own(changes):
    other = samples.finding(port=6380)
    assert len(rows([samples.finding(), other])) == 1
    assert len(rows([samples.finding(), replace(other, **changes)])) == 2


def test_a_group_tells_its_hosts_owners_names_products_and_counts():
    found = [
        samples.docker_finding(owner="ops"),
        samples.finding(owner="db"),
        *(samples.finding(f"127.0.1.{number}", version=f"7.{number}", owner="db") for number in range(4)),
    ]
    (group,) = together(found, lambda _: None)
    assert group.worst.rule == "docker-api-no-auth"
    assert group.hosts == ("127.0.0.2", "127.0.0.1", "127.0.1.0", "127.0.1.1", "127.0.1.2", "127.0.1.3")
    assert group.owners == ("ops", "db")
    assert group.names == ("build-server",)
    assert group.products == "Docker Engine 20.10.24, Redis 7.0.15, Redis 7.0 and 3 more"
    assert group.counts == "1 critical, 5 high"
    assert group.compromised
    assert [len(rule.findings) for rule in group.by_rule()] == [1, 5]


def test_a_prediction_stands_with_its_file():
    foretold = samples.finding(confidence=Confidence.PREDICTED, anchor=Anchor(file="compose.yaml", line=3))
    assert host_of(foretold) == "compose.yaml"
    assert host_of(samples.finding(anchor=Anchor(file="targets.txt", line=3))) == "127.0.0.1"


def test_nothing_is_new_without_something_older():
    plain = samples.report(samples.finding())
    assert not compared(plain)
    assert compared(replace(plain, run=samples.run(options={"baseline": "last.json"})))
    assert compared(replace(plain, run=samples.run(options={"history": True})))
    assert compared(samples.report(samples.finding(first_seen="2026-01-01T00:00:00Z")))
    assert compared(samples.report(samples.finding(state=FindingState.KNOWN)))
