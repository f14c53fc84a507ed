"""The reader of HTTP/1.x: a table of what browsers forgive, bounds, and the same answer however the bytes come."""

import gzip
import json
import tracemalloc
import zlib
from itertools import pairwise

import brotli
import pytest
import zstandard
from hypothesis import example, given
from hypothesis import strategies as st

from scanner.core.errors import ClosedEarly, Malformed
from scanner.core.quirk import Cut, Quirk
from scanner.wire.http1 import BODY_BYTES, HttpReader, read_answer

OK = b"HTTP/1.1 200 OK\r\n"
BODY = b'{"name": "n1", "tagline": "You Know, for Search"}'


def sized(body=BODY, *lines):
    return OK + b"".join(line + b"\r\n" for line in lines) + b"Content-Length: %d\r\n\r\n" % len(body) + body


def chunked(*pieces, end=b"0\r\n\r\n"):
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + end


BOMB = b"\0" * 20_000_000
RAW_DEFLATE = zlib.compressobj(9, zlib.DEFLATED, -15)
RAW = RAW_DEFLATE.compress(BODY) + RAW_DEFLATE.flush()

FORGIVEN = {
    "plain": (sized(), ()),
    "H02 repeated length": (sized(BODY, b"Content-Length: %d" % len(BODY)), (Quirk.REPEATED_LENGTH,)),
    "lengths in one line": (
        OK + b"Content-Length: %d, %d\r\n\r\n" % (len(BODY), len(BODY)) + BODY,
        (Quirk.REPEATED_LENGTH,),
    ),
    "the longer of two lengths is right": (sized(BODY, b"Content-Length: 3"), (Quirk.CONFLICTING_LENGTHS,)),
    "the shorter of two lengths is right": (sized(BODY, b"Content-Length: 9999"), (Quirk.CONFLICTING_LENGTHS,)),
    "length that is none": (OK + b"Content-Length: -1\r\n\r\n" + BODY, (Quirk.UNREADABLE_LENGTH,)),
    "length beside chunks": (
        chunked(BODY).replace(b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\n", 1),
        (Quirk.LENGTH_BESIDE_CHUNKS,),
    ),
    "a length with a sign": (OK + b"Content-Length: +%d\r\n\r\n" % len(BODY) + BODY, ()),
    "chunks": (chunked(BODY[:7], BODY[7:]), ()),
    "plain under the name of gzip": (sized(BODY, b"Content-Encoding: gzip"), (Quirk.NOT_ENCODED,)),
    "plain under the name of zstd": (sized(BODY, b"Content-Encoding: zstd"), (Quirk.NOT_ENCODED,)),
    "a proxy's 203": (sized().replace(b"200", b"203"), (Quirk.OTHER_SUCCESS,)),
    "206 that nobody asked for": (sized().replace(b"200", b"206"), (Quirk.OTHER_SUCCESS,)),
    "a success that nobody knows": (sized().replace(b"200", b"299"), (Quirk.OTHER_SUCCESS,)),
    "SHOUTcast": (sized().replace(b"HTTP/1.1", b"ICY"), (Quirk.ODD_VERSION,)),
    "a byte order mark": (sized(b"\xef\xbb\xbf" + BODY), (Quirk.OTHER_CHARSET,)),
    "UTF-16": (sized(BODY.decode().encode("utf-16")), (Quirk.OTHER_CHARSET,)),
    "UTF-16 by its type": (
        sized(BODY.decode().encode("utf-16-le"), b"Content-Type: text/json; charset=UTF-16LE"),
        (Quirk.OTHER_CHARSET,),
    ),
    "chunks with extensions and trailers": (
        chunked(BODY, end=b"0;a=b\r\nX-Sum: 1\r\n\r\n").replace(b"%x\r\n" % len(BODY), b"00%x ; x=y\r\n" % len(BODY)),
        (),
    ),
    "chunks without their last blank line": (chunked(BODY, end=b"0\r\n"), ()),
    "until the close": (OK + b"\r\n" + BODY, ()),
    "HTTP/1.0": (sized().replace(b"HTTP/1.1", b"HTTP/1.0"), ()),
    "H05 space before the colon": (sized(BODY, b"X-Frame-Options : DENY"), (Quirk.SPACE_BEFORE_COLON,)),
    "H05 no colon": (sized(BODY, b"P3P CP=IDC"), (Quirk.NO_COLON,)),
    "bare line feeds": (b"HTTP/1.1 200 OK\nContent-Length: %d\n\n" % len(BODY) + BODY, (Quirk.BARE_LINE_FEED,)),
    "obs-fold": (sized(BODY, b"X: a", b"  b"), (Quirk.FOLDED_HEADER,)),
    "a header of 9,000 bytes": (sized(BODY, b"Set-Cookie: " + b"a" * 9_000), ()),
    "H08 150 headers": (sized(BODY, *(b"X-%d: y" % number for number in range(150))), ()),
    "H12 interim answers": (
        b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
        + sized(),
        (Quirk.INTERIM,),
    ),
    "H06 gzip": (sized(gzip.compress(BODY), b"Content-Encoding: gzip"), (Quirk.ENCODED_UNASKED,)),
    "gzip in two members": (
        sized(gzip.compress(BODY[:9]) + gzip.compress(BODY[9:]), b"Content-Encoding: x-gzip"),
        (Quirk.ENCODED_UNASKED,),
    ),
    "deflate": (sized(zlib.compress(BODY), b"Content-Encoding: Deflate"), (Quirk.ENCODED_UNASKED,)),
    "deflate without zlib's wrapper": (sized(RAW, b"Content-Encoding: deflate"), (Quirk.ENCODED_UNASKED,)),
    "brotli": (sized(brotli.compress(BODY), b"Content-Encoding: br"), (Quirk.ENCODED_UNASKED,)),
    "zstd": (sized(zstandard.compress(BODY), b"Content-Encoding: zstd"), (Quirk.ENCODED_UNASKED,)),
    "gzip in gzip": (
        sized(gzip.compress(gzip.compress(BODY)), b"Content-Encoding: gzip, gzip"),
        (Quirk.ENCODED_UNASKED,),
    ),
    "gzip as a transfer coding": (
        chunked(gzip.compress(BODY)).replace(b"Encoding: ch", b"Encoding: gzip, ch"),
        (Quirk.ENCODED_UNASKED,),
    ),
    "gzip that nobody announced": (sized(gzip.compress(BODY)), (Quirk.ENCODED_UNASKED,)),
    "chunks that are none": (OK + b"Transfer-Encoding: chunked\r\n\r\n" + BODY, ()),
    "no reason": (sized().replace(b" OK", b""), ()),
    "a reason that is no text": (sized().replace(b" OK", b" \x1b]0;x\x07"), (Quirk.CONTROL_BYTES,)),
    "odd version": (sized().replace(b"HTTP/1.1", b"HTTP/9.9"), (Quirk.ODD_VERSION,)),
    "no minor version": (sized().replace(b"HTTP/1.1", b"HTTP/2"), (Quirk.ODD_VERSION,)),
    "blank lines in front": (b"\r\n\r\n" + sized(), (Quirk.LEADING_BYTES,)),
    "a NUL in a header": (sized(BODY, b"Server: a\0b"), (Quirk.CONTROL_BYTES,)),
}


@pytest.mark.parametrize("name", FORGIVEN)
def test_what_browsers_forgive_is_read_and_noted(name):
    data, quirks = FORGIVEN[name]
    answer = read_answer(data)
    assert (answer.status, answer.body, answer.cut) == (200, BODY, None)
    assert answer.quirks == quirks


def test_a_page_without_a_status_line_is_an_answer():
    answer = read_answer(b"<!DOCTYPE html><title>old</title>")
    assert (answer.status, answer.title, answer.quirks) == (200, "old", (Quirk.NO_STATUS_LINE,))


CUT = {
    "closed within a length": (OK + b"Content-Length: 100\r\n\r\n" + BODY, Cut.CLOSED),
    "closed within a chunk": (chunked(BODY + b"more")[: -len(b"more\r\n0\r\n\r\n")], Cut.CLOSED),
    "closed between chunks": (chunked(BODY, end=b""), Cut.CLOSED),
    "a chunk without a size": (chunked(BODY, end=b"ZZZ\r\nabc"), Cut.BROKEN),
    "a chunk of 2^64 - 1": (chunked(end=b"FFFFFFFFFFFFFFFF\r\n" + BODY), Cut.CLOSED),
    "a length of 2^62": (OK + b"Content-Length: 4611686018427387904\r\n\r\n" + BODY, Cut.CLOSED),
    "a length of 23 digits": (OK + b"Content-Length: 99999999999999999999999\r\n\r\n" + BODY, Cut.CLOSED),
    "a length of 5,000 digits": (OK + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n" + BODY, Cut.CLOSED),
    "gzip that breaks off": (sized(gzip.compress(BODY) + b"x", b"Content-Encoding: gzip")[:-10], Cut.CLOSED),
    "gzip until a close that cuts it": (
        OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(BODY)[:-1],
        Cut.BROKEN,
    ),
    "a coding that nobody knows": (sized(BODY, b"Content-Encoding: rot13"), Cut.BROKEN),
}


@pytest.mark.parametrize("name", CUT)
def test_a_cut_answer_says_so_and_keeps_its_beginning(name):
    data, cut = CUT[name]
    answer = read_answer(data)
    assert (answer.status, answer.cut, answer.complete) == (200, cut, False)
    assert answer.body == BODY


def test_a_part_that_lacks_the_end_is_cut():
    part = sized(BODY, b"Content-Range: bytes 0-9/%d" % len(BODY)).replace(b"200", b"206")
    assert (read_answer(part).status, read_answer(part).cut) == (200, Cut.SIZE)


@pytest.mark.parametrize(
    "data",
    [
        OK + b"Content-Length: 99999999999\r\n\r\n" + b"x" * (BODY_BYTES + 1),
        sized(gzip.compress(BOMB), b"Content-Encoding: gzip"),
        sized(zlib.compress(BOMB, 9), b"Content-Encoding: deflate"),
        sized(brotli.compress(BOMB, quality=1), b"Content-Encoding: br"),
        sized(zstandard.compress(BOMB), b"Content-Encoding: zstd"),
        sized(gzip.compress(gzip.compress(BOMB)), b"Content-Encoding: gzip, gzip"),
        sized(("\u4e2d" * (BODY_BYTES // 2 - 9)).encode("utf-16")),
    ],
    ids=["long", "gzip", "deflate", "br", "zstd", "nested", "longer-in-utf-8"],
)
def test_long_bodies_and_bombs_end_at_the_limit(data):
    tracemalloc.start()
    try:
        answer = read_answer(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(answer.body) == BODY_BYTES
    assert answer.cut is Cut.SIZE
    assert peak < 8_000_000


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"ICYCLE 200 OK\r\n\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 099 x\r\n\r\n",
        b"HTTP/1.1 2000 x\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x16",
        b'{"status": "ok"}',
        b" " * 20 + OK,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 30,
        OK + b"X: " + b"a" * 200_000,
        OK + b"".join(b"X%d: y\r\n" % number for number in range(20_000)),
    ],
)
def test_what_is_no_http_is_malformed(data):
    with pytest.raises(Malformed):
        HttpReader().feed(data)


@pytest.mark.parametrize("data", [b"", b"HT", OK, OK + b"Server: x\r\n", b"<!doc", b"\r\n"])
def test_a_close_within_the_head_is_a_close(data):
    reader = HttpReader()
    assert not reader.feed(data)
    with pytest.raises(ClosedEarly):
        reader.end()


@pytest.mark.parametrize(
    "data",
    [OK + b"Content-Length: 5\r\n\r\n", b"HTTP/1.1 204 N\r\n\r\n", b"HTTP/1.1 304 N\r\nContent-Length: 9\r\n\r\n"],
)
def test_answers_without_a_body_are_done_with_their_head(data):
    reader = HttpReader(to_head=data.startswith(OK))
    assert reader.feed(data)
    assert reader.answer().body == b""


@pytest.mark.parametrize(
    ("data", "reusable"),
    [
        (sized(), True),
        (chunked(BODY), True),
        (sized(BODY, b"Connection: close"), False),
        (sized(BODY, b"Connection: TE, Close"), False),
        (sized().replace(b"HTTP/1.1", b"HTTP/1.0"), False),
        (sized(BODY, b"Connection: Keep-Alive").replace(b"HTTP/1.1", b"HTTP/1.0"), True),
        (sized() + b"more than was announced", False),
        (sized(BODY, b"Content-Length: 3"), False),
        (b"HTTP/1.1 101 S\r\n\r\n", False),
        (b"HTTP/1.1 204 N\r\n\r\n", True),
    ],
)
def test_a_connection_is_used_again_only_where_the_answer_ended_by_itself(data, reusable):
    reader = HttpReader()
    assert reader.feed(data)
    assert reader.reusable is reusable


def test_silence_ends_no_body_that_only_a_close_ends():
    reader = HttpReader()
    assert not reader.feed(OK + b"\r\n" + BODY)
    reader.stop(Cut.TIME)
    assert reader.answer().cut is Cut.TIME


def test_header_values_hold_no_surrogates_and_are_joined_over_folds():
    answer = read_answer(sized(BODY, b"Server: \xff\x00", b"X: a", b"\tb", "Y: Gr\u00fc\u00dfe".encode()))
    assert answer.header("server") == "\\xff\x00"
    assert answer.header("x") == "a b"
    assert answer.header("y") == "Grüße"
    json.dumps(answer.headers).encode()


def _in_pieces(data, cuts):
    reader = HttpReader()
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    try:
        for start, end in pairwise(edges):
            if reader.feed(data[start:end]):
                break
        if not reader.done:
            reader.end()
        return reader.answer()
    except (Malformed, ClosedEarly) as error:
        return type(error)


SAMPLES = [data for data, _ in (*FORGIVEN.values(), *CUT.values())]


@given(st.sampled_from(SAMPLES), st.lists(st.integers(0, 20_000), max_size=8))
def test_the_pieces_that_it_comes_in_change_nothing(data, cuts):
    assert _in_pieces(data, cuts) == _in_pieces(data, ())


@pytest.mark.parametrize("name", FORGIVEN)
def test_byte_by_byte_is_the_same(name):
    data, _ = FORGIVEN[name]
    assert _in_pieces(data, range(len(data))) == read_answer(data)


@st.composite
def spoilt(draw):
    data = bytearray(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=4))
    return bytes(data)


@given(
    st.one_of(st.binary(max_size=200), st.binary(max_size=200).map(OK.__add__), spoilt()), st.lists(st.integers(0, 999))
)
@example(OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 20_000, [])
def test_any_bytes_end_in_an_answer_or_a_typed_error_whatever_the_pieces(data, cuts):
    assert _in_pieces(data, cuts) == _in_pieces(data, ())
