"""Plays peers that hurt a careless scanner: python -m tests.bench.fault_peers ROLE@ADDRESS:PORT...

A role is `length` (a Content-Length of 4 EiB), `digits` (one of 23 digits), `chunk` (a chunk of 16 EiB), `endless`
(an honest page of 30 GB), `deep` (an open Docker API whose /version nests 600 lists), `redis-digits`,
`redis-superscript`, `search-superscript`, `slow-S` (an open Docker API that takes S seconds for each answer),
`starting` (an open Neo4j whose first answer takes 4 s), `mute`, `ssh`, `nginx` (a page, and 400 to any other
protocol), or the id of a service whose open stand-in is played.
"""

import asyncio
import contextlib
import json
import sys

from scanner.standins.standin import Serve
from scanner.standins.start import load
from tests.lab.answering import role

DEPTH = 600
_HUGE = 30_000_000_000
_PIECE = bytes(range(256)) * 256


class Late:
    """A reader that hears every word later: what stands behind it is busy."""

    def __init__(self, reader: asyncio.StreamReader, wait_s: float, *, passes: int = 0) -> None:
        self._reader = reader
        self._wait_s = wait_s
        self._passes = passes

    def __getattr__(self, name: str):
        read = getattr(self._reader, name)

        async def later(*arguments, **more):
            data = await read(*arguments, **more)
            self._passes -= 1
            if data and self._passes < 0:
                await asyncio.sleep(self._wait_s)
            return data

        return later


def _headed(head: str, body: bytes = b"hello") -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(f"HTTP/1.1 200 OK\r\nServer: x\r\n{head}\r\n\r\n".encode() + body)
            await writer.drain()

    return serve


async def _endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: {_HUGE}\r\n\r\n".encode())
    for _ in range(_HUGE // len(_PIECE)):
        writer.write(_PIECE)
        await writer.drain()


async def _ssh(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n")
    await reader.read(4_096)


async def _strict_page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A web server that refuses at the first line whatever is no HTTP, as nginx does."""
    line = await reader.readline()
    asked = line.endswith(b" HTTP/1.1\r\n")
    if asked:
        await reader.readuntil(b"\r\n\r\n")
    status = "404 Not Found" if line.split()[1:2] != [b"/"] else "200 OK"
    status = status if asked else "400 Bad Request"
    body = f"<html><head><title>{status}</title></head></html>".encode()
    head = f"HTTP/1.1 {status}\r\nServer: nginx\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    writer.write(head.encode() + body)
    await writer.drain()


async def _mute(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    while await reader.read(4_096):
        pass


def _redis(info: str) -> Serve:
    body = f"# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\n# Keyspace\r\n{info}\r\n".encode()
    answers = {b"PING": b"+PONG\r\n", b"INFO": b"$%d\r\n%s\r\n" % (len(body), body), b"DBSIZE": b":13\r\n"}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            word = line.strip().upper()
            if word and word[:1] not in b"*$" and not word.isdigit():
                writer.write(answers.get(word.split()[0], b"-ERR unknown command\r\n"))
                await writer.drain()

    return serve


def _json(pages: dict[str, object]) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            path = head.split(b" ")[1].decode("latin-1").partition("?")[0]
            page = pages.get(path)
            text = page if isinstance(page, str) else json.dumps(page if page is not None else {"message": "not found"})
            status = "404 Not Found" if page is None else "200 OK"
            kind = "Content-Type: application/json; charset=UTF-8\r\nX-elastic-product: Elasticsearch"
            writer.write(f"HTTP/1.1 {status}\r\n{kind}\r\nContent-Length: {len(text.encode())}\r\n\r\n{text}".encode())
            await writer.drain()

    return serve


def _deep() -> Serve:
    nested = "[" * DEPTH + "]" * DEPTH
    version = (
        f'{{"Version":"20.10.1","ApiVersion":"1.41","MinAPIVersion":"1.12","Os":"linux","KernelVersion":{nested}}}'
    )
    info = f'{{"ID":"a","Name":{nested},"DockerRootDir":{nested},"ServerVersion":"20","Containers":3,"Images":3}}'
    containers = [{"Id": "1", "Image": "a:1", "Names": ["/a"], "Command": "x", "State": "running", "Mounts": []}]
    images = [{"Id": "sha256:1", "RepoTags": ["a:1"]}]
    return _json(
        {
            "/version": version,
            "/_ping": "OK",
            "/info": info,
            "/containers/json": containers,
            "/images/json": images,
        }
    )


def _search() -> Serve:
    return _json(
        {
            "/": {
                "name": "n",
                "cluster_name": "shop",
                "cluster_uuid": "Zu1Zc4u7T8K0Jb6r6vF7Ew",
                "version": {"number": "8.15.3", "build_flavor": "default", "lucene_version": "9.11.1"},
                "tagline": "You Know, for Search",
            },
            "/_cat/indices": [{"health": "green", "index": "orders", "docs.count": "²"}],
        }
    )


def _open_one(service: str) -> Serve:
    return next(one.serve for one in load() if one.service == service and one.case == "open" and one.serve)


def _late(serve: Serve, wait_s: float, *, passes: int = 0) -> Serve:
    async def slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await serve(Late(reader, wait_s, passes=passes), writer)  # type: ignore[arg-type] # it reads like one

    return slowly


def play(name: str, address: str) -> Serve:
    """Return who answers in a role."""
    if name.startswith("slow-"):
        return _late(_open_one("docker-api"), float(name.removeprefix("slow-")))
    roles = {
        "length": lambda: _headed("Content-Length: 4611686018427387904"),
        "digits": lambda: _headed("Content-Length: 99999999999999999999999"),
        "chunk": lambda: _headed("Transfer-Encoding: chunked", b"FFFFFFFFFFFFFFFF\r\nhello"),
        "endless": lambda: _endless,
        "deep": _deep,
        "redis-digits": lambda: _redis("db0:keys=" + "9" * 5_000),
        "redis-superscript": lambda: _redis("db0:keys=²"),
        "search-superscript": _search,
        # The handshake is answered at once, as Neo4j does while its database starts.
        "starting": lambda: _late(_open_one("neo4j"), 1.4, passes=2),
        "mute": lambda: _mute,
        "ssh": lambda: _ssh,
        "nginx": lambda: _strict_page,
    }
    return roles[name]() if name in roles else role(name, address)


def _guarded(serve: Serve) -> Serve:
    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await serve(reader, writer)
        writer.transport.abort()

    return connection


async def main() -> None:
    running = []
    for text in sys.argv[1:]:
        name, _, place = text.partition("@")
        address, _, port = place.rpartition(":")
        running.append(await asyncio.start_server(_guarded(play(name, address)), address, int(port), backlog=4_096))
    sys.stdout.write("answering\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(main())
