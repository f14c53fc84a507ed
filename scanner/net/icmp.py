"""Asks the kernel which ICMP message ended an attempt: connect() says EHOSTUNREACH to a dozen of them.

Linux 5.8 and later queue the message for TCP sockets too (ip(7), IP_RECVERR; ipv6(7), IPV6_RECVERR).
"""

import contextlib
import socket
import struct
from typing import NamedTuple

_IP_RECVERR, _IPV6_RECVERR = 11, 25
_MSG_ERRQUEUE = getattr(socket, "MSG_ERRQUEUE", 0)
AVAILABLE = bool(_MSG_ERRQUEUE)
"""Whether this system tells."""
_ORIGINS = {2, 3}
"""SO_EE_ORIGIN_ICMP and SO_EE_ORIGIN_ICMP6."""
_REPORTER_V4, _REPORTER_V6 = 16 + 4, 16 + 8
"""Where the address of a sockaddr_in and a sockaddr_in6 stands behind struct sock_extended_err (linux/errqueue.h)."""
_OPTION_V4 = socket.IPPROTO_IP, _IP_RECVERR
_OPTION_V6 = socket.IPPROTO_IPV6, _IPV6_RECVERR


class Message(NamedTuple):
    """The type and code of an ICMP or ICMPv6 message."""

    kind: int
    code: int
    ours: bool = False
    """Whether this machine sent it to itself: the next hop has no link address, be it the target or a router."""


def ask_why(sock: socket.SocketType) -> None:
    """Have the kernel keep the messages for this socket; to be called before it connects."""
    if AVAILABLE:
        with contextlib.suppress(OSError):
            sock.setsockopt(*(_OPTION_V4 if sock.family == socket.AF_INET else _OPTION_V6), 1)


def why(sock: socket.SocketType) -> Message | None:
    """Return the message that ended an attempt, None when it was none or this system does not tell."""
    if not AVAILABLE:
        return None
    try:
        _, ancillary, _, _ = sock.recvmsg(1, 256, _MSG_ERRQUEUE)
    except OSError:
        return None
    for level, kind, data in ancillary:
        # struct sock_extended_err: the error number, who reports it, type and code; the reporter's address follows.
        if (level, kind) in {_OPTION_V4, _OPTION_V6} and len(data) >= 7:
            _, origin, icmp_type, icmp_code = struct.unpack_from("=IBBB", data)
            if origin in _ORIGINS:
                return Message(icmp_type, icmp_code, _is_own(sock, data))
    return None


def _is_own(sock: socket.SocketType, data: bytes) -> bool:
    try:
        own = socket.inet_pton(sock.family, sock.getsockname()[0].partition("%")[0])
    except OSError:
        return False
    start = _REPORTER_V4 if sock.family == socket.AF_INET else _REPORTER_V6
    return data[start : start + len(own)] == own


def says_nobody(family: int, message: Message | None) -> bool:
    """Tell whether a message means that no host has the address, rather than that a filter is in the way.

    Network and host unreachable, host unknown (RFC 1122 section 3.2.2.1); no route and address unreachable (RFC 4443
    section 3.1). Firewalls that reject use the administrative codes or port unreachable.
    """
    if family == socket.AF_INET6:
        return message is not None and message[:2] in {(1, 0), (1, 3)}
    return message is not None and message[:2] in {(3, 0), (3, 1), (3, 7)}
