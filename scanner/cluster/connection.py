"""The one connection to the NATS server: made on our terms, and again whenever it is lost.

NATS tells by its first line, in the clear, whether TLS follows; its client goes on without when that line does not ask
for it. So each connection is judged once more at the last moment before a credential is sent.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from scanner.cluster.server_url import ServerUrl
from scanner.core.address import names_this_machine
from scanner.core.errors import ScannerError, SetupError
from scanner.core.text import clean

if TYPE_CHECKING:
    from nats.aio.client import Client

INSTALL = "needs the extra: pip install 'exposure-scanner[cluster]'"
PING_S = 5
"""How often the server is asked whether it is there, in seconds; two questions without an answer end a connection."""
TIMEOUT_S = 5.0
CONNECT_S = 15.0
"""How long the first connection may take, in seconds."""
_AGAIN_S = 1
_PENDING_BYTES = 8 << 20
_SURPRISES = (AttributeError, TypeError, KeyError, AssertionError)
"""What the client of NATS raises when a first line is JSON of another shape."""


class ServerLost(ScannerError):
    """The server did not answer, or answered no; what was asked may be asked again."""


@contextmanager
def speaking() -> Iterator[None]:
    """Turn whatever the client of NATS raises into ServerLost."""
    from nats.errors import Error

    try:
        yield
    except (Error, OSError, ValueError, KeyError, TypeError) as error:
        raise ServerLost(clean(str(error) or type(error).__name__, 200)) from error


async def end_all(tasks: Sequence["asyncio.Task[None]"]) -> None:
    """Cancel tasks until they have ended.

    Before Python 3.12 asyncio.wait_for, by which the client of NATS waits, forgets a cancellation that meets an answer.
    """
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=_AGAIN_S)


def demand_extra() -> None:
    """Raise SetupError where the client of NATS is not installed."""
    try:
        import nats.aio.client  # noqa: F401
        import nkeys  # noqa: F401
    except ImportError:
        raise SetupError(f"--cluster: {INSTALL}") from None


@asynccontextmanager
async def connect(url: ServerUrl, name: str, lost: asyncio.Event) -> AsyncIterator["Client"]:
    """Connect, and close in the end; `lost` is set when the connection is over for good.

    Raises SetupError when the server can't be reached, refuses us, or is none that may be trusted.
    """
    from nats.errors import Error
    from nkeys import NkeysError

    # asyncio warns on standard error of how the client ends a TLS connection; that is no matter of the user's.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    client = _make_client()
    complaints: list[str] = []

    async def complain(error: Exception) -> None:
        complaints[:] = [clean(str(error) or type(error).__name__, 200)]

    async def closed() -> None:
        lost.set()

    try:
        await _in_time(
            client.connect(
                _servers(url),
                error_cb=complain,
                closed_cb=closed,
                name=name,
                tls=url.tls,
                tls_hostname=url.host if url.tls else None,
                user=url.user,
                password=url.password,
                user_credentials=str(url.credentials) if url.credentials else None,
                nkeys_seed_str=url.seed,
                connect_timeout=int(TIMEOUT_S),
                reconnect_time_wait=_AGAIN_S,
                max_reconnect_attempts=1,
                ping_interval=PING_S,
                max_outstanding_pings=2,
                pending_size=_PENDING_BYTES,
            )
        )
    except (Error, NkeysError, OSError, ValueError, *_SURPRISES) as error:
        await _close(client)
        told = complaints[-1] if complaints else clean(str(error), 200)
        hint = "is the NATS server there, and are the credentials its own?"
        raise SetupError(
            f"{url.shown}: {told}; {hint if url.tls else hint + ' Does it demand TLS (tls://)?'}"
        ) from None
    # Whoever was let in once waits for the server however long it is away.
    client.options["max_reconnect_attempts"] = -1
    try:
        yield client
    finally:
        await _close(client)


async def _in_time(connecting: Coroutine[Any, Any, None]) -> None:
    """Wait for a connection, but not for ever: the client of NATS does not end where certificates do not fit."""
    failed: list[Exception] = []

    async def try_it() -> None:
        try:
            await connecting
        except Exception as error:  # noqa: BLE001 - handed on below
            failed.append(error)

    async with asyncio.TaskGroup() as group:
        task = group.create_task(try_it())
        done, _ = await asyncio.wait({task}, timeout=CONNECT_S)
        if not done:
            await end_all([task])
            failed = [TimeoutError(f"no connection within {CONNECT_S:g} s")]
    if failed:
        raise failed[0]


async def _close(client: "Client") -> None:
    with suppress(Exception):
        async with asyncio.timeout(TIMEOUT_S):
            await client.close()


def _servers(url: ServerUrl) -> list[str]:
    host = f"[{url.host}]" if ":" in url.host else url.host
    return [f"{'tls' if url.tls else 'nats'}://{host}:{url.port}"]


def _make_client() -> "Client":
    from nats.aio.client import Client
    from nats.errors import Error

    class GuardedClient(Client):
        """Sends no credential before the server has been judged, on each connection anew."""

        def _connect_command(self) -> bytes:
            server: Any = self._current_server
            info: Any = self._server_info
            why = distrust(str(server.uri.hostname), info if isinstance(info, dict) else {})
            if why:
                raise Error(why)
            return super()._connect_command()

    return GuardedClient()


def distrust(host: str, info: dict[str, Any]) -> str:
    """Return why a server may not be used, empty when it may: its own words on TLS and on who is let in."""
    if names_this_machine(host):
        return ""
    if not info.get("tls_required"):
        return "the server does not demand TLS, which is demanded off loopback"
    if not (info.get("auth_required") or info.get("tls_verify")):
        return "the server lets anybody in, which is refused off loopback; give it users or client certificates"
    return ""
