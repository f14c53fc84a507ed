"""Opens connections: the only place that does, right behind the scope check."""

import asyncio
import errno
import socket

from scanner.core.address import Address, interface_index
from scanner.core.audit import Audit
from scanner.core.errors import LocalFault, NeverAccepted, Unreachable
from scanner.core.scope import Scope
from scanner.net.classify import classify
from scanner.net.recorded import RecordedSocket


async def dial(
    address: Address, port: int, scope: Scope, timeout_s: float, *, audit: Audit | None = None, asker: str = ""
) -> socket.socket:
    """Return a connected, non-blocking TCP socket; with `audit` it keeps the account of what `asker` does with it.

    Raises ScopeError before anything is sent if the address is not permitted, else a TalkError that says how the
    attempt ended.
    """
    scope.demand(address)
    sock = open_socket(address, socket.SOCK_STREAM, audit, asker)
    try:
        if audit is None and _connected_at_once(sock, address, port):
            return sock
        async with asyncio.timeout(timeout_s):
            await asyncio.get_running_loop().sock_connect(sock, socket_address(address, port))
    except TimeoutError:
        sock.close()
        raise NeverAccepted("no connection in time") from None
    except OSError as error:
        sock.close()
        failure = classify(error)
        if isinstance(failure, Unreachable) and not has_route(address):
            raise LocalFault("this machine has no way to the address") from None
        raise failure from None
    except BaseException:
        sock.close()
        raise
    return sock


def _connected_at_once(sock: socket.socket, address: Address, port: int) -> bool:
    """Begin to connect, and tell whether that is done: the same machine has answered when the first call returns.

    Raises OSError as `connect` does.
    """
    for _ in range(2):
        try:
            sock.connect(socket_address(address, port))
        except (BlockingIOError, InterruptedError):
            continue
        except OSError as error:
            # What systems other than Linux say the second time.
            if error.errno != errno.EISCONN:
                raise
        return True
    return False


def has_route(address: Address) -> bool:
    """Tell whether this machine knows a way to an address; connecting a datagram socket looks it up, sends nothing."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect(socket_address(address, 9))
    except PermissionError:
        return True
    except OSError:
        return False
    return True


def open_socket(
    address: Address, kind: socket.SocketKind, audit: Audit | None = None, asker: str = ""
) -> socket.socket:
    """Return a non-blocking socket of the address's family; raises LocalFault when this machine has none to give.

    Raises StoreError when there is an audit log that can't record any more.
    """
    if audit is not None:
        audit.demand()
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        sock = socket.socket(family, kind) if audit is None else RecordedSocket(address, kind, audit, asker)
    except OSError as error:
        raise classify(error) from None
    sock.setblocking(False)
    return sock


def socket_address(address: Address, port: int) -> tuple[str, int] | tuple[str, int, int, int]:
    """Return the address as the socket calls want it, with the interface index of a link-local one.

    Raises OSError for an interface that this machine does not have.
    """
    if address.version == 4:
        return str(address), port
    index = interface_index(address.scope_id) if address.scope_id else 0
    return str(address).partition("%")[0], port, 0, index
