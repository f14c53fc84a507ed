"""Tells when a UDP server listens: nothing can be connected to."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any


def listens(port: int) -> Callable[[Any], bool]:
    """Return the `ready` of a server that listens on its address, or on all, over UDP."""

    def ready(server: Any) -> bool:
        own = f"{int.from_bytes(socket.inet_aton(server.address), 'little'):08X}:{port:04X}"
        # The process's own table, as it may live in a namespace.
        tables = (Path(f"/proc/{server.process.pid}/net/{name}") for name in ("udp", "udp6"))
        rows = [row.split()[1] for table in tables for row in table.read_text().splitlines()[1:]]
        return own in rows or any(f"{'0' * digits}:{port:04X}" in rows for digits in (8, 32))

    return ready
