from dataclasses import replace

import pytest

from scanner.cli.outcome import exit_code
from scanner.core.finding import FindingState, Severity
from scanner.core.report import Coverage, RunStatus
from tests.report import samples

ALL = Coverage(addresses=1, ports=2, endpoints_planned=2, open=1, closed=1, hosts_alive=1)


def report(status=RunStatus.COMPLETE, coverage=ALL, findings=()):
    made = samples.clean_report()
    return replace(made, run=replace(made.run, status=status), coverage=coverage, findings=tuple(findings))


def finding(severity=Severity.HIGH, state=FindingState.NEW, confidence="confirmed"):
    return replace(samples.finding(), severity=severity, state=state, confidence=confidence)


@pytest.mark.parametrize(
    ("made", "threshold", "allow", "code"),
    [
        (report(), Severity.LOW, False, 0),
        (report(findings=[finding()]), Severity.LOW, False, 1),
        (report(findings=[finding()]), Severity.HIGH, False, 1),
        (report(findings=[finding()]), Severity.CRITICAL, False, 0),
        (report(findings=[finding()]), None, False, 0),
        (report(findings=[finding(state=FindingState.ACCEPTED)]), Severity.LOW, False, 0),
        (report(findings=[finding(state=FindingState.KNOWN)]), Severity.LOW, False, 0),
        (report(findings=[finding(confidence="suspected")]), Severity.LOW, False, 0),
        (report(RunStatus.INCOMPLETE), Severity.LOW, False, 4),
        (report(RunStatus.INCOMPLETE), Severity.LOW, True, 0),
        (report(RunStatus.INCOMPLETE, findings=[finding()]), Severity.LOW, False, 1),
        (report(RunStatus.INTERRUPTED, findings=[finding()]), Severity.LOW, True, 130),
        (report(coverage=replace(ALL, open=0, closed=0, filtered=2)), Severity.LOW, True, 3),
        (report(coverage=replace(ALL, open=0, closed=0, unreachable=2)), Severity.LOW, False, 3),
        (report(coverage=replace(ALL, open=0, closed=0, unscanned=2)), Severity.LOW, False, 3),
    ],
)
def test_exit_codes(made, threshold, allow, code):
    assert exit_code(made, threshold, allow_incomplete=allow)[0] == code
