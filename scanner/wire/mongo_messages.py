"""The two messages that carry MongoDB's commands: https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/."""

import struct

from scanner.wire.bson import encode

OP_REPLY = 1
OP_QUERY = 2004
OP_MSG = 2013


def op_query(number: int, command: dict[str, int | str | bool], flags: int = 0) -> bytes:
    """Return a command as OP_QUERY on admin.$cmd: every release answers `isMaster` in it."""
    body = struct.pack("<i", flags) + b"admin.$cmd\0" + struct.pack("<ii", 0, -1) + encode(command)
    return struct.pack("<iiii", 16 + len(body), number, 0, OP_QUERY) + body


def op_msg(number: int, command: dict[str, int | str | bool], more: bytes = b"") -> bytes:
    """Return a command on `admin` as OP_MSG, which releases since 3.6 want."""
    flat = encode({**command, "$db": "admin"})
    document = struct.pack("<i", len(flat) + len(more)) + flat[4:-1] + more + b"\0"
    body = struct.pack("<i", 0) + b"\0" + document
    return struct.pack("<iiii", 16 + len(body), number, 0, OP_MSG) + body
