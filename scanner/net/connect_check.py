"""One connection attempt without a word: what does it say of the host?"""

import asyncio
import errno
import socket
from enum import Enum, auto

from scanner.core.address import Address
from scanner.core.audit import Audit
from scanner.core.errors import LocalFault
from scanner.core.scope import Scope
from scanner.net import icmp
from scanner.net.dial import open_socket, socket_address


class ConnectResult(Enum):
    """What became of an attempt."""

    ACCEPTED = auto()
    REFUSED = auto()
    """A reset: somebody is there."""
    NOBODY = auto()
    """A router, or this machine's own link, says that no host has the address."""
    UNKNOWN = auto()
    """Silence, a filter, or a fault of this machine."""


_ENDED_AT_ONCE = {errno.ECONNRESET, errno.EPIPE}
"""The connection stood before the peer ended it."""


async def connect_check(
    address: Address, port: int, scope: Scope, timeout_s: float, audit: Audit | None = None
) -> ConnectResult:
    """Try one port; raises ScopeError before anything is sent if the address is not permitted."""
    scope.demand(address)
    try:
        sock = open_socket(address, socket.SOCK_STREAM, audit, "control")
    except LocalFault:
        return ConnectResult.UNKNOWN
    with sock:
        icmp.ask_why(sock)
        try:
            async with asyncio.timeout(timeout_s):
                await asyncio.get_running_loop().sock_connect(sock, socket_address(address, port))
        except OSError as error:
            if error.errno == errno.ECONNREFUSED:
                return ConnectResult.REFUSED
            if error.errno in _ENDED_AT_ONCE:
                return ConnectResult.ACCEPTED
            return ConnectResult.NOBODY if icmp.says_nobody(sock.family, icmp.why(sock)) else ConnectResult.UNKNOWN
        return ConnectResult.ACCEPTED
