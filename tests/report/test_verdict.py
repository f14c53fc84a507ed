from dataclasses import replace

import pytest

from scanner.core.finding import Confidence, FindingState
from scanner.core.report import RunStatus
from scanner.report.verdict import RunOutcome, coverage_sentence, looked_at_share, verdict
from tests.report import samples


def sentence(*findings, **changes):
    return verdict(samples.report(*findings, **changes))


def test_what_is_known_suspected_or_accepted_is_told_beside_the_count():
    found = sentence(
        samples.docker_finding(),
        samples.finding("127.0.0.1", state=FindingState.KNOWN),
        samples.finding("127.0.0.5", confidence=Confidence.SUSPECTED),
        samples.finding("127.0.0.4", state=FindingState.ACCEPTED),
    )
    assert found.sentence == "3 findings: 1 critical, 2 high (1 known, 1 suspected only); 1 accepted."


def test_only_accepted_exposures_are_clean_and_said():
    found = sentence(samples.finding(state=FindingState.ACCEPTED))
    assert found.outcome is RunOutcome.CLEAN
    assert "beyond 1 accepted exposure" in found.sentence


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"run": samples.run(status=RunStatus.INTERRUPTED)}, "interrupted"),
        ({"coverage": samples.coverage(endpoints_planned=9, unscanned=1)}, "1 planned endpoint not looked at"),
        ({"run": samples.run(status=RunStatus.INCOMPLETE)}, "see the problems"),
    ],
)
def test_a_gap_is_never_called_clean(changes, words):
    found = verdict(replace(samples.clean_report(), **changes))
    assert found.outcome is RunOutcome.PARTIAL
    assert "not a clean result" in found.sentence
    assert words in found.sentence


@pytest.mark.parametrize(
    ("unscanned", "told"), [(0, "(100.0 %)"), (1, "(99.9 %)"), (99_999, "(0.1 %)"), (100_000, "(0.0 %)")]
)
def test_almost_all_is_not_all_and_almost_nothing_is_not_nothing(unscanned, told):
    coverage = samples.coverage(
        endpoints_planned=100_000, open=0, closed=100_000 - unscanned, filtered=0, unscanned=unscanned
    )
    assert told in coverage_sentence(coverage)


def test_the_share_leaves_out_what_was_probably_lost():
    coverage = samples.coverage(endpoints_planned=10, unscanned=2, estimated_loss=0.25)
    assert looked_at_share(coverage) == pytest.approx(0.6)
    assert looked_at_share(samples.empty_report().coverage) == 0.0


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"services": ["mongodb", "nfs"]}, "Only mongodb, nfs was looked for: 1 open port answered as none of it"),
        ({"services": []}, ""),
        ({}, ""),
    ],
)
def test_clean_of_a_few_services_says_that_open_ports_were_asked_by_no_other(options, told):
    found = sentence(run=samples.run(options=options))
    assert found.outcome is RunOutcome.CLEAN
    assert told in found.sentence
    assert ("nobody else was asked" in found.sentence) is bool(told)


@pytest.mark.parametrize(
    ("identify", "asked", "told"),
    [
        (False, 0, "With --no-identify 1 open port is nobody's default port and was not asked."),
        (False, 1, ""),
        (True, 0, ""),
    ],
)
def test_clean_without_identification_says_which_ports_nobody_asked(identify, asked, told):
    found = sentence(
        run=samples.run(options={"identify": identify}), coverage=samples.coverage(open=1, asked=asked, answered=asked)
    )
    assert found.outcome is RunOutcome.CLEAN
    assert found.sentence.endswith(told or "looked at.")
