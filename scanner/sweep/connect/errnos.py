"""What an error number of the kernel means for a port."""

import errno
from enum import IntEnum, auto

from scanner.core.event import PortState
from scanner.net.classify import CROWDED


class Fault(IntEnum):
    """Why an attempt says nothing about the port."""

    PENDING = auto()
    """The attempt is under way."""
    CROWDED = auto()
    """This machine ran out of descriptors, buffers or local ports: fewer at once, then again."""
    NO_ROUTE = auto()
    """This machine has no route to the address, or its interface is down: later again."""
    NO_ROUTER = auto()
    """The router on the way has no link address: it is down, or this machine's link is."""
    UNCLEAR = auto()
    """The answer has two possible causes: again, with the ICMP code."""
    LOCAL = auto()
    """This machine refused for another reason, such as its own firewall: later again."""


WHY = {
    Fault.CROWDED: "this machine ran out of descriptors, buffers or local ports",
    Fault.NO_ROUTE: "this machine has no route to it",
    Fault.NO_ROUTER: "the router on the way does not answer, or this machine's link is down",
    Fault.UNCLEAR: "the answer stayed unclear",
    Fault.LOCAL: "this machine refused to send, perhaps its own firewall",
    Fault.PENDING: "the attempt never began",
}
"""Why an endpoint is given up."""

# What came back from the network, through SO_ERROR. Linux maps ICMP codes in net/ipv4/icmp.c (icmp_err_convert) and
# net/ipv6/icmp.c (tab_unreach); RST in reply to a SYN is ECONNREFUSED (RFC 9293 section 3.10.7.3).
_ANSWERED: dict[int, PortState] = {
    0: PortState.OPEN,
    errno.EISCONN: PortState.OPEN,
    # Both say that the connection stood before the peer ended it.
    errno.ECONNRESET: PortState.OPEN,
    errno.EPIPE: PortState.OPEN,
    errno.ECONNREFUSED: PortState.CLOSED,
    errno.ETIMEDOUT: PortState.FILTERED,
    errno.EACCES: PortState.FILTERED,
    errno.EPERM: PortState.FILTERED,
    errno.ENOPROTOOPT: PortState.FILTERED,
    errno.EPROTO: PortState.FILTERED,
    errno.EMSGSIZE: PortState.FILTERED,
    errno.EHOSTUNREACH: PortState.UNREACHABLE,
    errno.ENETUNREACH: PortState.UNREACHABLE,
    errno.EHOSTDOWN: PortState.UNREACHABLE,
    errno.EOPNOTSUPP: PortState.UNREACHABLE,
}
# Names that only some systems have.
_ANSWERED |= {getattr(errno, name): PortState.UNREACHABLE for name in ("ENONET",) if hasattr(errno, name)}

# What connect() or send() itself said, before anything could come back.
_AT_ONCE: dict[int, PortState | Fault] = {
    0: PortState.OPEN,
    errno.EISCONN: PortState.OPEN,
    errno.ECONNREFUSED: PortState.CLOSED,
    errno.EHOSTDOWN: PortState.UNREACHABLE,
    errno.EINPROGRESS: Fault.PENDING,
    errno.EINTR: Fault.PENDING,
    errno.EALREADY: Fault.PENDING,
    **dict.fromkeys(CROWDED, Fault.CROWDED),
    errno.ENETUNREACH: Fault.NO_ROUTE,
    errno.EHOSTUNREACH: Fault.NO_ROUTE,
    errno.ENETDOWN: Fault.NO_ROUTE,
    errno.ENODEV: Fault.NO_ROUTE,
}

# Soft errors that this machine, not the path, leaves in SO_ERROR.
_LOCAL_LATER: dict[int, Fault] = {
    errno.ENOBUFS: Fault.CROWDED,
    errno.ENOMEM: Fault.CROWDED,
    errno.ENETDOWN: Fault.NO_ROUTE,
}


def judge_answer(code: int) -> PortState | Fault:
    """Return what an error number from SO_ERROR, or from reading a connected datagram socket, says of the port."""
    state = _ANSWERED.get(code)
    return _LOCAL_LATER.get(code, Fault.LOCAL) if state is None else state


def judge_attempt(code: int) -> PortState | Fault:
    """Return what an error number from socket(), connect() or send() itself says: mostly about this machine."""
    return _AT_ONCE.get(code, Fault.LOCAL)


def judge_icmp(kind: int, code: int) -> PortState:
    """Return what an ICMP destination unreachable message says, which connect() reports as EHOSTUNREACH whatever it is.

    Codes 9, 10 and 13 are administrative (RFC 1812 section 5.2.7.1): a filter answered, not the lack of a host.
    """
    return PortState.FILTERED if kind == 3 and code in {9, 10, 13} else PortState.UNREACHABLE
