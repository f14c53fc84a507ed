"""Plays what stands behind a middlebox: python -m tests.lab.answering ROLE@ADDRESS:PORT...

A role is `gateway` (a proxy's error for every request), `hangup` (closes without a byte), `page` (a web server with a
title of its own), `elsewhere` (redirects to ELSEWHERE whatever is asked), `moved` (a Redis Cluster node that says the
same), or the id of a service whose open stand-in is played.
"""

import asyncio
import contextlib
import ssl
import sys

import trustme

from scanner.standins.standin import Serve
from scanner.standins.start import load
from scanner.standins.web import Page, web

ELSEWHERE = "10.9.66.6"


async def _moved(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.readline():
        writer.write(f"-MOVED 3999 {ELSEWHERE}:6379\r\n".encode())
        await writer.drain()


async def _hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


def role(name: str, address: str) -> Serve:
    if name == "gateway":
        return web({}, otherwise=Page("<h1>ERR_CONNECT_FAIL</h1>", 503, {"Server": "squid/5.7"}))
    if name == "page":
        return web({"/": Page(f"<html><title>Shop {address}</title></html>", 200, {"Content-Type": "text/html"})})
    if name == "elsewhere":
        return web({}, otherwise=Page("", 302, {"Location": f"http://{ELSEWHERE}/", "Refresh": f"0;//{ELSEWHERE}/"}))
    if name in {"hangup", "moved"}:
        return _hang_up if name == "hangup" else _moved
    return next(one.serve for one in load() if one.service == name and one.case == "open" and one.serve)


def _patiently(serve: Serve) -> Serve:
    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await serve(reader, writer)
        writer.close()

    return connection


def context(name: str) -> ssl.SSLContext | None:
    """Return what `secure` speaks, the role of a page over TLS."""
    if name != "secure":
        return None
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("secure.example").configure_cert(made)
    return made


async def main() -> None:
    async with contextlib.AsyncExitStack() as running:
        for text in sys.argv[1:]:
            name, _, place = text.partition("@")
            address, _, port = place.rpartition(":")
            serve = _patiently(role("page" if name == "secure" else name, address))
            server = await asyncio.start_server(serve, address, int(port), backlog=1_024, ssl=context(name))
            running.push_async_callback(server.wait_closed)
        sys.stdout.write("answering\n")
        sys.stdout.flush()
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(main())
