import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import ClosedEarly, Malformed
from scanner.wire.resp import ErrorReply, as_arrays, beginning_of_bulk, parse_reply, read_replies
from tests.support.talks import Hang, Hush, Say, ScriptedTalk

replies = st.recursive(
    st.none() | st.integers(-(10**12), 10**12) | st.binary(max_size=50),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=12,
)


def encode(value) -> bytes:
    if value is None:
        return b"$-1\r\n"
    if isinstance(value, int):
        return b":%d\r\n" % value
    if isinstance(value, bytes):
        return b"$%d\r\n%s\r\n" % (len(value), value)
    return b"*%d\r\n" % len(value) + b"".join(map(encode, value))


@given(replies)
def test_what_is_written_is_read(value):
    data = encode(value)
    assert parse_reply(data) == (value, len(data))


@given(replies, st.data())
def test_a_part_of_a_reply_is_incomplete(value, data):
    text = encode(value)
    cut = data.draw(st.integers(0, len(text) - 1))
    assert parse_reply(text[:cut]) is None


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_but_parse_wait_or_fail(data):
    try:
        found = parse_reply(data)
    except Malformed:
        return
    assert found is None or 0 < found[1] <= len(data)


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-x\r\n",
        b":12x\r\n",
        b"$99999999\r\n",
        b"*99999999\r\n",
        b"*1\r\n" * 20 + b":1\r\n",
        b"+" + b"x" * 9000,
        b":" + b"9" * 50 + b"\r\n",
    ],
)
def test_what_is_not_an_answer_to_us_is_refused(data):
    with pytest.raises(Malformed):
        parse_reply(data)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"_\r\n", None),
        (b"#t\r\n", "t"),
        (b",1.5\r\n", "1.5"),
        (b"!5\r\nERR x\r\n", ErrorReply("ERR x")),
        (b"=7\r\ntxt:abc\r\n", b"abc"),
        (b"~1\r\n:1\r\n", [1]),
        (b"%1\r\n$1\r\na\r\n:1\r\n", [b"a", 1]),
        (b"|1\r\n+k\r\n+v\r\n+OK\r\n", "OK"),
        (b">2\r\n+invalidate\r\n_\r\n+OK\r\n", "OK"),
    ],
)
def test_the_third_version_is_read_too(data, value):
    assert parse_reply(data) == (value, len(data))


def test_what_came_of_a_string_that_broke_off_is_kept():
    with pytest.raises(ClosedEarly) as error:
        asyncio.run(read_replies(ScriptedTalk([Say(b"$50\r\nredis_"), Say(b"version"), Hang()]), 1))
    assert beginning_of_bulk(error.value.got) == b"redis_version"
    assert beginning_of_bulk(b"$50\r\n") is None
    assert beginning_of_bulk(b"-ERR x\r\ny") is None


def test_lines_become_arrays():
    assert as_arrays(b"PING\r\nGET a\r\n") == b"*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n"


def test_errors_and_simple_strings_differ():
    assert parse_reply(b"-NOAUTH x\r\n+OK\r\n") == (ErrorReply("NOAUTH x"), 11)
    assert parse_reply(b"-NOAUTH x\r\n+OK\r\n", 11) == ("OK", 16)


@pytest.mark.parametrize("end", [Hang(), Hush()])
def test_replies_before_the_end_are_kept(end):
    talk = ScriptedTalk([Say(b"+A\r\n:"), Say(b"1\r\n$5\r\nab"), end])
    assert asyncio.run(read_replies(talk, 3)) == ["A", 1]


def test_no_reply_at_all_is_an_error():
    with pytest.raises(ClosedEarly):
        asyncio.run(read_replies(ScriptedTalk([Hang()]), 1))


def test_an_endless_reply_is_given_up():
    with pytest.raises(Malformed):
        asyncio.run(
            read_replies(ScriptedTalk([Say(b"*9999\r\n" + b":1\r\n" * 9000), Say(b"$200000\r\n" + b"x" * 300_000)]), 1)
        )
