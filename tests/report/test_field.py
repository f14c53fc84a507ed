from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path

import pytest

from scanner.core.errors import UsageError
from scanner.report.field import Field


class Word(StrEnum):
    ONE = "one"
    TWO = "two"


def field(value):
    return Field(value, "run.x", Path("r.json"))


ANY = (None, True, 1, 1.5, "x", [], {})


@pytest.mark.parametrize(
    ("read", "value", "result"),
    [
        (lambda one: one.text(), "a\x07", "a\\x07"),
        (lambda one: one.text(missing="m"), None, "m"),
        (lambda one: one.text_or_none(), None, None),
        (lambda one: one.texts(), ["a", "b"], ("a", "b")),
        (lambda one: one.texts(), None, ()),
        (lambda one: one.whole(1, 3), 3, 3),
        (lambda one: one.whole(missing=7), None, 7),
        (lambda one: one.number(10.0), 10, 10.0),
        (lambda one: one.number(10.0), None, 0.0),
        (lambda one: one.truth(), None, False),
        (lambda one: one.truth(), True, True),
        (lambda one: one.word(Word), "two", Word.TWO),
        (lambda one: one.choice({"a": 1}), "a", 1),
        (lambda one: one.address(), "::1", ip_address("::1")),
        (lambda one: one.address(), "fe80::1%eth0.5", ip_address("fe80::1%eth0.5")),
        (lambda one: one.tree(), None, {}),
        (lambda one: one.tree(), {"a": 1}, {"a": 1}),
        (lambda one: one["y"].given, {"y": None}, False),
        (lambda one: one["y"].text(), {"y": "z"}, "z"),
        (lambda one: [member.path for member in one], [1, 2], ["run.x[0]", "run.x[1]"]),
    ],
)
def test_a_value_that_fits_is_its_type(read, value, result):
    assert read(field(value)) == result


@pytest.mark.parametrize(
    ("read", "fits", "wanted"),
    [
        (lambda one: one.text(), ("x",), "text"),
        (lambda one: one.texts(), (None, []), "an array"),
        (lambda one: one.whole(), (1,), "a whole number from 0 to"),
        (lambda one: one.number(9), (None, 1, 1.5), "a number from 0 to 9"),
        (lambda one: one.truth(), (None, True), "true or false"),
        (lambda one: one.tree(), (None, {}), "an object"),
        (lambda one: one["y"], ({},), "an object"),
    ],
)
def test_every_other_type_is_one_line_that_names_it(read, fits, wanted):
    for value in ANY:
        if type(value) not in map(type, fits):
            with pytest.raises(UsageError) as caught:
                read(field(value))
            assert str(caught.value).startswith(f"r.json: run.x is not {wanted}")


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda one: one.whole(1, 3), 0),
        (lambda one: one.whole(1, 3), 4),
        (lambda one: one.number(1), float("nan")),
        (lambda one: one.number(1), -0.1),
        (lambda one: one.number(1), float("inf")),
        (lambda one: one.word(Word), "three"),
        (lambda one: one.word(Word), ["one"]),
        (lambda one: one.address(), "127.0.0.256"),
        (lambda one: one.address(), "fe80::1%" + "e" * 16),
        (lambda one: one.address(), "fe80::1%a/b"),
        (lambda one: one.texts(), ["a", 1]),
    ],
)
def test_a_value_beyond_its_bounds_is_refused(read, value):
    with pytest.raises(UsageError, match=r"^r\.json: run\.x"):
        read(field(value))


def test_the_document_itself_has_no_path():
    root = Field({"a": [{"b": 1}]}, "", Path("r.json"))
    ((member,),) = (list(root["a"]),)
    assert member["b"].path == "a[0].b"
    with pytest.raises(UsageError, match="the document is not an array"):
        list(root)
