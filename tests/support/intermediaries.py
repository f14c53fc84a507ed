"""What stands between a scanner and a web service in the field: proxies that compress, drop, add and repeat."""

import asyncio
import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

import brotli
import zstandard

from scanner.core.errors import TalkError
from scanner.core.talk import HttpAnswer
from scanner.wire.http1 import HttpReader
from tests.support.servers import Serve

Intermediary: TypeAlias = Callable[[HttpAnswer], bytes]
"""What a proxy (RFC 9110 section 3.7) makes of an answer that it passes on."""
TIMES_LONGER = 50


def whole(answer: HttpAnswer, *lines: str, body: bytes | None = None, without: tuple[str, ...] = ()) -> bytes:
    """Return the bytes of an answer, with lines added and headers left out."""
    body = answer.body if body is None else body
    gone = {"content-length", "transfer-encoding", "connection", *without}
    kept = [f"{name}: {value}" for name, value in answer.headers if name not in gone]
    head = "\r\n".join((f"HTTP/1.1 {answer.status} x", *kept, *lines, f"Content-Length: {len(body)}", "", ""))
    return head.encode() + body


def _encoded(compress: Callable[[bytes], bytes], name: str) -> Intermediary:
    def written(answer: HttpAnswer) -> bytes:
        if not answer.body:
            return whole(answer)
        return whole(answer, f"Content-Encoding: {name}", body=compress(answer.body))

    return written


def _longer(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _longer(item) for key, item in value.items()}
    return [_longer(item) for item in value] * TIMES_LONGER if isinstance(value, list) else value


def long_lists(answer: HttpAnswer) -> bytes:
    """Make every list of a JSON answer fifty times as long."""
    try:
        value = json.loads(answer.body)
    except ValueError:
        return whole(answer)
    return whole(answer, body=json.dumps(_longer(value)).encode())


def in_chunks(answer: HttpAnswer) -> bytes:
    """Send chunks beside a wrong length."""
    head, _, body = whole(answer).partition(b"\r\n\r\n")
    chunks = b"".join(
        b"%X;x=y\r\n%s\r\n" % (len(body[at : at + 7]), body[at : at + 7]) for at in range(0, len(body), 7)
    )
    return head + b"\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"


INTERMEDIARIES: Mapping[str, Intermediary] = {
    "gzip": _encoded(gzip.compress, "gzip"),
    "brotli": _encoded(brotli.compress, "br"),
    "zstd": _encoded(zstandard.compress, "zstd"),
    "no-type-no-server": lambda answer: whole(answer, without=("content-type", "server")),
    "early-hints": lambda answer: (
        b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + whole(answer)
    ),
    "120-headers": lambda answer: whole(answer, *(f"X-Filler-{number}: {'y' * 70}" for number in range(120))),
    "odd-headers": lambda answer: whole(
        answer,
        "X-Frame-Options : DENY",
        "P3P CP=IDC",
        "X-Long:",
        f" {'y' * 9_000}",
        f"Content-Length: {len(answer.body)}",
    ),
    "chunks": in_chunks,
    "long-lists": long_lists,
}


PREFIX = "/behind"


def below_prefix(address: str, port: int) -> Serve:
    """Return a proxy that gives a server a place below a prefix, and leads from the front page there."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            request = await _read_request(reader)
            verb, path = request.split(b" ", 2)[:2]
            if path == b"/":
                answer = HttpAnswer(status=302, headers=(("location", f"{PREFIX}/"),))
            elif not path.startswith(f"{PREFIX}/".encode()):
                answer = HttpAnswer(status=404, headers=(("content-type", "text/plain"),), body=b"no such page")
            else:
                request = request.replace(PREFIX.encode(), b"", 1)
                raw, heard = await _ask(address, port, request, to_head=verb == b"HEAD")
                if heard is None or verb == b"HEAD":
                    writer.write(raw)
                    await writer.drain()
                    return
                answer = _moved(heard)
            writer.write(whole(answer))
            await writer.drain()

    return serve


def _moved(answer: HttpAnswer) -> HttpAnswer:
    moved = [
        (name, PREFIX + value if name == "location" and value.startswith("/") else value)
        for name, value in answer.headers
    ]
    return replace(answer, headers=tuple(moved))


async def _read_request(reader: asyncio.StreamReader) -> bytes:
    request = await reader.readuntil(b"\r\n\r\n")
    length = next((int(line[15:]) for line in request.split(b"\r\n") if line.lower().startswith(b"content-l")), 0)
    return request + await reader.readexactly(length)


def proxy(address: str, port: int, through: Intermediary, *, late_s: float = 0.0) -> Serve:
    """Return a proxy in front of a server; answers that have no body, or that are no HTTP, pass as they are.

    Every answer comes `late_s` later than it could.
    """

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            request = await _read_request(reader)
            to_head = request.startswith(b"HEAD ")
            raw, answer = await _ask(address, port, request, to_head=to_head)
            await asyncio.sleep(late_s)
            plain = answer is None or to_head or answer.status in {204, 304}
            writer.write(raw if plain or answer is None else through(answer))
            await writer.drain()
            if plain:
                return

    return serve


def pass_on(
    address: str, port: int, *, asked: dict[str, None] | None = None, instead: Mapping[str, bytes] | None = None
) -> Serve:
    """Return a proxy that notes which paths are asked for, and answers some of them itself."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            request = await _read_request(reader)
            path = request.split(b" ", 2)[1].decode("latin-1")
            if asked is not None:
                asked[path] = None
            own = (instead or {}).get(path)
            to_head = request.startswith(b"HEAD ")
            raw, answer = await _ask(address, port, request, to_head=to_head) if own is None else (own, None)
            plain = answer is None or to_head or answer.status in {204, 304}
            writer.write(raw if plain or answer is None else whole(answer))
            await writer.drain()
            if plain and own is None:
                return

    return serve


async def _ask(address: str, port: int, request: bytes, *, to_head: bool) -> tuple[bytes, HttpAnswer | None]:
    reader, writer = await asyncio.open_connection(address, port)  # noqa: TID251 - a test's proxy
    raw, answer = b"", HttpReader(to_head=to_head)
    try:
        writer.write(request)
        while not answer.done:
            piece = await reader.read(1 << 20)
            raw += piece
            if piece:
                answer.feed(piece)
            else:
                answer.end()
        return raw, answer.answer()
    except TalkError:
        return raw, None
    finally:
        writer.transport.abort()
