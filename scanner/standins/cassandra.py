"""Cassandra; the frames follow its native protocol specification, version 4."""

import asyncio

from scanner.standins.standin import Serve, StandIn
from scanner.wire.cql import AUTHENTICATE, ERROR, OPTIONS, QUERY, READY, RESULT, STARTUP, SUPPORTED, string

_SOURCE = "https://github.com/apache/cassandra/blob/trunk/doc/native_protocol_v4.spec"
_VARCHAR = b"\0\x0d"


def _response(opcode: int, body: bytes = b"") -> bytes:
    return b"\x84\0\0\0" + bytes([opcode]) + len(body).to_bytes(4, "big") + body


def _number(value: int) -> bytes:
    return value.to_bytes(4, "big")


def _rows(table: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> bytes:
    """Return a Rows result with one table for all its columns."""
    body = _number(2) + _number(1) + _number(len(columns)) + string("system") + string(table)
    body += b"".join(string(name) + _VARCHAR for name in columns) + _number(len(rows))
    cells = (cell.encode() for row in rows for cell in row)
    return body + b"".join(_number(len(cell)) + cell for cell in cells)


_SUPPORTED = b"\0\x02" + string("CQL_VERSION") + b"\0\x01" + string("3.4.6") + string("COMPRESSION") + b"\0\0"
_LOCAL = _rows("local", ("cluster_name", "release_version"), [("Test Cluster", "4.1.9")])
_KEYSPACES = _rows("keyspaces", ("keyspace_name",), [("system",), ("shop",)])
_WRONG_VERSION = (10).to_bytes(4, "big") + string(
    "Invalid or unsupported protocol version (71); supported versions are 3/v3, 4/v4"
)
_AUTHENTICATOR = string("org.apache.cassandra.auth.PasswordAuthenticator")


def _plays(started: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readexactly(9)
            if head[0] not in {3, 4}:
                writer.write(_response(ERROR, _WRONG_VERSION))
                await writer.drain()
                return
            body = await reader.readexactly(min(int.from_bytes(head[5:9], "big"), 65_536))
            if head[4] == OPTIONS:
                writer.write(_response(SUPPORTED, _SUPPORTED))
            elif head[4] == STARTUP:
                writer.write(started)
            elif head[4] == QUERY:
                writer.write(_response(RESULT, _LOCAL if b"system.local" in body else _KEYSPACES))
            await writer.drain()

    return serve


STAND_INS = (
    StandIn(
        service="cassandra",
        case="open",
        title="a Cassandra without a login",
        port=9042,
        serve=_plays(_response(READY)),
        source=_SOURCE,
    ),
    StandIn(
        service="cassandra",
        case="protected",
        title="a Cassandra that asks for a login",
        port=9042,
        serve=_plays(_response(AUTHENTICATE, _AUTHENTICATOR)),
        source=_SOURCE,
    ),
)
