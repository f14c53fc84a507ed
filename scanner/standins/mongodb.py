"""MongoDB, open and with access control; the answers follow mongodb.com/docs/manual/reference/mongodb-wire-protocol."""

import asyncio
import struct

from scanner.standins.standin import Serve, StandIn
from scanner.wire.bson import encode

_SOURCE = "https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/"
_OP_REPLY, _OP_MSG = 1, 2013
_LONGEST = 48_000


def _array(name: str, items: list[bytes]) -> bytes:
    """Return an array element of documents."""
    body = b"".join(b"\x03" + str(number).encode() + b"\0" + item for number, item in enumerate(items))
    return b"\x04" + name.encode() + b"\0" + struct.pack("<i", len(body) + 5) + body + b"\0"


def _with(document: bytes, element: bytes) -> bytes:
    """Return a document with one more element."""
    return struct.pack("<i", len(document) + len(element)) + document[4:-1] + element + b"\0"


_HELLO = encode(
    {
        "ismaster": True,
        "maxBsonObjectSize": 16_777_216,
        "maxMessageSizeBytes": 48_000_000,
        "maxWireVersion": 21,
        "ok": 1,
    }
)
_BUILD = encode({"version": "7.0.14", "gitVersion": "ce59cfc6a3c5e5c067dca0d30697edd68d4f5188", "ok": 1})
_LIST = _with(encode({"ok": 1}), _array("databases", [encode({"name": name}) for name in ("admin", "config", "shop")]))
_REFUSAL = encode(
    {"ok": 0, "errmsg": "Command listDatabases requires authentication", "code": 13, "codeName": "Unauthorized"}
)


def _plays(listing: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            length, number, _, kind = struct.unpack("<iiii", await reader.readexactly(16))
            if not 16 <= length <= _LONGEST:
                return
            body = await reader.readexactly(length - 16)
            document = listing if b"listDatabases" in body else _BUILD if b"buildInfo" in body else _HELLO
            if kind == _OP_MSG:
                answer, kind = struct.pack("<i", 0) + b"\0" + document, _OP_MSG
            else:
                answer, kind = struct.pack("<iqii", 8, 0, 0, 1) + document, _OP_REPLY
            writer.write(struct.pack("<iiii", 16 + len(answer), number + 100, number, kind) + answer)
            await writer.drain()

    return serve


STAND_INS = (
    StandIn(
        service="mongodb",
        case="open",
        title="a MongoDB without access control",
        port=27017,
        serve=_plays(_LIST),
        source=_SOURCE,
        demo=True,
    ),
    StandIn(
        service="mongodb",
        case="protected",
        title="a MongoDB with access control",
        port=27017,
        serve=_plays(_REFUSAL),
        source=_SOURCE,
    ),
)
