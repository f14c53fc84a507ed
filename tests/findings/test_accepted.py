from dataclasses import replace
from datetime import date
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.address import to_number
from scanner.core.errors import UsageError
from scanner.core.finding import FindingState
from scanner.core.intervals import Intervals
from scanner.core.ports import PortSet
from scanner.core.problem import ProblemKind
from scanner.core.space import Block, Space
from scanner.findings.acceptance_file import parse_acceptances
from scanner.findings.accepted import apply_acceptances
from tests.report import samples

FILE = Path("accept.toml")
ENTRY = """
[[accept]]
target = "127.0.0.1"
port = 6379
reason = "cache of the lab"
owner = "lab"
until = 2026-01-02
"""


def entry(**changes):
    fields = {
        "target": '"127.0.0.1"',
        "port": "6379",
        "reason": '"r"',
        "owner": '"o"',
        "until": "2026-12-31",
        **changes,
    }
    lines = [f"{name} = {value}" for name, value in fields.items() if value is not None]
    return parse_acceptances("\n".join(["[[accept]]", *lines]), FILE)


def states(report, entries, **options):
    return [found.state for found in apply_acceptances(report, entries, **options).report.findings]


def test_a_matching_finding_is_accepted_and_stays_in_the_report():
    applied = apply_acceptances(samples.report(samples.finding()), parse_acceptances(ENTRY, FILE))
    (found,) = applied.report.findings
    assert (found.state, found.owner) == (FindingState.ACCEPTED, "lab")
    assert found.accepted_reason == "cache of the lab (until 2026-01-02)"
    assert applied.problems == ()


@pytest.mark.parametrize(
    ("changes", "accepted"),
    [
        ({}, True),
        ({"target": '"127.0.0.0/30"'}, True),
        ({"target": '"127.0.0.1-9"'}, True),
        ({"target": '"127.0.0.2"'}, False),
        ({"target": '"::1"'}, False),
        ({"target": '"cache.example"'}, True),
        ({"target": '"CACHE.example"'}, True),
        ({"target": '"other.example"'}, False),
        ({"port": "6380"}, False),
        ({"port": None, "service": '"redis"'}, True),
        ({"port": None, "service": '"docker-api"'}, False),
        ({"service": '"docker-api"'}, False),
        ({"rule": '"redis-no-password"'}, True),
        ({"rule": '"redis-clear-text"'}, False),
        ({"until": "2026-01-02"}, True),
        ({"until": '"2026-01-02"'}, True),
        ({"until": "2026-01-01"}, False),
    ],
)
def test_an_entry_covers_what_it_names_and_nothing_else(changes, accepted):
    found = samples.finding(endpoint=samples.endpoint("127.0.0.1", 6379, name="cache.example"))
    expected = FindingState.ACCEPTED if accepted else FindingState.NEW
    assert states(samples.report(found), entry(**changes)) == [expected]


def test_an_expired_entry_is_told_and_its_finding_counts_again():
    applied = apply_acceptances(samples.report(samples.finding()), entry(until="2025-12-31"))
    assert [found.state for found in applied.report.findings] == [FindingState.NEW]
    (problem,) = applied.problems
    assert (problem.kind, problem.where) == (ProblemKind.ACCEPTANCE_EXPIRED, "accept.toml:1")
    assert problem in applied.report.problems


def test_an_entry_without_a_finding_is_told_unless_the_run_did_not_go_there():
    clean = samples.clean_report()
    assert [problem.kind for problem in apply_acceptances(clean, entry()).problems] == [ProblemKind.ACCEPTANCE_UNUSED]
    number = to_number(ip_address("127.0.0.1"))
    here = Space([Block(Intervals([(number, number)]), PortSet.of([22]))])
    elsewhere = Space([Block(Intervals([(number + 9, number + 9)]), PortSet.of([22]))])
    assert len(apply_acceptances(clean, entry(), here).problems) == 1
    assert apply_acceptances(clean, entry(), elsewhere).problems == ()


def test_signs_of_a_break_in_are_not_accepted_by_the_way():
    report = samples.report(samples.docker_finding())
    fields = {"target": '"127.0.0.2"', "port": "2375"}
    applied = apply_acceptances(report, entry(**fields))
    assert [found.state for found in applied.report.findings] == [FindingState.NEW]
    assert [problem.kind for problem in applied.problems] == [ProblemKind.ACCEPTANCE_OVERRIDDEN]
    assert states(report, entry(**fields, despite_compromise="true")) == [FindingState.ACCEPTED]


def test_a_later_entry_serves_where_an_earlier_one_has_expired():
    entries = (*entry(until="2025-12-31"), *entry(until="2026-06-30"))
    assert states(samples.report(samples.finding()), entries) == [FindingState.ACCEPTED]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("x", None, "not TOML"),
        ("accept = 1", 1, "something else"),
        ("\n[other]", 2, "something else"),
        ("accept = [1]", 1, "not a table"),
        ("\n\n[[accept]]\n", 3, "port or a service"),
        (ENTRY.replace("port", "prot"), 4, "unknown field 'prot'"),
        (ENTRY + ENTRY.replace("6379", "70000"), 11, "1 to 65535"),
        (ENTRY.replace("6379", "true"), 4, "1 to 65535"),
        (ENTRY.replace('"lab"', '""'), 6, "owner is missing"),
        (ENTRY.replace("127.0.0.1", "127.1"), 3, "127.0.0.1"),
        (ENTRY.replace("127.0.0.1", "@local"), 3, "address, a network"),
        (ENTRY.replace("2026-01-02", "2026-13-02"), 7, "not TOML"),
        (ENTRY.replace("2026-01-02", '"soon"'), 7, "until is not a day"),
        (ENTRY.replace("2026-01-02", "2026-01-02T00:00:00Z"), 7, "until is not a day"),
        (ENTRY + "despite_compromise = 1", 8, "neither true nor false"),
    ],
)
def test_a_mistake_is_named_with_its_line(text, line, message):
    with pytest.raises(UsageError, match=message) as caught:
        parse_acceptances(text, FILE)
    assert caught.value.line == line


@given(st.dates())
def test_an_entry_holds_through_its_last_day(day):
    started = f"{day.isoformat()}T23:59:59Z"
    report = replace(samples.report(samples.finding()), run=samples.run(started=started))
    for shift, state in ((0, FindingState.ACCEPTED), (-1, FindingState.NEW)):
        until = date.fromordinal(max(day.toordinal() + shift, 1))
        if until != day or shift == 0:
            assert states(report, entry(until=f'"{until.isoformat()}"')) == [state]


@pytest.mark.parametrize(
    ("address", "name", "covered"),
    [
        ("127.0.0.1", "db", True),
        ("127.0.0.1", None, True),
        ("10.0.0.9", "DB", True),
        ("127.0.0.1", "web", False),
        ("10.0.0.9", None, False),
    ],
)
def test_an_accepted_machine_is_known_by_its_name_and_nobody_else_at_its_address(address, name, covered):
    text = ENTRY.replace('target = "127.0.0.1"', 'target = "127.0.0.1"\nname = "db"')
    assert 'name = "db"' in text
    (entry,) = parse_acceptances(text, FILE)
    assert entry.covers(samples.finding(endpoint=samples.endpoint(address, 6379, name=name))) is covered
