import errno
import socket
import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.sweep.netlink import Netlink, NetlinkError, Reply, pack_attribute, read_attributes, read_reply
from tests.sweep.replay import replay

# Recorded on Linux 6: what is said to `ip route get 8.8.8.8` without a route, and to a question that nobody knows.
NO_ROUTE = bytes.fromhex(
    "3800000002000000080000006a0c00009bffffff240000001a00010008000000000000000220000000000000000000000800010008080808"
)
NOT_SUPPORTED = bytes.fromhex("24000000020000000c0000006a0c0000a1ffffff10000000ff0301000c00000000000000")
DONE = bytes.fromhex("1400000003000200030000006a0c000000000000")


def message(kind: int, body: bytes, serial: int = 3) -> bytes:
    data = struct.pack("IHHII", 16 + len(body), kind, 0, serial, 0) + body
    return data + bytes(-len(data) % 4)


@pytest.mark.parametrize(
    ("data", "serial", "code"),
    [
        (NO_ROUTE, 8, errno.ENETUNREACH),
        (NOT_SUPPORTED, 12, errno.EOPNOTSUPP),
        (message(2, struct.pack("i", -errno.EPERM)), 3, errno.EPERM),
        (message(28, bytes(12)) + message(3, struct.pack("i", -errno.ENOMEM)), 3, errno.ENOMEM),
        (message(28, bytes(12)) + message(4, b""), 3, errno.ENOBUFS),
        (message(28, bytes(12))[:20], 3, errno.EBADMSG),
        (message(28, bytes(12)) + b"\x10\0\0", 3, errno.EBADMSG),
        (struct.pack("IHHII", 15, 28, 0, 3, 0), 3, errno.EBADMSG),
    ],
    ids=["no route", "unknown question", "refused", "failed half-way", "overrun", "cut", "half a header", "too short"],
)
def test_what_the_kernel_did_not_answer_raises(data, serial, code):
    with pytest.raises(NetlinkError) as caught:
        read_reply(data, serial)
    assert caught.value.errno == code
    assert caught.value.strerror


def test_a_dump_is_over_when_the_kernel_says_so():
    one, two = message(28, b"one "), message(28, b"two ")
    assert read_reply(one + two, 3) == Reply([b"one ", b"two "], over=False)
    assert read_reply(one + DONE, 3) == Reply([b"one "], over=True)
    assert read_reply(DONE, 3) == Reply([], over=True)


def test_late_answers_to_an_earlier_question_are_passed_over():
    assert read_reply(message(28, b"late", 2) + message(2, struct.pack("i", -1), 2) + DONE, 3) == Reply([], over=True)


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_but_raise_the_typed_error(data):
    with suppress(NetlinkError):
        read_reply(data, 3)
    read_attributes(data)


def test_attributes_come_back_as_they_were_packed():
    packed = pack_attribute(1, b"\x0a\x09\0\x07") + pack_attribute(0x8000 | 18, b"abc")
    assert read_attributes(packed) == {1: b"\x0a\x09\0\x07", 18: b"abc"}


def test_an_error_after_some_entries_still_raises():
    netlink = replay(message(28, b"one "), message(2, struct.pack("i", -errno.EPERM)))
    with pytest.raises(NetlinkError, match="not permitted"):
        list(netlink.dump(30, bytes(12)))


def test_silence_of_the_kernel_is_an_error_and_not_an_empty_table():
    with pytest.raises(NetlinkError, match="did not answer"):
        list(replay(TimeoutError("timed out")).dump(30, bytes(12)))
    with pytest.raises(NetlinkError, match="no answer"):
        replay(DONE).get(26, bytes(12))


def test_where_the_socket_is_refused_the_error_says_so(monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(socket, "socket", refuse)
    with pytest.raises(NetlinkError, match="not permitted"):
        Netlink()


def test_systems_without_rtnetlink_say_so(monkeypatch):
    monkeypatch.delattr(socket, "AF_NETLINK")
    with pytest.raises(NetlinkError, match="only Linux"):
        Netlink()
