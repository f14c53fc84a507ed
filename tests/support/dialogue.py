"""Plays a mood (scanner.core.mood): a server that says what the service's own file says that it says."""

import asyncio

from scanner.core.mood import Mood
from scanner.core.talk import HttpAnswer
from tests.support.servers import Serve
from tests.support.talks import page


def play(mood: Mood) -> Serve:
    """Return the server of a mood: pages over HTTP, or answers by how a question begins."""
    return _web(mood) if mood.pages else _stream(mood)


def _stream(mood: Mood) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(mood.says.get(b"", b""))
        over = mood.hangs_up and b"" in mood.says
        while not over and (data := await reader.read(65_536)):
            known = True
            while data and known:
                known, reply, data = _answer(mood, data)
                writer.write(reply)
            over = mood.hangs_up or not known
        await writer.drain()
        writer.close()

    return serve


def _answer(mood: Mood, data: bytes) -> tuple[bool, bytes, bytes]:
    """Return whether there is an answer, what it is, and what else came: several lines are several questions."""
    start = max((key for key in mood.says if key and data.startswith(key)), key=len, default=b"")
    line = data.find(b"\n", max(len(start) - 1, 0))
    rest = data[line + 1 :] if line >= 0 and data.isascii() else b""
    return bool(start or mood.otherwise), mood.says[start] if start else mood.otherwise, rest


def _web(mood: Mood) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                return
            lengths = [line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            await reader.readexactly(int(lengths[0]) if lengths else 0)
            path = head.split(b" ", 2)[1].decode()
            answer = mood.pages.get(path) or mood.pages.get(path.partition("?")[0]) or mood.pages.get("*")
            writer.write(_written(answer or page("404 page not found", 404)))
            await writer.drain()

    return serve


def _written(answer: HttpAnswer) -> bytes:
    names = "".join(f"{name}: {value}\r\n" for name, value in answer.headers)
    head = f"HTTP/1.1 {answer.status} x\r\n{names}Content-Length: {len(answer.body)}\r\n\r\n"
    return head.encode() + answer.body
