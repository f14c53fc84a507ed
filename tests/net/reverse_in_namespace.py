"""Run inside a namespace of its own: a name server on loopback that says what it likes, and the system's resolver.

Prints what ReverseNames makes of it as JSON: address -> name.
"""

import asyncio
import json
import socket
import struct
import threading
from ipaddress import ip_address

from scanner.net.clock import Clock
from scanner.net.reverse import ReverseNames

# The last octet of the address decides: labels as they stand in the answer, or None for no such name.
ANSWERS = {
    1: (b"build", b"Example", b"org"),
    2: (b"\x1b]0;owned\x07", b"example"),
    3: (b"<script>alert(1)</script>", b"example"),
    4: (b"10", b"0", b"0", b"9"),
    5: (b"\xff\xfe\x80", b"example"),
    6: (b"a b", b"example"),
    7: None,
    8: (b"x" * 63,) * 3,
}
PTR, IN = 12, 1


def name(labels: tuple[bytes, ...]) -> bytes:
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def answer(query: bytes) -> bytes:
    """Return a response (RFC 1035 section 4.1) to one PTR question."""
    question = query[12 : query.index(b"\0", 12) + 5]
    labels = ANSWERS[int(question[1 : 1 + question[0]])]
    flags, count = (0x8180, 1) if labels else (0x8183, 0)
    head = query[:2] + struct.pack("!HHHHH", flags, 1, count, 0, 0)
    record = b"" if labels is None else b"\xc0\x0c" + struct.pack("!HHIH", PTR, IN, 60, len(name(labels)))
    return head + question + record + (name(labels) if labels else b"")


def serve(sock: socket.socket) -> None:
    while True:
        query, sender = sock.recvfrom(4_096)
        sock.sendto(answer(query), sender)


async def main() -> None:
    names = ReverseNames()
    for octet in ANSWERS:
        names.want(ip_address(f"10.0.0.{octet}"))
    found = await names.settle(Clock(), patience_s=20.0)
    print(json.dumps({str(address): text for address, text in found.items()}))  # noqa: T201 - the parent reads it


if __name__ == "__main__":
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind(("127.0.0.1", 53))
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
    asyncio.run(main())
