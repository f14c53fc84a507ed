import socket
import struct

import pytest

from scanner.net import icmp
from scanner.net.icmp import Message, ask_why, says_nobody, why


class Queue:
    """A socket with what waits in its error queue."""

    def __init__(self, *ancillary, family=socket.AF_INET, error=None):
        self.ancillary, self.family, self.error, self.options = ancillary, family, error, []

    def recvmsg(self, *_):
        if self.error:
            raise self.error
        return b"", list(self.ancillary), 0, None

    def getsockname(self):
        return ("192.0.2.1", 1) if self.family == socket.AF_INET else ("fe80::1%lo", 1, 0, 1)

    def setsockopt(self, *option):
        self.options.append(option)
        if self.error:
            raise self.error


def extended(origin, kind, code, reporter="192.0.2.9"):
    family = socket.AF_INET6 if ":" in reporter else socket.AF_INET
    # struct sock_extended_err, then a sockaddr: family, port, for IPv6 the flow, the address.
    where = struct.pack("=HH", family, 0) + bytes(4 * (family == socket.AF_INET6)) + socket.inet_pton(family, reporter)
    return struct.pack("=IBBBxII", 113, origin, kind, code, 0, 0) + where


V4, V6 = (socket.IPPROTO_IP, 11), (socket.IPPROTO_IPV6, 25)


@pytest.mark.parametrize(
    ("queue", "message"),
    [
        (Queue((*V4, extended(2, 3, 1))), Message(3, 1)),
        (Queue((*V6, extended(3, 1, 3, "fe80::9")), family=socket.AF_INET6), Message(1, 3)),
        (Queue((*V4, extended(2, 3, 1, "192.0.2.1"))), Message(3, 1, True)),
        (Queue((*V6, extended(3, 1, 3, "fe80::1")), family=socket.AF_INET6), Message(1, 3, True)),
        (Queue((*V4, extended(1, 3, 1))), None),
        (Queue((*V4, extended(0, 0, 0)), (*V4, extended(2, 3, 13))), Message(3, 13)),
        (Queue((socket.SOL_SOCKET, 11, extended(2, 3, 1))), None),
        (Queue((*V4, extended(2, 3, 1)[:6])), None),
        (Queue(), None),
        (Queue(error=BlockingIOError()), None),
    ],
    ids=["v4", "v6", "own-v4", "own-v6", "local", "second", "another-level", "short", "empty", "none"],
)
def test_the_message_that_ended_an_attempt(queue, message):
    assert why(queue) == message


@pytest.mark.parametrize(("family", "option"), [(socket.AF_INET, V4), (socket.AF_INET6, V6)])
def test_the_kernel_is_told_to_keep_messages(family, option):
    queue = Queue(family=family)
    ask_why(queue)
    assert queue.options == [(*option, 1)]
    ask_why(Queue(family=family, error=OSError()))


def test_a_system_that_does_not_tell_is_not_asked(monkeypatch):
    monkeypatch.setattr(icmp, "AVAILABLE", False)
    queue = Queue((*V4, extended(2, 3, 1)))
    ask_why(queue)
    assert (why(queue), queue.options) == (None, [])


@pytest.mark.parametrize("code", [0, 1, 7])
def test_no_such_host_is_told_from(code):
    assert says_nobody(socket.AF_INET, Message(3, code))


@pytest.mark.parametrize("message", [None, *(Message(3, code) for code in (2, 3, 9, 10, 13)), Message(1, 3)])
def test_a_filter_that_refuses(message):
    assert not says_nobody(socket.AF_INET, message)


def test_the_codes_of_version_6():
    assert says_nobody(socket.AF_INET6, Message(1, 3))
    assert not says_nobody(socket.AF_INET6, Message(1, 1))
    assert not says_nobody(socket.AF_INET6, Message(3, 1))
