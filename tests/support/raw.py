"""A plain socket for tests that play another client of a server."""

import socket


def connected(address: str, port: int, *, patience_s: float = 5.0) -> socket.socket:
    """Return a connected socket; a context manager that closes it."""
    sock = socket.socket()
    sock.settimeout(patience_s)
    try:
        sock.connect((address, port))
    except OSError:
        sock.close()
        raise
    return sock
