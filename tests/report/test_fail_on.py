from dataclasses import replace

import pytest

from scanner.core.exit_code import ExitCode
from scanner.core.finding import Confidence, FindingState, Severity
from scanner.core.problem import Problem, ProblemKind
from scanner.core.report import RunStatus
from scanner.report.fail_on import Gate, decide
from tests.report import samples

LOW = Gate(Severity.LOW)


def code(report, gate=LOW, stale=()):
    return decide(report, gate, stale).code


INCOMPLETE = replace(samples.clean_report(), run=samples.run(status=RunStatus.INCOMPLETE))


@pytest.mark.parametrize(
    ("report", "gate", "expected"),
    [
        (samples.clean_report(), LOW, ExitCode.CLEAN),
        (samples.report(samples.finding()), LOW, ExitCode.FINDINGS),
        (samples.report(samples.finding()), Gate(Severity.HIGH), ExitCode.FINDINGS),
        (samples.report(samples.finding()), Gate(Severity.CRITICAL), ExitCode.CLEAN),
        (samples.report(samples.finding()), Gate(None), ExitCode.CLEAN),
        (samples.report(samples.finding(state=FindingState.KNOWN)), LOW, ExitCode.CLEAN),
        (samples.report(samples.finding(state=FindingState.ACCEPTED)), LOW, ExitCode.CLEAN),
        (samples.report(samples.finding(confidence=Confidence.SUSPECTED)), LOW, ExitCode.CLEAN),
        (samples.report(samples.finding(severity=Severity.INFO)), LOW, ExitCode.CLEAN),
        (samples.report(samples.finding(severity=Severity.INFO)), Gate(Severity.INFO), ExitCode.FINDINGS),
        (samples.empty_report(), LOW, ExitCode.NOTHING_SCANNED),
        (samples.blind_report(), LOW, ExitCode.NOTHING_SCANNED),
        (samples.blind_report(), Gate(None, allow_incomplete=True), ExitCode.NOTHING_SCANNED),
        (INCOMPLETE, LOW, ExitCode.INCOMPLETE),
        (INCOMPLETE, Gate(Severity.LOW, allow_incomplete=True), ExitCode.CLEAN),
        (samples.full_report(), LOW, ExitCode.FINDINGS),
        (samples.full_report(), Gate(None), ExitCode.INCOMPLETE),
        (replace(samples.full_report(), run=samples.run(status=RunStatus.INTERRUPTED)), LOW, ExitCode.INTERRUPTED),
    ],
)
def test_every_exit_code(report, gate, expected):
    assert code(report, gate) == expected


def test_a_dead_name_is_not_a_clean_result():
    report = replace(
        samples.clean_report(), problems=(Problem(ProblemKind.NAME_NOT_RESOLVED, "db.example", "no such name"),)
    )
    assert code(report) == ExitCode.INCOMPLETE
    assert code(report, Gate(Severity.LOW, allow_incomplete=True)) == ExitCode.CLEAN


@pytest.mark.parametrize(
    ("least", "loss", "expected"),
    [
        (0.8, 0.0, ExitCode.CLEAN),
        (0.81, 0.0, ExitCode.INCOMPLETE),
        (0.8, 0.01, ExitCode.INCOMPLETE),
        (0.0, 0.9, ExitCode.CLEAN),
    ],
)
def test_the_coverage_gate_counts_what_was_seen_less_what_was_lost(least, loss, expected):
    coverage = samples.coverage(endpoints_planned=10, unscanned=2, estimated_loss=loss)
    report = replace(samples.clean_report(), coverage=coverage)
    assert code(report, Gate(Severity.LOW, allow_incomplete=True, least_coverage=least)) == expected


def test_stale_acceptances_fail_only_a_strict_run():
    stale = (Problem(ProblemKind.ACCEPTANCE_EXPIRED, "accept.toml:1", "10.0.0.5 was accepted until 2025-01-01"),)
    assert code(samples.clean_report(), LOW, stale) == ExitCode.CLEAN
    decision = decide(samples.clean_report(), Gate(Severity.LOW, strict_accept=True), stale)
    assert (decision.code, decision.why.partition(":")[0]) == (ExitCode.FINDINGS, "accept.toml")


def test_every_refusal_says_why():
    for report in (samples.blind_report(), samples.empty_report(), INCOMPLETE, samples.full_report()):
        assert decide(report, LOW).why
