from dataclasses import replace

import pytest

from scanner.core.facts import Access
from scanner.core.finding import FindingState, Severity, Status
from scanner.core.report import EndpointRow
from scanner.core.talk import TlsFacts
from scanner.core.unheard import Unheard
from scanner.report import phrases
from tests.report.samples import docker_finding, endpoint, finding, report


def unheard_row(port, reason=Unheard.TIMED_OUT, **fields):
    return EndpointRow(endpoint=endpoint(port=port), status=Status.INCONCLUSIVE, reason=reason, **fields)


def only(*rows, findings=()):
    return replace(report(*findings), endpoints=rows)


def test_the_worst_comes_first_and_equals_come_by_address_as_a_number():
    low = finding("127.0.0.1", severity=Severity.LOW, priority=Severity.LOW)
    nine, ten, six = finding("127.0.0.9"), finding("127.0.0.10"), finding("::1")
    assert phrases.ranked([low, six, ten, nine]) == [nine, ten, six, low]


def test_what_priority_says_goes_before_severity():
    lowered = finding(severity=Severity.CRITICAL, priority=Severity.LOW)
    other = finding(severity=Severity.MEDIUM, priority=Severity.MEDIUM)
    assert phrases.ranked([lowered, other]) == [other, lowered]


def test_groups_hold_each_finding_once_and_the_worst_group_is_first():
    findings = [finding(), docker_finding(), finding("127.0.0.9")]
    found = phrases.groups(report(*findings))
    assert [group.code for group in found] == ["A02:2025"]
    assert found[0].title == "Security Misconfiguration"
    assert phrases.ranked(findings) == list(found[0].findings)
    assert [[one.rule for one in rule] for rule in found[0].rules()] == [
        ["docker-api-no-auth"],
        ["redis-no-password", "redis-no-password"],
    ]


@pytest.mark.parametrize("reason", Unheard)
def test_each_reason_for_silence_has_words_and_its_own_name(reason):
    said = phrases.why_unheard(unheard_row(1, reason))
    assert said.endswith(f"({reason.value})")
    assert len(said) > len(f" ({reason.value})")


def test_who_was_heard_out_needs_no_reason():
    assert phrases.why_unheard(EndpointRow(endpoint=endpoint())) == ""


def test_the_surface_lacks_only_what_findings_speak_for():
    told = finding(port=6379)
    rows = (
        EndpointRow(endpoint=endpoint(port=22)),
        EndpointRow(endpoint=endpoint(port=6379), status=Status.EXPOSED),
        EndpointRow(endpoint=endpoint(port=6379, base_path="/other"), status=Status.PROTECTED, access=Access.REFUSED),
        unheard_row(9),
    )
    assert phrases.surface(only(*rows, findings=[told])) == (rows[3], rows[2], rows[0])
    assert phrases.unheard(only(*rows, findings=[told])) == (rows[3],)


@pytest.mark.parametrize(("count", "most"), [(0, 2), (1, 2), (2, 2), (3, 2), (5, 2)])
def test_nobody_who_could_not_be_heard_is_left_out_of_the_count(count, most):
    said = list(phrases.unheard_sentences(only(*(unheard_row(port) for port in range(1, count + 1))), most))
    assert len(said) == min(count, most) + (count > most)
    if count > most:
        assert said[-1].startswith(phrases.counted(count - most, "open endpoint"))


def test_a_sentence_names_endpoint_service_and_reason():
    [said] = phrases.unheard_sentences(only(unheard_row(9, service="redis", version="7")), 1)
    assert said.startswith("127.0.0.1:9 (redis 7) is open and could not be heard out: it did not answer in time")


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        ({}, "?"),
        ({"service": "redis"}, "redis"),
        ({"service": "redis", "product": "Valkey"}, "Valkey"),
        ({"product": "Valkey", "version": "8.0"}, "Valkey 8.0"),
    ],
)
def test_a_product_is_named_as_well_as_it_is_known(row, shown):
    assert phrases.product_of(EndpointRow(endpoint=endpoint(), **row)) == shown


@pytest.mark.parametrize(("number", "shown"), [(0, "0 ports"), (1, "1 port"), (2, "2 ports"), (12_000, "12,000 ports")])
def test_numbers_are_counted_in_words(number, shown):
    assert phrases.counted(number, "port") == shown


def test_severities_are_counted_worst_first_and_those_without_one_are_not_told():
    levels = [Severity.LOW, Severity.CRITICAL, Severity.CRITICAL]
    assert phrases.by_severity([finding(severity=level) for level in levels]) == "2 critical, 1 low"
    assert phrases.by_severity([]) == ""


@pytest.mark.parametrize(
    ("tls", "shown"),
    [
        (None, ""),
        ({}, ""),
        ({"sha256": "ab"}, "certificate without a subject"),
        ({"subject": "CN=a"}, "certificate CN=a"),
        ({"subject": "CN=a", "names": ("a",)}, "certificate CN=a"),
        ({"subject": "CN=a", "names": ("a", "b")}, "certificate CN=a, for b"),
        ({"subject": "CN=a", "names": tuple("bcdefg")}, "certificate CN=a, for b, c, d, e and 2 more"),
        (
            {"subject": "CN=a", "not_after": "2027-01-02T03:04:05Z", "self_signed": True},
            "certificate CN=a, until 2027-01-02, self-signed",
        ),
    ],
)
def test_a_certificate_is_told_in_words(tls, shown):
    assert phrases.certificate(None if tls is None else TlsFacts(version="TLSv1.3", **tls)) == shown


def test_remarks_hold_all_that_is_known_and_labels_only_what_others_call_it():
    row = unheard_row(9, note="odd", decoy="answers everything", reverse_dns="a.example")
    said = phrases.remarks(row)
    for part in (phrases.why_unheard(row), "odd", "possible decoy: answers everything", "reverse DNS a.example"):
        assert part in said
    assert phrases.labels(row) == "reverse DNS a.example"
    assert list(phrases.labels_by_place(only(row, unheard_row(10))).values()) == ["reverse DNS a.example"]


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({}, ""),
        ({"state": FindingState.KNOWN}, "known since the baseline"),
        ({"state": FindingState.ACCEPTED}, "accepted: no reason given"),
        ({"state": FindingState.ACCEPTED, "accepted_reason": "lab", "owner": "ops"}, "accepted: lab (ops)"),
    ],
)
def test_a_state_other_than_new_is_told(fields, shown):
    assert phrases.state_note(finding(**fields)) == shown


@pytest.mark.parametrize(
    ("first_seen", "words"),
    [
        (None, ""),
        ("2025-12-01T00:00:00Z", "first seen 2025-12-01, 31 days before this run"),
        ("2026-01-01T00:00:00Z", "first seen 2026-01-01"),
        ("some day", "first seen some day"),
    ],
)
def test_a_finding_says_since_when_it_is_known(first_seen, words):
    beside = phrases.Beside({}, "2026-01-01T12:00:00Z")
    assert beside.since(finding(first_seen=first_seen)) == words
