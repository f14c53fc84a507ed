import json

import pytest

from scanner.core.talk import HttpAnswer
from scanner.probes.likeness import alike, same_kind


def page(body, status=200) -> HttpAnswer:
    return HttpAnswer(status=status, body=body if isinstance(body, bytes) else json.dumps(body).encode())


ENGINE = {"Version": "20.10", "ApiVersion": "1.41", "Os": "linux"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ENGINE | {"nonce": 1}, ENGINE | {"nonce": 2}),
        ([ENGINE | {"nonce": 1}], [ENGINE | {"nonce": 2}, ENGINE]),
        ([], []),
        (b"<p>12:30:59, request 7f3a99c0</p>", b"<p>12:31:04, request 00ab12cd</p>"),
    ],
)
def test_what_differs_in_times_and_numbers_is_alike(one, other):
    assert alike(page(one), page(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"code": 200, "msg": "ok"}, {"code": 404, "msg": "no such path"}),
        ({"code": 0, "data": {"a": 1}, "msg": None}, {"code": 0, "data": {"b": 2}, "msg": "no"}),
        (ENGINE, {"message": "page not found"}),
        ([ENGINE], []),
        (b"<p>welcome</p>", b"<p>not found</p>"),
        (ENGINE, b"<p>start page</p>"),
        (b"", b""),
    ],
    ids=["envelope", "one value alike", "error", "empty list", "another page", "another format", "nothing"],
)
def test_other_answers_are_not_alike(one, other):
    assert not alike(page(one), page(other))


def test_the_same_question_is_answered_in_kind():
    assert same_kind(page(ENGINE), page(ENGINE | {"Os": "other"}))
    assert same_kind(page([ENGINE]), page([]))
    assert not same_kind(page(ENGINE), page({"tagline": "You Know, for Search"}))
    assert not same_kind(page(ENGINE), page(b"<p>hello</p>"))
    assert not same_kind(page(ENGINE), page(ENGINE, status=404))
