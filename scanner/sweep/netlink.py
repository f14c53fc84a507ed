"""Questions to the kernel over rtnetlink (RFC 3549, linux/netlink.h): no privilege needed, nothing is changed."""

import errno
import os
import socket
import struct
from collections.abc import Iterator
from typing import NamedTuple

_NLMSG_NOOP, _NLMSG_ERROR, _NLMSG_DONE, _NLMSG_OVERRUN = 1, 2, 3, 4
_NLM_F_REQUEST, _NLM_F_DUMP = 0x1, 0x300
_HEADER_BYTES = 16
_MOST_BYTES = 1 << 18
TIMEOUT_S = 2.0
"""How long the kernel may take to answer: it needs microseconds."""


class NetlinkError(OSError):
    """The kernel refused a question or did not answer it: what was asked stays unknown, and is not "none"."""


class Reply(NamedTuple):
    """What one read from the socket brought."""

    bodies: list[bytes]
    """Messages without their headers."""
    over: bool
    """Whether the kernel has said everything."""


class Netlink:
    """A netlink socket in the network namespace of the calling thread."""

    def __init__(self) -> None:
        """Open the socket; raises NetlinkError where that is not allowed, and on systems other than Linux."""
        if not hasattr(socket, "AF_NETLINK"):
            raise NetlinkError(errno.EAFNOSUPPORT, "only Linux has rtnetlink")
        try:
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        except OSError as error:
            raise NetlinkError(error.errno, error.strerror) from error
        self._socket.settimeout(TIMEOUT_S)
        self._serial = 0

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def get(self, question: int, body: bytes) -> bytes:
        """Return the one message that answers a question; raises NetlinkError."""
        for message in self._ask(question, 0, body):
            return message
        raise NetlinkError(errno.ENODATA, "rtnetlink gave no answer")

    def dump(self, question: int, body: bytes) -> Iterator[bytes]:
        """Yield every entry of a table; raises NetlinkError, also after some entries."""
        return self._ask(question, _NLM_F_DUMP, body)

    def _ask(self, question: int, flags: int, body: bytes) -> Iterator[bytes]:
        self._serial += 1
        header = struct.pack("IHHII", _HEADER_BYTES + len(body), question, _NLM_F_REQUEST | flags, self._serial, 0)
        over = False
        try:
            self._socket.send(header + body)
            while not over:
                bodies, over = read_reply(self._socket.recv(_MOST_BYTES), self._serial)
                yield from bodies
        except NetlinkError:
            raise
        except OSError as error:
            raise NetlinkError(error.errno or errno.ETIMEDOUT, error.strerror or "rtnetlink did not answer") from error


def read_reply(data: bytes, serial: int) -> Reply:
    """Return the messages that answer question `serial`; raises NetlinkError for a refusal and for cut messages."""
    bodies: list[bytes] = []
    while data:
        if len(data) < _HEADER_BYTES:
            raise NetlinkError(errno.EBADMSG, "rtnetlink sent half a message")
        length, kind, _, of, _ = struct.unpack_from("IHHII", data)
        if not _HEADER_BYTES <= length <= len(data):
            raise NetlinkError(errno.EBADMSG, "rtnetlink sent half a message")
        body, data = data[_HEADER_BYTES:length], data[(length + 3) & ~3 :]
        if of != serial or kind == _NLMSG_NOOP:
            continue
        if kind == _NLMSG_OVERRUN:
            raise NetlinkError(errno.ENOBUFS, "rtnetlink lost a part of its answer")
        if kind in {_NLMSG_ERROR, _NLMSG_DONE}:
            # Both carry a negative error number, 0 for none: a dump that fails half-way says so in NLMSG_DONE.
            code = -struct.unpack_from("i", body)[0] if len(body) >= 4 else 0
            if code:
                # The one number whose negative is none of 32 bits is no error of the kernel's, and strerror refuses it.
                raise NetlinkError(code, os.strerror(code) if code < 1 << 31 else "rtnetlink sent no error number")
            return Reply(bodies, over=True)
        bodies.append(body)
    return Reply(bodies, over=False)


def pack_attribute(kind: int, value: bytes) -> bytes:
    """Return one attribute, padded."""
    return struct.pack("HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def read_attributes(data: bytes) -> dict[int, bytes]:
    """Return the attributes at the end of a message by kind; flags of the kind are taken off."""
    found: dict[int, bytes] = {}
    while len(data) >= 4:
        length, kind = struct.unpack_from("HH", data)
        if length < 4:
            break
        found[kind & 0x3FFF] = data[4:length]
        data = data[(length + 3) & ~3 :]
    return found
