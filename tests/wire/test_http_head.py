"""Heads by themselves; what browsers forgive of a whole answer is in test_http1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.quirk import Quirk
from scanner.wire.http_head import HEAD_BYTES, Head, HeadReader


def read(data):
    reader = HeadReader()
    return reader.feed(data), reader.leftover


def test_what_follows_a_head_is_left_over():
    head, leftover = read(b"HTTP/1.1 200 OK\r\nA: b\r\nA:c \r\n\r\nbody\r\n\r\n")
    assert head == Head(status=200, headers=(("a", "b"), ("a", "c")))
    assert leftover == b"body\r\n\r\n"


def test_values_of_all_headers_of_a_name_are_one_list():
    head = Head(status=200, headers=(("x", "A, b,,"), ("y", "z"), ("x", " c ")))
    assert head.values("x") == ["a", "b", "c"]
    assert head.values("w") == []


@pytest.mark.parametrize(("status", "interim"), [(100, True), (101, False), (103, True), (199, True), (200, False)])
def test_after_an_interim_answer_the_real_one_follows(status, interim):
    assert Head(status=status).is_interim is interim


@pytest.mark.parametrize(
    ("version", "connection", "keeps"),
    [
        ((1, 1), "", True),
        ((1, 1), "Close", False),
        ((1, 0), "", False),
        ((1, 0), "keep-alive", True),
        ((1, 1), "keep-alive, close", False),
        ((0, 9), "", False),
        ((2, 0), "keep-alive", False),
    ],
)
def test_who_keeps_a_connection(version, connection, keeps):
    assert Head(status=200, version=version, headers=(("connection", connection),)).keeps_open is keeps


@pytest.mark.parametrize("fill", [b"\r\n", b""])
def test_a_head_is_read_up_to_its_bound(fill):
    start = b"HTTP/1.1 200 OK\r\nA: "
    room = HEAD_BYTES - len(start) - 4
    head, _ = read(start + b"x" * room + b"\r\n\r\n")
    assert len(head.headers[0][1]) == room
    with pytest.raises(Malformed, match="bytes"):
        read(start + b"x" * (HEAD_BYTES + 1) + fill * 2)


def test_headers_beyond_the_most_are_dropped():
    head, _ = read(b"HTTP/1.1 200 OK\r\n" + b"a:b\r\n" * 3_000 + b"\r\n")
    assert len(head.headers) == 2_000


@given(st.integers(0, 60), st.sampled_from([b"\r\n", b"\n"]))
def test_a_head_that_comes_in_two_pieces_is_the_same(cut, end):
    data = b"\r\n" + end.join((b"HTTP/1.0 404 Not Found", b"Server: x", b" folded", b"", b"")) + b"rest"
    reader = HeadReader()
    head = reader.feed(data[:cut]) or reader.feed(data[cut:])
    assert head == read(data)[0]
    assert Quirk.LEADING_BYTES in head.quirks


def test_what_has_come_is_kept_until_the_head_is_whole():
    reader = HeadReader()
    assert reader.feed(b"HTT") is None
    assert reader.feed(b"P/1.1 2") is None
    assert reader.got == b"HTTP/1.1 2"
