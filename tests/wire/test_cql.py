import asyncio
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.wire import cql
from tests.support.talks import Say, ScriptedTalk


@given(st.binary(max_size=200))
def test_cql_bodies_of_a_stranger_only_fail_cleanly(data):
    for parse in (cql.parse_supported, cql.parse_error, cql.parse_text_rows):
        try:
            parse(data)
        except Malformed:
            continue


@pytest.mark.parametrize("head", [b"SSH-2.0-OpenSSH", b"\x84\0\0\0\x06\x7f\xff\xff\xff", b"\x04\0\0\0\x06\0\0\0\0"])
def test_a_frame_that_is_none_is_refused(head):
    with pytest.raises(Malformed):
        asyncio.run(cql.read_frame(ScriptedTalk([Say(head)])))


def test_rows_with_columns_of_several_tables_are_read():
    column = cql.string("system") + cql.string("local") + cql.string("name") + b"\0\x0d"
    body = (
        struct.pack(">iii", 2, 0, 1)
        + column
        + struct.pack(">i", 2)
        + struct.pack(">i", 1)
        + b"a"
        + struct.pack(">i", -1)
    )
    assert cql.parse_text_rows(body) == [["a"], [None]]


def read(data):
    return asyncio.run(cql.read_frame(ScriptedTalk([Say(data)])))


def response(body, flags=0):
    return bytes((0x84, flags, 0, 0, cql.RESULT)) + len(body).to_bytes(4, "big") + body


NOTES = {
    0x02: bytes(16),
    0x04: b"\0\1" + cql.string("key") + b"\0\0\0\1v",
    0x08: b"\0\2" + cql.string("slow") + cql.string("very"),
}


@pytest.mark.parametrize("flags", [0, 0x02, 0x04, 0x08, 0x0E])
def test_a_trace_warnings_and_a_payload_in_front_of_a_body_are_passed_over(flags):
    notes = b"".join(NOTES[flag] for flag in (0x02, 0x08, 0x04) if flags & flag)
    assert read(response(notes + b"body", flags)) == (4, cql.RESULT, b"body")


@pytest.mark.parametrize("data", [response(b"x", 0x01), response(b"x", 0x10), response(b"\0\1", 0x08)])
def test_a_body_that_was_not_asked_for_is_malformed(data):
    with pytest.raises(Malformed):
        read(data)


def test_a_request_is_as_the_specification_writes_it():
    assert cql.startup(4) == b"\4\0\0\0\1\0\0\0\x16\0\1\0\x0bCQL_VERSION\0\0053.0.0"
    assert cql.query(3, "é") == b"\3\0\0\0\7\0\0\0\x09\0\0\0\2\xc3\xa9\0\1\0"
    assert cql.string("é") == b"\0\2\xc3\xa9"


def test_what_a_server_supports_and_refuses():
    supported = b"\0\1" + cql.string("CQL_VERSION") + b"\0\2" + cql.string("3.0.0") + cql.string("3.4.6")
    assert cql.parse_supported(supported) == {"CQL_VERSION": ["3.0.0", "3.4.6"]}
    assert cql.parse_error(b"\0\0\1\0" + cql.string("Bad credentials")) == (256, "Bad credentials")


@pytest.mark.parametrize("columns", [0, -1, 50])
def test_as_many_columns_as_nobody_asked_for_are_malformed(columns):
    with pytest.raises(Malformed):
        cql.parse_text_rows(struct.pack(">iii", 2, 1, columns) + bytes(500))


def test_only_so_many_rows_are_read_as_are_wanted():
    head = struct.pack(">iii", 2, 1, 1) + cql.string("s") + cql.string("t") + cql.string("c") + b"\0\x0d"
    rows = struct.pack(">i", 2**31 - 1) + (struct.pack(">i", 1) + b"a") * 3
    assert cql.parse_text_rows(head + rows, most=3) == [["a"]] * 3
    assert cql.parse_text_rows(struct.pack(">i", 1)) == []
