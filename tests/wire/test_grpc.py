import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import ClosedEarly, Malformed, TalkError
from scanner.wire import grpc
from tests.support.talks import Hang, Say, ScriptedTalk


@given(st.binary(max_size=120))
def test_http2_of_a_stranger_only_fails_cleanly(data):
    settings = b"\0\0\0\x04\0\0\0\0\0"
    for text in (data, settings + data, settings + b"\0\0" + bytes([len(data)]) + b"\x01\x05\0\0\0\x01" + data):
        try:
            answer = asyncio.run(grpc.read_answer(ScriptedTalk([Say(text), Hang()])))
        except TalkError:
            continue
        assert answer is None or answer.status is None or answer.status < 100


SETTINGS = bytes.fromhex("000000040000000000")
# `content-type: application/grpc` and `grpc-status`, as Go's encoder writes them.
GRPC = bytes.fromhex("5f8b1d75d0620d263d4c4d6564")
STATUS = bytes.fromhex("40889acac8b21234da8f")


def frame(kind, flags, payload, stream=1):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def read(*frames):
    return asyncio.run(grpc.read_answer(ScriptedTalk([Say(b"".join(frames)), Hang()])))


def test_a_call_is_as_the_specifications_write_it():
    preface, _, rest = grpc.call("/a/B", b"xy").partition(b"SM\r\n\r\n")
    assert preface == b"PRI * HTTP/2.0\r\n\r\n"
    assert rest.startswith(SETTINGS + b"\0\0")
    assert rest.endswith(frame(0, 1, b"\0\0\0\0\2xy"))
    assert b"\x83\x86\x04\x04/a/B" in rest


def test_an_answer_is_its_message_and_its_status():
    data = frame(0, 0, b"\0\0\0\0\2x"), frame(0, 0, b"other", stream=3), frame(0, 0, b"y")
    found = read(SETTINGS, frame(1, 4, GRPC), *data, frame(1, 5, STATUS + b"\1" + b"0"))
    assert found == (b"xy", 0)


def test_a_refusal_has_no_message():
    assert read(SETTINGS, frame(1, 5, GRPC + STATUS + b"\2" + b"16")) == (None, 16)


def test_an_answer_without_a_status_has_none():
    assert read(SETTINGS, frame(1, 4, GRPC), frame(0, 1, b"")) == (None, None)


def test_a_web_page_over_http2_is_not_grpc():
    assert read(SETTINGS, frame(1, 4, b"\x88"), frame(0, 1, b"<html>")) is None


@pytest.mark.parametrize("kind", [3, 7])
def test_a_call_that_is_reset_was_not_heard(kind):
    with pytest.raises(ClosedEarly):
        read(SETTINGS, frame(kind, 0, bytes(8)))


@pytest.mark.parametrize(
    "data",
    [b"HTTP/1.1 400 Bad", frame(1, 5, GRPC), SETTINGS + b"\1\0\1" + bytes(6), SETTINGS * 51],
)
def test_what_is_no_http2_is_malformed(data):
    with pytest.raises(Malformed):
        read(data)


@pytest.mark.parametrize(
    "headers",
    [b"", STATUS, STATUS + b"\0", STATUS + b"\1x", STATUS + b"\3100", STATUS + b"\x810", STATUS + b"\x02" + b"1"],
)
def test_a_status_that_is_no_number_is_none(headers):
    assert grpc.parse_status(headers) is None


@pytest.mark.parametrize(("coded", "status"), [(b"\x81\x07", 0), (b"\x82\x0b\x9f", 16), (b"\x81\x77", 7)])
def test_a_status_may_be_huffman_coded(coded, status):
    assert grpc.parse_status(STATUS + coded + b"more") == status
