"""Kafka brokers with and without a login; the frames follow kafka.apache.org/protocol."""

import asyncio
import struct

from scanner.standins.standin import Serve, StandIn

_SOURCE = "https://kafka.apache.org/protocol"
_API_VERSIONS, _METADATA = 18, 3
_VERSIONS = {0: 11, 1: 17, 2: 9, _METADATA: 12, 8: 9, 17: 1, _API_VERSIONS: 4, 19: 7, 20: 6}
_MOST_BYTES = 4_096
_ALL_OPERATIONS = 0b1111_1111_1000


def _text(value: str | None) -> bytes:
    return b"\xff\xff" if value is None else struct.pack(">h", len(value)) + value.encode()


def _versions() -> bytes:
    return struct.pack(">hi", 0, len(_VERSIONS)) + b"".join(
        struct.pack(">hhh", key, 0, high) for key, high in _VERSIONS.items()
    )


def _topic(name: str) -> bytes:
    partition = struct.pack(">hiii", 0, 0, 1, 0) + struct.pack(">ii", 1, 1) * 2 + struct.pack(">i", 0)
    return struct.pack(">h", 0) + _text(name) + b"\x00" + struct.pack(">i", 1) + partition + _operations()


def _operations() -> bytes:
    return struct.pack(">i", _ALL_OPERATIONS)


def _metadata() -> bytes:
    broker = struct.pack(">ii", 1, 1) + _text("broker-1.example") + struct.pack(">i", 9092) + _text(None)
    topics = [_topic(name) for name in ("orders", "payments")]
    head = struct.pack(">i", 0) + broker + _text("cluster") + struct.pack(">ii", 1, len(topics))
    return head + b"".join(topics) + _operations()


def _plays(*, wants_login: bool) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            length = int.from_bytes(await reader.readexactly(4))
            if not 8 <= length <= _MOST_BYTES:
                return
            key, _, correlation = struct.unpack(">hhi", (await reader.readexactly(length))[:8])
            if key == _API_VERSIONS:
                body = _versions()
            elif key == _METADATA and not wants_login:
                body = _metadata()
            else:
                return
            writer.write(struct.pack(">ii", len(body) + 4, correlation) + body)
            await writer.drain()

    return serve


STAND_INS = (
    StandIn(
        service="kafka",
        case="open",
        title="a Kafka broker without a login",
        port=9092,
        serve=_plays(wants_login=False),
        source=_SOURCE,
    ),
    StandIn(
        service="kafka",
        case="protected",
        title="a Kafka broker that wants a login",
        port=9092,
        serve=_plays(wants_login=True),
        source=_SOURCE,
    ),
)
