import random
import socket

import pytest


@pytest.fixture
def network() -> str:
    """A /24 inside 127.0.0.0/8 that no other test is likely to use."""
    return f"127.{random.randrange(64, 250)}.{random.randrange(256)}.0/24"


@pytest.fixture
def listeners(network):
    """Listening sockets in that network, by (last octet, port)."""
    opened: list[socket.socket] = []

    def listen(octet: int, port: int = 0) -> tuple[str, int]:
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((network.replace("0/24", str(octet)), port))
        sock.listen(1024)
        opened.append(sock)
        return sock.getsockname()

    yield listen
    for sock in opened:
        sock.close()
