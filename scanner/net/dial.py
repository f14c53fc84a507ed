"""Opens connections: the only place that does, right behind the scope check."""

import asyncio
import socket

from scanner.core.address import Address
from scanner.core.errors import LocalFault
from scanner.core.scope import Scope
from scanner.net.outcome import classify


async def dial(address: Address, port: int, scope: Scope, timeout_s: float) -> socket.socket:
    """Return a connected, non-blocking TCP socket.

    Raises ScopeError before anything is sent if the address is not permitted, else a TalkError that says how the
    attempt ended.
    """
    scope.demand(address)
    sock = open_socket(address, socket.SOCK_STREAM)
    try:
        async with asyncio.timeout(timeout_s):
            await asyncio.get_running_loop().sock_connect(sock, socket_address(address, port))
    except OSError as error:
        sock.close()
        raise classify(error) from None
    except BaseException:
        sock.close()
        raise
    return sock


def open_socket(address: Address, kind: socket.SocketKind) -> socket.socket:
    """Return a non-blocking socket of the address's family; raises LocalFault when this machine has none to give."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        sock = socket.socket(family, kind)
    except OSError as error:
        raise LocalFault(f"no socket: {error.strerror}") from None
    sock.setblocking(False)
    return sock


def socket_address(address: Address, port: int) -> tuple[str, int] | tuple[str, int, int, int]:
    """Return the address as the socket calls want it, with the interface index of a link-local one."""
    if address.version == 4:
        return str(address), port
    zone = address.scope_id
    index = 0 if not zone else int(zone) if zone.isdigit() else socket.if_nametoindex(zone)
    return str(address).partition("%")[0], port, 0, index
