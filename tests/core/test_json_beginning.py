import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.json_beginning import close_beginning


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('[{"a": 1}, {"a": 2}, {"a"', [{"a": 1}, {"a": 2}]),
        ('[{"a": 1}, {"a": 2', [{"a": 1}]),
        ('[{"a": [1, 2', None),
        ("[1, 2, 3", [1, 2]),
        (
            '{"kind": "PodList", "items": [{"n": "a"}, {"n": "b", "x": {"y": 1}, ',
            {"kind": "PodList", "items": [{"n": "a"}]},
        ),
        ('{"kind": "PodList", "items": [', {"kind": "PodList"}),
        ('{"data": {"result": [[1, "2"], [3, "4', {"data": {"result": [[1, "2"]]}}),
        ('{"a": "}]", "b": "x\\\\", "c\\"', {"a": "}]", "b": "x\\"}),
        ('{"whole": [1, 2]}  ', {"whole": [1, 2]}),
        ('{"whole": []} and more', {"whole": []}),
        ("[", None),
        ('"text', None),
        ("", None),
        ("]", None),
    ],
)
def test_what_was_complete_is_kept_and_no_item_is_halved(text, value):
    closed = close_beginning(text.encode())
    assert (json.loads(closed) if closed is not None else None) == value


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=20,
)


def _is_beginning(part, whole):
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and _is_beginning(part[key], whole[key]) for key in part)
    if isinstance(part, list) and isinstance(whole, list):
        return part == whole[: len(part)]
    return part == whole


@given(values, st.integers(0, 400))
def test_any_cut_gives_a_part_of_the_whole(value, at):
    text = json.dumps(value).encode()
    closed = close_beginning(text[:at])
    if closed is not None:
        assert _is_beginning(json.loads(closed), value)


@given(st.binary(max_size=200))
def test_any_bytes_are_survived(data):
    close_beginning(data)


def test_depth_is_bounded():
    assert close_beginning(b"[" * 100_000) is None
    assert close_beginning(b'{"a":' * 100_000) is None
