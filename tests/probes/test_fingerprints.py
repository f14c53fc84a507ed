import pytest

from scanner.core.probe import Fingerprint
from scanner.core.talk import HttpAnswer
from scanner.probes.fingerprints import FingerprintIndex, Front, fits
from tests.support.probes import toy

ANSWER = HttpAnswer(
    status=404,
    headers=(("server", "Docker/20.10 (linux)"), ("x-empty", "")),
    body=b'{"message":"page not found","title":"<title>Grafana</title>"}',
)


@pytest.mark.parametrize(
    ("fingerprint", "expected"),
    [
        (Fingerprint(status=404), True),
        (Fingerprint(status=200), False),
        (Fingerprint(header=("Server", "docker/")), True),
        (Fingerprint(header=("x-empty", "")), True),
        (Fingerprint(header=("missing", "")), False),
        (Fingerprint(header=("server", "nginx")), False),
        (Fingerprint(title="grafana"), True),
        (Fingerprint(body="page not found"), True),
        (Fingerprint(body=""), False),
        (Fingerprint(json_key="message"), True),
        (Fingerprint(json_key="page"), False),
        (Fingerprint(status=404, json_key="message"), True),
        (Fingerprint(status=200, json_key="message"), False),
    ],
)
def test_all_fields_that_are_set_must_fit(fingerprint, expected):
    assert fits(Front.of(ANSWER), fingerprint) is expected


def test_an_empty_body_is_a_mark():
    assert fits(Front.of(HttpAnswer(status=200)), Fingerprint(status=200, body=""))


def test_the_most_telling_mark_comes_first_and_strangers_not_at_all():
    by_status = toy(identifier="by-status", fingerprints=(Fingerprint(status=404),))
    by_header = toy(
        identifier="by-header", fingerprints=(Fingerprint(header=("server", "Docker/")), Fingerprint(status=200))
    )
    by_body = toy(identifier="by-body", fingerprints=(Fingerprint(body="page not found"),))
    other = toy(identifier="other", fingerprints=(Fingerprint(title="Prometheus"),))
    unmarked = toy(identifier="unmarked")
    assert FingerprintIndex((by_status, other, by_body, unmarked, by_header)).marked(ANSWER) == [4, 2, 0]
