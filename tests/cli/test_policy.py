import pytest

from scanner.cli.policy import Policy, gate_of
from scanner.cli.report_options import VerdictOptions
from scanner.core.errors import UsageError
from scanner.core.finding import FindingState, Severity
from scanner.core.problem import ProblemKind
from scanner.findings.acceptance_text import acceptance_text
from scanner.report.fail_on import Gate
from tests.findings.test_acceptance_text import UNTIL
from tests.report import samples
from tests.report.commands import save


@pytest.mark.parametrize(
    ("options", "gate"),
    [
        ({}, Gate(Severity.LOW)),
        ({"fail_on": "critical"}, Gate(Severity.CRITICAL)),
        ({"fail_on": "info"}, Gate(Severity.INFO)),
        ({"fail_on": "never"}, Gate(None)),
        ({"allow_incomplete": True}, Gate(Severity.LOW, allow_incomplete=True)),
        ({"min_coverage": 95.0}, Gate(Severity.LOW, least_coverage=0.95)),
        ({"min_coverage": 0.0}, Gate(Severity.LOW, least_coverage=0.0)),
        ({"strict_accept": True}, Gate(Severity.LOW, strict_accept=True)),
    ],
)
def test_the_gate_is_what_the_options_say(options, gate):
    assert gate_of(VerdictOptions(**options)) == gate


@pytest.fixture
def files(tmp_path):
    accept = tmp_path / "accept.toml"
    accept.write_text(acceptance_text(samples.finding("127.0.0.2"), reason="r", owner="o", until=UNTIL))
    baseline = save(samples.report(samples.finding()), tmp_path / "old.json")
    return {"accept": accept, "baseline": baseline}


def test_known_and_accepted_findings_are_marked(files):
    report = samples.report(*(samples.finding(f"127.0.0.{n}") for n in (1, 2, 3)))
    applied, wrong = Policy.read(VerdictOptions(**files)).apply(report, None)
    assert {str(one.endpoint.address): one.state for one in applied.findings} == {
        "127.0.0.1": FindingState.KNOWN,
        "127.0.0.2": FindingState.ACCEPTED,
        "127.0.0.3": FindingState.NEW,
    }
    assert wrong == ()


def test_without_files_nothing_is_marked_and_a_stale_acceptance_is_told(files):
    report = samples.report(samples.finding())
    assert Policy.read(VerdictOptions()).apply(report, None) == (report, ())
    applied, wrong = Policy.read(VerdictOptions(accept=files["accept"])).apply(report, None)
    assert [problem.kind for problem in wrong] == [ProblemKind.ACCEPTANCE_UNUSED]
    assert wrong[0] in applied.problems


@pytest.mark.parametrize("name", ["accept", "baseline"])
def test_a_file_that_can_not_be_used_is_refused_before_anything_is_sent(tmp_path, name):
    for content in (None, "{"):
        file = tmp_path / "x"
        if content is not None:
            file.write_text(content)
        with pytest.raises(UsageError, match="x"):
            Policy.read(VerdictOptions(**{name: file}))
