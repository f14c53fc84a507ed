import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.talk import HttpAnswer
from scanner.probes.conditions import Condition, Expectation, at_pointer
from tests.support.talks import page

ANSWER = page('{"a": {"b/c": [1, "x", null, true]}, "n": 1}', headers={"Server": "Toy/1.0"})


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({"status": [200, 204]}, True),
        ({"status": [401]}, False),
        ({"header": "server", "contains": "Toy/"}, True),
        ({"header": "Server", "contains": "toy"}, False),
        ({"header": "server", "exists": True}, True),
        ({"header": "via", "exists": False}, True),
        ({"words": ['"a"', "b/c"]}, True),
        ({"words": ['"a"', "zzz"]}, False),
        ({"lacks": ["zzz"]}, True),
        ({"starts": "{"}, True),
        ({"json": "/a/b~1c/0", "is": 1}, True),
        ({"json": "/a/b~1c/3", "is": 1}, False),
        ({"json": "/n", "is": "1"}, False),
        ({"json": "/a/b~1c", "type": "array"}, True),
        ({"json": "/a", "type": "object"}, True),
        ({"json": "/a/b~1c/2", "exists": True}, False),
        ({"json": "/missing", "exists": False}, True),
        ({"json": "/a/b~1c/9", "exists": True}, False),
    ],
)
def test_each_form(table, expected):
    assert Condition.parse(table).holds(ANSWER) is expected


@pytest.mark.parametrize(
    "table", [{}, {"regex": "a"}, {"status": [200], "words": ["a"]}, {"json": "/a"}, {"starts": 1}]
)
def test_nothing_else_is_a_condition(table):
    with pytest.raises(ValueError, match=r"."):
        Condition.parse(table)


def test_an_empty_expectation_never_holds():
    assert not Expectation().holds(ANSWER)


@given(st.binary(max_size=200), st.text(max_size=20))
def test_any_body_is_survived(body, pointer):
    answer = HttpAnswer(status=200, body=body)
    assert Condition.parse({"json": f"/{pointer}", "exists": True}).holds(answer) in {True, False}
    at_pointer(answer.json_or_none(), pointer)
