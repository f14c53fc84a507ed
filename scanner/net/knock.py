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


class Knock(Enum):
    """What became of an attempt."""

    ACCEPTED = auto()
    REFUSED = auto()
    """A reset: somebody is there."""
    NOBODY = auto()
    """A router, or this machine's own link, says that no host has the address."""
    UNKNOWN = auto()
    """Silence, a filter, or a fault of this machine."""


async def knock(address: Address, port: int, scope: Scope, timeout_s: float, audit: Audit | None = None) -> Knock:
    """Try one port; raises ScopeError before anything is sent if the address is not permitted."""
    scope.demand(address)
    try:
        sock = open_socket(address, socket.SOCK_STREAM, audit, "control")
    except LocalFault:
        return Knock.UNKNOWN
    with sock:
        icmp.ask_why(sock)
        try:
            async with asyncio.timeout(timeout_s):
                await asyncio.get_running_loop().sock_connect(sock, socket_address(address, port))
        except OSError as error:
            if error.errno == errno.ECONNREFUSED:
                return Knock.REFUSED
            return Knock.NOBODY if icmp.says_nobody(sock.family, icmp.why(sock)) else Knock.UNKNOWN
        return Knock.ACCEPTED
