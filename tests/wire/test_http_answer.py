import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.wire.http_answer import is_complete, parse_answer

WHOLE = b"HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 4\r\n\r\nabcd"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"
UNTIL_CLOSE = b"HTTP/1.0 404 Not Found\r\n\r\nabcd"


@pytest.mark.parametrize(("data", "status"), [(WHOLE, 200), (CHUNKED, 200), (UNTIL_CLOSE, 404)])
def test_every_framing_gives_the_body(data, status):
    answer = parse_answer(data)
    assert (answer.status, answer.body, answer.truncated) == (status, b"abcd", False)


def test_headers_are_in_lower_case_and_in_order():
    answer = parse_answer(b"HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\n\r\n")
    assert answer.headers == (("x-a", "1"), ("x-a", "2"))


def test_what_was_cut_is_marked():
    assert parse_answer(WHOLE[:-2]).truncated
    assert parse_answer(WHOLE[:-2]).body == b"ab"
    assert parse_answer(CHUNKED[:-12]).truncated


def test_interim_answers_are_skipped():
    assert parse_answer(b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + WHOLE).status == 200


@pytest.mark.parametrize(
    "data", [b"", b"SSH-2.0-x\r\n", b"HTTP/2 200\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"ICY 200 OK\r\n\r\n", b"HTTP/1.1"]
)
def test_what_is_no_http_is_none(data):
    assert parse_answer(data) is None


@pytest.mark.parametrize("data", [WHOLE, CHUNKED])
def test_completeness(data):
    assert is_complete(data)
    assert not any(is_complete(data[:cut]) for cut in range(len(data) - 1))


def test_an_answer_that_ends_with_the_connection_is_never_known_to_be_complete():
    assert not is_complete(UNTIL_CLOSE)


@given(st.one_of(st.binary(max_size=300), st.binary(max_size=300).map(lambda tail: b"HTTP/1.1 200 OK\r\n" + tail)))
def test_any_bytes_are_survived(data):
    parse_answer(data)
    is_complete(data)
