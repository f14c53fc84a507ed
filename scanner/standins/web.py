"""A small HTTP/1.1 server that answers from a mapping of path to page."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from scanner.core.jsontext import Json
from scanner.standins.standin import Serve

_MOST_HEAD_BYTES = 16_384
_TLS_RECORD = b"\x16"
_BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
"""What web servers say to a TLS handshake on a plain port."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer."""

    body: str | bytes = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def json_page(value: Json, status: int = 200, headers: Mapping[str, str] | None = None) -> Page:
    """Return a page that holds a JSON value, compact as most servers write it."""
    return Page(
        json.dumps(value, separators=(",", ":")), status, {"Content-Type": "application/json", **(headers or {})}
    )


NOT_FOUND = Page("404 page not found\n", 404, {"Content-Type": "text/plain; charset=utf-8"})


def web(pages: Mapping[str, Page], *, otherwise: Page = NOT_FOUND, headers: Mapping[str, str] | None = None) -> Serve:
    """Return the server's part of a connection: pages by path with query first, then by path alone.

    A key may start with a verb (`POST /v3/kv/range`); without one it answers GET and HEAD. `headers` go on each
    answer.
    """

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            first = await reader.readexactly(1)
            if first == _TLS_RECORD:
                writer.write(_BAD_REQUEST)
                await writer.drain()
                return
            try:
                head = first + await reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                return
            verb, _, rest = head[:_MOST_HEAD_BYTES].decode("latin-1").partition(" ")
            path = rest.partition(" ")[0]
            await reader.readexactly(_body_length(head))
            page = _pick(pages, verb, path) or otherwise
            writer.write(_encode(page, headers or {}, with_body=verb != "HEAD"))
            await writer.drain()

    return serve


def _pick(pages: Mapping[str, Page], verb: str, path: str) -> Page | None:
    bare = path.partition("?")[0]
    keys = [f"{verb} {path}", f"{verb} {bare}"]
    if verb in {"GET", "HEAD"}:
        keys += [path, bare]
    return next((pages[key] for key in keys if key in pages), None)


def _body_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            return min(int(value), _MOST_HEAD_BYTES)
    return 0


def _encode(page: Page, headers: Mapping[str, str], *, with_body: bool) -> bytes:
    body = page.body.encode() if isinstance(page.body, str) else page.body
    lines = {"Content-Length": str(len(body)), **headers, **page.headers}
    head = f"HTTP/1.1 {page.status} Stand-In\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return head.encode("latin-1") + b"\r\n" + (body if with_body else b"")
