"""Codings by themselves: bounds, what breaks off, what nobody knows; whole answers are in test_http1."""

import gzip
import zlib
from random import Random

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from scanner.wire.http_coding import Undecodable, decode


def _bare(data):
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    return deflater.compress(data) + deflater.flush()


ENCODE = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}
NOISE = Random(1).randbytes(300_000)
TEXT = bytes(range(256)) * 8


@pytest.mark.parametrize("coding", ENCODE)
@pytest.mark.parametrize(("limit", "length"), [(len(TEXT), len(TEXT)), (len(TEXT) - 1, len(TEXT)), (100, 101)])
def test_content_ends_one_byte_behind_the_limit(coding, limit, length):
    assert decode(ENCODE[coding](TEXT), [coding], limit).data == TEXT[:length]


@pytest.mark.parametrize("coding", ENCODE)
def test_a_body_that_breaks_off_gives_its_beginning(coding):
    encoded = ENCODE[coding](NOISE)
    found = decode(encoded[: len(encoded) * 9 // 10], [coding], 1 << 20)
    assert 0 < len(found.data) < len(NOISE)
    assert NOISE.startswith(found.data)
    assert not found.whole
    assert decode(encoded, [coding], 1 << 20) == (NOISE, True)


@pytest.mark.parametrize("coding", ENCODE)
def test_a_body_that_breaks_off_before_its_first_byte_is_undecodable(coding):
    with pytest.raises(Undecodable):
        decode(ENCODE[coding](TEXT)[:3], [coding], 100)


@pytest.mark.parametrize("coding", ENCODE)
def test_nothing_may_be_encoded(coding):
    assert decode(ENCODE[coding](b""), [coding], 100) == (b"", True)


@pytest.mark.parametrize("coding", ENCODE)
@given(data=st.binary(min_size=1, max_size=40))
def test_bytes_in_no_coding_are_undecodable_or_short(coding, data):
    try:
        assert len(decode(data, [coding], 100).data) <= 101
    except Undecodable:
        return


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_a_page_under_a_wrong_name_is_undecodable(coding):
    with pytest.raises(Undecodable):
        decode(b"<html>plain</html>", [coding], 100)


def test_deflate_may_lack_its_wrapper():
    assert decode(_bare(TEXT), ["deflate"], 1 << 20) == (TEXT, True)


def test_codings_are_undone_from_the_last_to_the_first():
    assert decode(gzip.compress(brotli.compress(TEXT)), ["br", "identity", "gzip", "chunked"], 1 << 20) == (TEXT, True)


@pytest.mark.parametrize("codings", [["rot13"], ["gzip", "rot13"], ["gzip"] * 3])
def test_what_nobody_knows_and_more_than_two_are_undecodable(codings):
    with pytest.raises(Undecodable):
        decode(gzip.compress(TEXT), codings, 100)


def test_an_empty_body_is_empty_in_any_coding():
    assert decode(b"", ["gzip", "zstd"], 100) == (b"", True)


def test_members_are_read_up_to_their_most():
    assert decode(gzip.compress(b"a") * 65, ["gzip"], 100) == (b"a" * 64, False)


def test_the_end_is_looked_for_behind_no_more_frames_than_their_most():
    frame = zstandard.ZstdCompressor().compress(b"a")
    assert decode(frame * 64, ["zstd"], 100) == (b"a" * 64, True)
    assert decode(frame * 65, ["zstd"], 100) == (b"a" * 65, False)


def test_a_window_larger_than_a_decoder_must_support_is_undecodable():
    wide = zstandard.ZstdCompressor(
        compression_params=zstandard.ZstdCompressionParameters(window_log=24, enable_ldm=False)
    ).compressobj()
    with pytest.raises(Undecodable):
        decode(wide.compress(b"x" * 100) + wide.flush(), ["zstd"], 1_000)


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
@pytest.mark.parametrize(("behind", "whole"), [(b"", True), (None, True), (1, False)])
def test_members_follow_one_another(coding, behind, whole):
    second = ENCODE[coding](b"b" * 99) if behind != b"" else b""
    encoded = ENCODE[coding](b"a" * 99) + (second[:-behind] if behind else second)
    found = decode(encoded, [coding], 1_000)
    assert (found.data[:99], found.whole) == (b"a" * 99, whole)


def test_a_second_member_that_is_spoilt_costs_what_follows_and_says_so():
    spoilt = bytearray(gzip.compress(b"b" * 99))
    spoilt[10:14] = b"\xff" * 4
    assert decode(gzip.compress(b"a" * 99) + bytes(spoilt), ["gzip"], 1_000) == (b"a" * 99, False)


def test_padding_behind_the_last_member_is_passed_over():
    assert decode(gzip.compress(b"a") + bytes(8), ["gzip"], 100) == (b"a", True)
