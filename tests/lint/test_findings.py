"""Predictions as findings: what counts, what is a note, what makes one the same tomorrow."""

from dataclasses import replace
from pathlib import Path

import pytest

from scanner.core.facts import Access
from scanner.core.finding import Anchor, Confidence, FindingState, Severity, Status
from scanner.core.guard import Guard
from scanner.core.ports import Transport
from scanner.core.problem import Problem, ProblemKind
from scanner.core.report import RunStatus
from scanner.lint.find import Found
from scanner.lint.findings import report_of
from scanner.lint.ignores import read_ignores
from scanner.lint.prediction import LintReach, Prediction

NOW = "2026-03-01T01:00:00Z"
OPEN = Prediction(
    name="cache",
    service="redis",
    address="0.0.0.0",
    port=7000,
    reach=LintReach.WILDCARD,
    guard=Guard.OPEN,
    why="the image asks for nothing",
    anchor=Anchor(file="compose.yaml", line=5),
    instead=('"127.0.0.1:7000:6379"',),
    sources=("https://hub.docker.com/_/redis",),
)


def report(*predictions, problems=(), ignores=()):
    return report_of(Found([*predictions], [*problems], [*ignores], files=1), {"fail_on": "low"}, NOW)


def test_an_open_door_is_a_finding_on_its_line_that_nothing_was_sent_for():
    (found,) = report(OPEN).findings
    assert (found.rule, found.confidence, found.state) == ("redis-no-password", Confidence.PREDICTED, FindingState.NEW)
    assert found.detail.startswith(
        "compose.yaml:5: cache opens 0.0.0.0:7000/tcp to every address of the host, and strangers get an answer: "
        "the image asks for nothing. Docker's own address translation"
    )
    assert found.remedy[:2] == ("# compose.yaml:5: write instead", '"127.0.0.1:7000:6379"')
    assert found.references[0] == "https://hub.docker.com/_/redis"
    assert (found.proof, found.url) == ((), "redis://0.0.0.0:7000")


@pytest.mark.parametrize("guard", [Guard.CLOSED, Guard.UNKNOWN])
def test_what_is_closed_or_not_known_is_no_finding_and_the_unknown_is_said(guard):
    made = report(replace(OPEN, guard=guard))
    assert made.findings == ()
    assert [(problem.kind, problem.where) for problem in made.problems] == (
        [(ProblemKind.LINT_UNKNOWN, "compose.yaml:5")] if guard is Guard.UNKNOWN else []
    )
    assert [(row.status, row.access) for row in made.endpoints] == [(Status.IDENTIFIED, Access.UNKNOWN)]
    assert made.run.status is RunStatus.COMPLETE


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"anchor": Anchor(file="compose.yaml", line=9)}, True),
        ({"why": "other words"}, True),
        ({"address": "10.0.0.5"}, True),
        ({"anchor": Anchor(file="other.yaml", line=5)}, False),
        ({"name": "db"}, False),
        ({"port": 7001}, False),
        ({"transport": Transport.UDP}, False),
        ({"service": "memcached"}, False),
    ],
)
def test_a_finding_is_the_same_while_its_file_name_and_port_are(changes, same):
    (one,), other = report(OPEN).findings, report(replace(OPEN, **changes)).findings
    assert [found.fingerprint for found in other] == [one.fingerprint] if same else one.fingerprint not in {
        found.fingerprint for found in other
    }  # fmt: skip


def test_one_door_that_two_files_tell_of_alike_is_one_finding():
    assert len(report(OPEN, OPEN).findings) == 1


def test_a_rule_that_is_not_known_here_is_the_first_of_its_service():
    (found,) = report(replace(OPEN, rule="no-such-rule")).findings
    assert found.rule == "redis-no-password"
    assert report(replace(OPEN, service="no-such-service")).findings == ()


def test_how_far_a_stranger_gets_decides_the_severity():
    grades = [report(replace(OPEN, access=access)).findings[0].severity for access in (Access.METADATA, Access.DATA)]
    assert grades == sorted(grades)
    assert grades[0] < Severity.CRITICAL


@pytest.mark.parametrize(
    ("address", "shown", "url"),
    [
        ("::", "[::]:7000", "redis://[::]:7000"),
        ("eth0", "eth0:7000/tcp", "redis://0.0.0.0:7000"),
        ("10.0.0.5", "10.0.0.5:7000/tcp", "redis://10.0.0.5:7000"),
    ],
)
def test_an_address_may_be_a_word_of_the_file(address, shown, url):
    (found,) = report(replace(OPEN, address=address)).findings
    assert (found.evidence["door"], found.url) == (shown, url)


def test_a_file_that_was_not_read_leaves_the_report_incomplete_and_is_said_once():
    skipped = Problem(ProblemKind.LINT_FILE_SKIPPED, "x.yaml", "is not YAML")
    made = report(OPEN, problems=(skipped, skipped))
    assert made.run.status is RunStatus.INCOMPLETE
    assert made.problems == (skipped,)
    assert report(OPEN, problems=(Problem(ProblemKind.LINT_UNTOLD, "x", "y"),)).run.status is RunStatus.COMPLETE


@pytest.mark.parametrize(("until", "state"), [("2026-03-01", FindingState.ACCEPTED), ("2026-02-28", FindingState.NEW)])
def test_an_ignore_holds_through_its_last_day(until, state):
    text = "\n" * 4 + f"- 7000:6379 # exposure: ignore[redis-no-password] lab until={until}\n"
    assert report(OPEN, ignores=read_ignores(text, "compose.yaml")).findings[0].state is state


def test_the_report_says_how_much_was_read():
    made = report(OPEN, replace(OPEN, guard=Guard.CLOSED))
    assert (made.run.options["files"], made.run.options["doors"], made.run.options["fail_on"]) == (1, 2, "low")
    assert (made.run.started, made.coverage.endpoints_planned) == (NOW, 0)
    assert Path(made.findings[0].anchor.file).name == "compose.yaml"
