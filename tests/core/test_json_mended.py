import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.json_mended import mend
from scanner.core.jsontext import DEEPEST


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (")]}',\n[1]", [1]),
        (")]}'\n{}", {}),
        ("while(1);[1]", [1]),
        ("for (;;); {}", {}),
        ('callback({"a": 1});', {"a": 1}),
        ("/**/jQuery1.cb([])", []),
        ('{"a": [1, 2,], "b": {"c": "}",},}', {"a": [1, 2], "b": {"c": "}"}}),
        ('{"a": 1}\n<!-- 0.3 ms -->', {"a": 1}),
        ('{"n": ' + "9" * 5_000 + ', "m": [1]}', {"n": None, "m": [1]}),
        ('{"n": -' + "9" * 5_000 + ".5}", {"n": None}),
    ],
)
def test_what_stands_around_a_text_or_spoils_a_part_is_left_out(text, value):
    assert json.loads(mend(text.encode())) == value


@pytest.mark.parametrize("text", ["", "1", '"{}"', "[1", '{"a": "', "]", "alert(1)"])
def test_what_is_no_whole_object_or_list_is_none(text):
    assert mend(text.encode()) is None


def test_a_long_string_without_an_end_is_walked_through_once():
    quotes = b'\\"' * 100_000
    assert mend(b'["' + quotes) is None
    assert mend(b'["' + quotes + b'"]') == b'["' + quotes + b'"]'


def test_what_is_too_deep_is_null_and_what_follows_stays():
    deep = "[" * (DEEPEST * 2) + "]" * (DEEPEST * 2)
    assert json.loads(mend(f'{{"deep": {deep}, "items": [1]}}'.encode()))["items"] == [1]


def test_depth_is_bounded():
    assert mend(b"[" * 100_000 + b"]" * 100_000) is None


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=20,
)


@given(st.lists(values) | st.dictionaries(st.text(max_size=3), values))
def test_what_is_whole_stays_as_it_is(value):
    assert json.loads(mend(json.dumps(value).encode() + b" and more")) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_survived(data):
    mend(data)
    mend(b"[" + data)
