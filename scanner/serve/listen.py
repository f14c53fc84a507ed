"""Listens, and lets nobody hold a place without asking: few connections, and a first request in time."""

import asyncio
import logging
import ssl
import sys
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from scanner.core.errors import SetupError
from scanner.core.text import clean
from scanner.serve.entrance import Handler

_MOST_CONNECTIONS = 256
_FIRST_REQUEST_S = 10.0
_KEEP_ALIVE_S = 15.0


class _Lines(logging.Handler):
    """Writes a fault of this server in one line; a request that is none is a stranger's fault, and fills no log."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write what failed, if it was here."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError | ConnectionError):
            return
        what = record.getMessage() if error is None else f"{type(error).__name__}: {error}"
        sys.stderr.write(f"exposure: a request could not be answered: {clean(what, 500)}\n")


def _faults() -> logging.Logger:
    logger = logging.getLogger("exposure.serve")
    logger.handlers, logger.propagate = [_Lines()], False
    return logger


@asynccontextmanager
async def listening(
    app: web.Application, address: str, port: int, context: ssl.SSLContext | None
) -> AsyncIterator[tuple[str, int]]:
    """Serve until the block ends; yields address and port. Raises SetupError where nobody can listen."""
    spoke: weakref.WeakSet[asyncio.Transport] = weakref.WeakSet()

    @web.middleware
    async def noted(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.transport is not None:
            spoke.add(request.transport)
        return await handler(request)

    app.middlewares.insert(0, noted)
    runner = web.AppRunner(
        app, access_log=None, logger=_faults(), keepalive_timeout=_KEEP_ALIVE_S, handle_signals=False
    )
    await runner.setup()
    server = runner.server
    if server is None:
        raise SetupError("the server was not made")
    loop = asyncio.get_running_loop()

    def protocol() -> asyncio.Protocol:
        made: asyncio.Protocol = server()
        # Whoever connects and says nothing, or one byte a minute, gives the place up.
        patience_s = 0.0 if len(server.connections) >= _MOST_CONNECTIONS else _FIRST_REQUEST_S
        loop.call_later(patience_s, _close_mute, made)
        return made

    def _close_mute(made: asyncio.Protocol) -> None:
        transport = getattr(made, "transport", None)
        if transport is not None and transport not in spoke:
            transport.abort()

    try:
        listener = await loop.create_server(protocol, address, port, ssl=context)
    except OSError as error:
        await runner.cleanup()
        raise SetupError(f"{address}:{port} can't be listened on: {error.strerror or error}; choose another") from error
    try:
        name = listener.sockets[0].getsockname()
        yield name[0], name[1]
    finally:
        listener.close()
        await runner.cleanup()
