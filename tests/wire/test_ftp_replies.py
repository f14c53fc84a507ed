import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.wire.ftp_replies import NO_ANSWER, parse_line, read_late_reply, read_reply
from tests.support.talks import Hush, Say, ScriptedTalk


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"220 ready\r\n", (220, True, "ready")),
        (b"220-Hello\r\n", (220, False, "Hello")),
        (b"220\n", (220, True, "")),
        (b" 220 inside\r\n", (None, False, " 220 inside")),
        (b"2\r\n", (None, False, "2")),
    ],
)
def test_a_line_has_a_code_or_is_inside_a_reply(line, told):
    assert parse_line(line) == told


@given(st.binary(max_size=60))
def test_any_bytes_are_read_without_a_crash(data):
    code, _, _ = parse_line(data)
    assert code is None or 0 <= code <= 999


def test_a_reply_of_many_lines_ends_where_its_own_code_does():
    talk = ScriptedTalk([Say(b"211-a\r\n213 not yet\r\n211 end\r\n")])
    assert asyncio.run(read_reply(talk)) == (211, ["a", "not yet", "end"])


@pytest.mark.parametrize("said", [b"hello\r\n", b"220-x\r\n" + b"y\r\n" * 600])
def test_what_is_no_reply_is_refused(said):
    with pytest.raises(Malformed):
        asyncio.run(read_reply(ScriptedTalk([Say(said)])))


def test_a_reply_that_does_not_come_has_a_code_of_its_own():
    assert asyncio.run(read_late_reply(ScriptedTalk([Hush()])))[0] == NO_ANSWER
