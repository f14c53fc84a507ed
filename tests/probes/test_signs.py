import pytest

from scanner.core.probe import Sign
from scanner.core.talk import HttpAnswer
from scanner.probes.signs import Front, bears, marked, weight
from tests.support.probes import toy

ANSWER = HttpAnswer(
    status=404,
    headers=(("server", "Docker/20.10 (linux)"), ("x-empty", "")),
    body=b'{"message":"page not found","title":"<title>Grafana</title>"}',
)


@pytest.mark.parametrize(
    ("sign", "fits"),
    [
        (Sign(status=404), True),
        (Sign(status=200), False),
        (Sign(header=("Server", "docker/")), True),
        (Sign(header=("x-empty", "")), True),
        (Sign(header=("missing", "")), False),
        (Sign(header=("server", "nginx")), False),
        (Sign(title="grafana"), True),
        (Sign(body="page not found"), True),
        (Sign(body=""), False),
        (Sign(json_key="message"), True),
        (Sign(json_key="page"), False),
        (Sign(status=404, json_key="message"), True),
        (Sign(status=200, json_key="message"), False),
    ],
)
def test_all_fields_that_are_set_must_fit(sign, fits):
    assert bears(Front.of(ANSWER), sign) is fits


def test_an_empty_body_is_a_mark():
    assert bears(Front.of(HttpAnswer(status=200)), Sign(status=200, body=""))


def test_the_most_telling_mark_comes_first_and_strangers_not_at_all():
    by_status = toy(identifier="by-status", signs=(Sign(status=404),))
    by_header = toy(identifier="by-header", signs=(Sign(header=("server", "Docker/")), Sign(status=200)))
    by_body = toy(identifier="by-body", signs=(Sign(body="page not found"),))
    other = toy(identifier="other", signs=(Sign(title="Prometheus"),))
    unmarked = toy(identifier="unmarked")
    assert [probe.id for probe in marked((by_status, other, by_body, unmarked, by_header), ANSWER)] == [
        "by-header",
        "by-body",
        "by-status",
    ]
    assert weight(unmarked, Front.of(ANSWER)) == 0
