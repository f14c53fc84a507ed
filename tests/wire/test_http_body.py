"""Where a body ends; whole answers are in test_http1."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.quirk import Quirk
from scanner.wire.http_body import Chunked, Sized, UntilClose, body_of
from scanner.wire.http_head import Head


def head(*headers, status=200):
    return Head(status=status, headers=headers)


@pytest.mark.parametrize(
    ("made", "to_head", "kind", "quirks"),
    [
        (head(), False, UntilClose, ()),
        (head(("content-length", "5")), False, Sized, ()),
        (head(("content-length", "5")), True, type(None), ()),
        (head(("content-length", "5"), status=204), False, type(None), ()),
        (head(("content-length", "5"), status=304), False, type(None), ()),
        (head(("content-length", "5"), status=100), False, type(None), ()),
        (head(("content-length", "5, 5")), False, Sized, (Quirk.REPEATED_LENGTH,)),
        (head(("content-length", "5"), ("content-length", "6")), False, Sized, (Quirk.CONFLICTING_LENGTHS,)),
        (head(("content-length", "0x5")), False, UntilClose, (Quirk.UNREADABLE_LENGTH,)),
        (head(("content-length", "\u0665")), False, UntilClose, (Quirk.UNREADABLE_LENGTH,)),
        (head(("transfer-encoding", "gzip, Chunked")), False, Chunked, ()),
        (
            head(("transfer-encoding", "chunked"), ("content-length", "5")),
            False,
            Chunked,
            (Quirk.LENGTH_BESIDE_CHUNKS,),
        ),
    ],
)
def test_the_head_says_how_the_body_ends(made, to_head, kind, quirks):
    body, noted = body_of(made, to_head=to_head)
    assert (type(body), noted) == (kind, quirks)


def test_a_body_of_a_length_ends_there():
    body = Sized([5])
    assert body.feed(b"abc") == b"abc"
    assert (body.done, body.may_end(closed=True)) == (False, False)
    assert body.feed(b"defg") == b"de"
    assert (body.done, body.leftover, body.self_ending) == (True, b"fg", True)
    assert Sized([0]).done


def test_of_two_lengths_either_may_be_the_true_one():
    body = Sized([2, 4])
    body.feed(b"ab")
    assert (body.done, body.may_end(closed=False), body.self_ending) == (False, True, False)
    body.feed(b"c")
    assert not body.may_end(closed=True)


def test_only_a_close_ends_what_a_close_ends():
    body = UntilClose()
    assert body.feed(b"abc") == b"abc"
    assert (body.done, body.may_end(closed=False), body.may_end(closed=True)) == (False, False, True)
    assert (body.broken, body.self_ending, body.leftover) == (False, False, b"")


WIRE = b"3;ext=1\r\nabc\r\n00A\n0123456789\n0\r\nTrailer: x\r\n\r\nnext"


@given(st.lists(st.integers(0, len(WIRE)), max_size=5))
def test_chunks_are_the_same_in_any_pieces(cuts):
    body, got, edges = Chunked(), b"", sorted({0, len(WIRE), *cuts})
    for start, end in pairwise(edges):
        if not body.done:
            got += body.feed(WIRE[start:end])
    assert (got, body.done, body.broken) == (b"abc0123456789", True, False)
    assert b"next".startswith(body.leftover)


def test_what_comes_behind_the_last_chunk_is_left_over():
    body = Chunked()
    body.feed(WIRE)
    assert body.leftover == b"next"


@pytest.mark.parametrize("line", [b"", b"-1", b"0x5", b"+5", b"5_0", b"g", b" ", b";x", b"1" * 17, b"\xd9\xa5", b"1 1"])
def test_a_size_that_is_none_breaks_the_body(line):
    body = Chunked()
    assert body.feed(b"2\r\nab\r\n" + line + b"\r\nrest") == b"ab"
    assert (body.broken, body.done, body.may_end(closed=True)) == (True, False, False)


@pytest.mark.parametrize(
    "data",
    [
        b"1" * 4_097,
        b"0\r\n" + b"t" * 16_385,
        b"2\r\nabX\r\n",
        b"1\r\na\r\n" * 16_385,
        b"0\r\n" + b"a:b\r\n" * 16_385,
    ],
    ids=["size", "trailer", "behind", "chunks", "trailers"],
)
def test_what_goes_on_for_ever_is_broken(data):
    body = Chunked()
    body.feed(data)
    assert (body.broken, body.done) == (True, False)


def test_the_largest_size_reserves_nothing():
    body = Chunked()
    assert body.feed(b"FFFFFFFFFFFFFFFF\r\nab") == b"ab"
    assert (body.broken, body.done, body.may_end(closed=True)) == (False, False, False)


def test_without_the_end_of_the_trailers_a_body_may_end():
    body = Chunked()
    body.feed(b"1\r\na\r\n0\r\n")
    assert (body.done, body.may_end(closed=False)) == (False, True)
