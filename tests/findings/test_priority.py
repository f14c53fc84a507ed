from dataclasses import replace
from ipaddress import ip_address

import pytest

from scanner.core.finding import Confidence, Indicator, Severity
from scanner.findings.priority import prioritise, raise_reached
from tests.report import samples

MINER = (Indicator("image-known-miner", "heybb/theimg2:latest"),)


@pytest.mark.parametrize(
    ("address", "severity", "expected", "word"),
    [
        ("10.0.0.5", Severity.HIGH, Severity.HIGH, None),
        ("fd00::5", Severity.HIGH, Severity.HIGH, None),
        ("100.64.0.5", Severity.HIGH, Severity.HIGH, None),
        ("127.0.0.1", Severity.CRITICAL, Severity.HIGH, "loopback"),
        ("::1", Severity.MEDIUM, Severity.LOW, "loopback"),
        ("::ffff:127.0.0.1", Severity.MEDIUM, Severity.LOW, "loopback"),
        ("127.0.0.1", Severity.LOW, Severity.LOW, "loopback"),
        ("127.0.0.1", Severity.INFO, Severity.INFO, "loopback"),
        ("8.8.8.8", Severity.HIGH, Severity.CRITICAL, "public"),
        ("2606:4700::1", Severity.CRITICAL, Severity.CRITICAL, "public"),
    ],
)
def test_reach_moves_the_priority(address, severity, expected, word):
    urgency = prioritise(severity, ip_address(address), ())
    assert urgency.severity is expected
    assert len(urgency.reasons) == (0 if word is None else 1)
    if word:
        assert word in urgency.reasons[0]


def test_a_break_in_comes_before_everything_and_says_possible():
    urgency = prioritise(Severity.MEDIUM, ip_address("127.0.0.1"), MINER)
    assert urgency.severity is Severity.CRITICAL
    assert "possible compromise" in urgency.reasons[-1]
    assert "heybb/theimg2:latest" in urgency.reasons[-1]


def test_a_possible_decoy_is_never_urgent():
    urgency = prioritise(Severity.CRITICAL, ip_address("8.8.8.8"), MINER, "it accepts every port")
    assert urgency.severity is Severity.LOW
    assert "it accepts every port" in urgency.reasons[-1]


@pytest.mark.parametrize(
    ("reached_from", "confidence", "raised"),
    [
        (("office",), Confidence.CONFIRMED, False),
        (("internet", "office"), Confidence.CONFIRMED, True),
        (("internet",), Confidence.SUSPECTED, False),
        ((), Confidence.CONFIRMED, False),
    ],
)
def test_strangers_who_reach_it_raise_it(reached_from, confidence, raised):
    finding = samples.finding(
        reached_from=reached_from, confidence=confidence, priority=Severity.MEDIUM, priority_reasons=()
    )
    urgent = raise_reached(finding, ("internet",))
    assert (urgent.priority is Severity.HIGH) is raised
    assert bool(urgent.priority_reasons) is raised
    assert raise_reached(replace(finding, priority=Severity.CRITICAL), ("internet",)).priority is Severity.CRITICAL
