import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.json_reading import JsonRead, read_json

DEEP = "[" * 80 + "]" * 80


@pytest.mark.parametrize(
    ("body", "complete", "read"),
    [
        (b'{"a": 1}', True, JsonRead({"a": 1}, whole=True)),
        (b"null", True, JsonRead(None, whole=True)),
        (b'[{"i": "caf\xe9"}]', True, JsonRead([{"i": "caf\ufffd"}], whole=True)),
        (b")]}',\n[1]", True, JsonRead([1], whole=True)),
        # A length that is one byte short.
        (b'[{"a": 1}, {"a": 2}', True, JsonRead([{"a": 1}, {"a": 2}], whole=False)),
        (b'[{"a": 1}, {"a": 2', False, JsonRead([{"a": 1}], whole=False)),
        (b'[{"n": ' + b"9" * 5_000 + b'}, {"a"', False, JsonRead([{"n": None}], whole=False)),
        (b'[{"i": "caf\xe9"}, {"a"', False, JsonRead([{"i": "caf\ufffd"}], whole=False)),
    ],
)
def test_what_can_be_read_is_read(body, complete, read):
    assert read_json(body, complete=complete) == read


def test_a_deep_corner_spoils_no_list():
    read = read_json(f'[{{"deep": {DEEP}, "a": 1}}]'.encode(), complete=True)
    assert read.value[0]["a"] == 1


@pytest.mark.parametrize("body", [b"", b"<html>{}", b"OK", b"{'a': 1}", b"[" * 200_000, b'{"a":'])
def test_what_shows_nothing_is_malformed(body):
    with pytest.raises(Malformed):
        read_json(body, complete=True)


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_a_value_or_malformed(data, complete):
    for body in (data, b"[" + data):
        with contextlib.suppress(Malformed):
            read_json(body, complete=complete)
