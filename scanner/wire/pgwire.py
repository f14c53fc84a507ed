"""PostgreSQL's frontend/backend protocol 3.0: bytes in, values out.

https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

import struct
from typing import NamedTuple

from scanner.core.errors import Malformed
from scanner.core.talk import Talk

SSL_REQUEST = struct.pack(">II", 8, 80_877_103)
TERMINATE = b"X" + struct.pack(">I", 4)
_LONGEST = 65_536


class Message(NamedTuple):
    """One message of the server."""

    kind: str
    body: bytes


def startup(**parameters: str) -> bytes:
    """Return a StartupMessage."""
    pairs = b"".join(f"{name}\0{value}\0".encode() for name, value in parameters.items()) + b"\0"
    return struct.pack(">II", 8 + len(pairs), 3 << 16) + pairs


def query(text: str) -> bytes:
    """Return a simple Query message."""
    return b"Q" + struct.pack(">I", 4 + len(text) + 1) + text.encode() + b"\0"


async def read_message(talk: Talk) -> Message:
    """Return the server's next message; raises Malformed when the bytes are none."""
    head = await talk.read_exactly(5)
    kind, length = head[:1], int.from_bytes(head[1:], "big")
    if not kind.isalnum() or not 4 <= length <= _LONGEST:
        raise Malformed("not a message of PostgreSQL")
    return Message(kind.decode(), await talk.read_exactly(length - 4) if length > 4 else b"")


def parse_error(body: bytes) -> dict[str, str]:
    """Return the fields of an ErrorResponse by their one-letter codes: S severity, C SQLSTATE, M message, R routine."""
    parts = (part.decode("utf-8", "replace") for part in body.split(b"\0"))
    return {part[0]: part[1:] for part in parts if part}


def parse_parameter(body: bytes) -> tuple[str, str]:
    """Return (name, value) of a ParameterStatus."""
    name, _, value = body.rstrip(b"\0").partition(b"\0")
    return name.decode("utf-8", "replace"), value.decode("utf-8", "replace")


def parse_first_column(body: bytes) -> str | None:
    """Return the first column of a DataRow as text, None for NULL or a malformed row."""
    if len(body) < 6:
        return None
    length = int.from_bytes(body[2:6], "big", signed=True)
    return body[6 : 6 + length].decode("utf-8", "replace") if 0 <= length <= len(body) - 6 else None
