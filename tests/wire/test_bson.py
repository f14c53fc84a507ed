import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.wire.bson import decode, encode

KEYS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
VALUES = st.booleans() | st.integers(-(2**31), 2**31 - 1) | st.text(st.characters(codec="utf-8"), max_size=20)


def document(body):
    return struct.pack("<i", len(body) + 5) + body + b"\0"


@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_what_is_encoded_is_read_back(values):
    assert decode(encode(values)) == values


def test_the_example_of_the_specification():
    # bsonspec.org/faq.html
    data = bytes.fromhex("160000000268656c6c6f0006000000776f726c640000")
    assert decode(data) == {"hello": "world"} == decode(encode({"hello": "world"}))


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"\x01a\0" + struct.pack("<d", 1.5), 1.5),
        (b"\x03a\0" + document(b"\x08b\0\1"), {"b": True}),
        (b"\x04a\0" + document(b"\x100\0\5\0\0\0\x0a1\0"), [5, None]),
        (b"\x05a\0\2\0\0\0\0xy", b"xy"),
        (b"\x12a\0" + struct.pack("<q", -7), -7),
        (b"\x0ba\0^x\0i\0", None),
    ],
)
def test_each_kind_of_value_is_read(body, value):
    assert decode(document(body)) == {"a": value}


def nested(depth):
    body = b""
    for _ in range(depth):
        body = b"\x03a\0" + document(body)
    return document(body)


def test_nesting_has_an_end():
    decode(nested(20))
    with pytest.raises(Malformed):
        decode(nested(21))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\5\0\0\0",
        b"\5\0\0\0\1",
        b"\xff\xff\xff\xff\0",
        b"\xff\xff\xff\x7f\0",
        document(b"\x02a\0\xff\xff\xff\x7fx\0"),
        document(b"\x02a\0\0\0\0\0"),
        document(b"\x10a\0\1"),
        document(b"\x20a\0\1"),
        document(b"\x10a"),
    ],
)
def test_anything_else_is_malformed(data):
    with pytest.raises(Malformed):
        decode(data)


@given(st.binary(max_size=80).map(document) | st.binary(max_size=80))
def test_no_bytes_do_more_than_fail(data):
    with suppress(Malformed):
        assert isinstance(decode(data), dict)


class Counted(bytes):
    """Bytes that count what slices of them copy."""

    copied = 0

    def __getitem__(self, key):
        found = super().__getitem__(key)
        if isinstance(key, slice):
            Counted.copied += len(found)
        return found


def test_bson_with_a_byte_behind_its_document_is_read_once():
    document = encode({f"n{number}": number for number in range(20_000)})
    behind = Counted(document + b"x")
    Counted.copied = 0
    assert len(decode(behind)) == 20_000
    assert Counted.copied < 2 * len(document)


def test_bson_that_reaches_beyond_its_document_is_refused():
    inner = struct.pack("<i", 12) + b"\x10a\0" + struct.pack("<i", 7) + b"\0"
    assert decode(inner) == {"a": 7}
    outer = struct.pack("<i", 40) + b"\x03d\0" + struct.pack("<i", 11) + inner[4:] + b"\0" * 24
    with pytest.raises(Malformed):
        decode(outer[:40])


def test_bson_nested_too_deep_is_refused():
    document = encode({"a": 1})
    for _ in range(40):
        document = struct.pack("<i", len(document) + 8) + b"\x03a\0" + document + b"\0"
    with pytest.raises(Malformed):
        decode(document)
