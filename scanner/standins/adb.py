"""Android devices; the answers follow adb's own protocol.txt."""

import asyncio

from scanner.standins.standin import Serve, StandIn

_SOURCE = "https://android.googlesource.com/platform/packages/modules/adb/+/main/protocol.txt"
_BANNER = b"device::ro.product.name=tv;ro.product.model=TV Box;ro.product.device=tv;features=cmd,shell_v2"


def _message(command: bytes, first: int, data: bytes) -> bytes:
    numbers = (first, 4_096, len(data), sum(data))
    head = command + b"".join(number.to_bytes(4, "little") for number in numbers)
    return head + bytes(byte ^ 0xFF for byte in command) + data


def _device(answer: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readexactly(24)
        if head[:4] != b"CNXN":
            return
        await reader.readexactly(min(int.from_bytes(head[12:16], "little"), 4_096))
        writer.write(answer)
        await writer.drain()
        await reader.read()

    return serve


STAND_INS = (
    StandIn(
        service="adb",
        case="open",
        title="a TV box whose debugger asks for no key",
        port=5555,
        serve=_device(_message(b"CNXN", 0x01000000, _BANNER)),
        source=_SOURCE,
    ),
    StandIn(
        service="adb",
        case="protected",
        title="a telephone that asks for a key",
        port=5555,
        serve=_device(_message(b"AUTH", 1, bytes(range(20)))),
        source=_SOURCE,
    ),
)
