import asyncio
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.wire import packstream
from tests.support.talks import Say, ScriptedTalk

NAMES = st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1, max_size=8)


@given(st.dictionaries(NAMES, st.text(max_size=40), max_size=15))
def test_packstream_maps_survive(mapping):
    data = packstream.encode(mapping)
    assert packstream.parse(data) == (mapping, len(data))


@given(st.binary(max_size=200))
def test_packstream_of_a_stranger_only_fails_cleanly(data):
    try:
        _, end = packstream.parse(data)
    except Malformed:
        return
    assert 0 < end <= len(data)


def test_a_bolt_message_comes_in_chunks():
    talk = ScriptedTalk([Say(b"\0\0\0\x02ab\0\x01c\0\0rest")])
    assert asyncio.run(packstream.read_message(talk)) == b"abc"
    with pytest.raises(Malformed):
        asyncio.run(
            packstream.read_message(ScriptedTalk([Say(b"\xff\xff" + b"x" * 65_535 + b"\xff\xff" + b"x" * 65_535)]))
        )


@pytest.mark.parametrize(
    ("data", "value"),
    [
        # The examples of neo4j.com/docs/bolt/current/packstream.
        ("c0", None),
        ("c3", True),
        ("01", 1),
        ("f0", -16),
        ("c8d6", -42),
        ("c904d2", 1234),
        ("ca80000000", -(2**31)),
        ("cbffffffffffffffff", -1),
        ("c13ff199999999999a", 1.1),
        ("cc03010203", b"\1\2\3"),
        ("80", ""),
        ("8141", "A"),
        ("d0027468", "th"),
        ("93010203", [1, 2, 3]),
        ("d40101", [1]),
        ("a1816101", {"a": 1}),
        ("d801816101", {"a": 1}),
        ("b2700102", packstream.Structure(0x70, (1, 2))),
        ("81ff", "\ufffd"),
    ],
)
def test_a_value_is_read_whole(data, value):
    encoded = bytes.fromhex(data)
    assert packstream.parse(encoded + b"\x01") == (value, len(encoded))


@pytest.mark.parametrize(
    "data",
    ["", "c4", "c7", "df", "c9", "82", "d6ffffffff", "daffffffff", "b1", "a101", "91" * 12 + "01"],
)
def test_what_ends_early_nests_too_deep_or_is_unknown_is_malformed(data):
    with pytest.raises(Malformed):
        packstream.parse(bytes.fromhex(data))


def test_ten_levels_are_read():
    assert packstream.parse(bytes.fromhex("91" * 10 + "01"))[1] == 11


def test_a_message_of_ours_is_one_chunk():
    assert packstream.chunked(b"abc") == struct.pack(">H", 3) + b"abc\0\0"
    assert packstream.encode({"a": "x" * 16}) == b"\xa1\x81a\xd0\x10" + b"x" * 16
