import pytest

from scanner.core.facts import Access
from scanner.core.finding import Severity
from scanner.core.rule import Controls
from scanner.findings.risk import score, severity_of, vector


def severity(access: Access, controls: Controls) -> Severity:
    return severity_of(score(access, controls).score)


@pytest.mark.parametrize("controls", Controls)
@pytest.mark.parametrize("access", Access)
def test_every_pair_has_a_valid_vector(access, controls):
    from cvss import CVSS4

    cvss = score(access, controls)
    assert cvss.version == "4.0"
    assert cvss.vector == vector(access, controls)
    assert CVSS4(cvss.vector).clean_vector() == cvss.vector
    assert severity_of(cvss.score).word == CVSS4(cvss.vector).severity.lower()


@pytest.mark.parametrize("controls", Controls)
def test_more_access_never_scores_less(controls):
    scores = [score(access, controls).score for access in Access]
    assert scores == sorted(scores)


@pytest.mark.parametrize(
    ("access", "controls", "expected"),
    [
        (Access.CONTROL, Controls.HOST, Severity.CRITICAL),
        (Access.CONTROL, Controls.FLEET, Severity.CRITICAL),
        (Access.CONTROL, Controls.DATA, Severity.CRITICAL),
        (Access.CONTROL, Controls.CONFIG, Severity.CRITICAL),
        (Access.DATA, Controls.DATA, Severity.HIGH),
        (Access.DATA, Controls.CONFIG, Severity.HIGH),
        (Access.METADATA, Controls.TELEMETRY, Severity.MEDIUM),
        (Access.CONTROL, Controls.RELAY, Severity.MEDIUM),
        (Access.REFUSED, Controls.HOST, Severity.LOW),
        (Access.UNKNOWN, Controls.DATA, Severity.LOW),
    ],
)
def test_outcomes(access, controls, expected):
    assert severity(access, controls) is expected


def test_docker_control():
    cvss = score(Access.CONTROL, Controls.HOST)
    assert cvss.score == 9.3
    assert cvss.vector == "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"


@pytest.mark.parametrize(
    ("base_score", "expected"),
    [
        (0.0, Severity.INFO),
        (0.1, Severity.LOW),
        (3.9, Severity.LOW),
        (4.0, Severity.MEDIUM),
        (6.9, Severity.MEDIUM),
        (7.0, Severity.HIGH),
        (8.9, Severity.HIGH),
        (9.0, Severity.CRITICAL),
        (10.0, Severity.CRITICAL),
    ],
)
def test_severity_bands(base_score, expected):
    assert severity_of(base_score) is expected
