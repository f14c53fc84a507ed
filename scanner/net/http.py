"""HTTP/1.1 through aiohttp, with our own limits around it: core.talk.HttpTalk for real.

aiohttp is given no cookies, no proxies from the environment, no redirects, no decompression and no resolver: the
connection goes to the endpoint's address literally, and the scope is checked as it is opened.
"""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scanner import __version__
from scanner.core.audit import Audit
from scanner.core.endpoint import Endpoint
from scanner.core.errors import ClientCertificateWanted, ClosedEarly, Malformed, Reset, TalkError, TimedOut, TlsFailed
from scanner.core.scope import Scope
from scanner.core.sends import Verb
from scanner.core.talk import HttpAnswer, TlsFacts
from scanner.net.budget import Budget
from scanner.net.classify import classify
from scanner.net.dial import open_socket
from scanner.net.http_parts import literal_resolver, observing_response
from scanner.net.mutual_tls import wants_client_certificate
from scanner.net.tls import observe, observing_context

if TYPE_CHECKING:
    import aiohttp

USER_AGENT = f"exposure-scanner/{__version__} (read-only security audit of this network)"
BODY_BYTES = 256 * 1024
"""Most of a body that is read."""
_HEADER_BYTES = 8_190
_IDLE_S = 4.0
_TLS_S = 2.5
"""Patience for the first answer over TLS, so that there is time left to try without."""
# What servers answer to plain HTTP on a TLS port: Go, nginx, Apache, Jetty, HAProxy.
_WANTS_TLS = (
    b"HTTP request to an HTTPS server",
    b"plain HTTP request was sent to HTTPS port",
    b"speaking plain HTTP to an SSL-enabled server port",
    b"This combination of host and port requires TLS",
)
_PEER = "peer.invalid"


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked; equal requests share one answer."""

    verb: Verb
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    host: str | None = None
    """Replaces the Host header."""
    body: bytes = b""


@dataclass(slots=True)
class HttpExchanges:
    """All requests to one endpoint: one aiohttp session, one answer for each different request."""

    endpoint: Endpoint
    scope: Scope
    budget: Budget
    use_tls: bool = False
    """What to try first; settled by the first answer."""
    tls: TlsFacts | None = None
    requests_sent: int = 0
    audit: Audit | None = None
    asker: str = "identify"
    """Id of the probe that asks now, for the audit."""
    _settled: bool = False
    _failure: TalkError | None = None
    _answers: dict[Request, HttpAnswer] = field(default_factory=dict, repr=False)
    _session: "aiohttp.ClientSession | None" = field(default=None, repr=False)

    @property
    def scheme(self) -> str:
        """What the last answer came over."""
        return "https" if self.use_tls else "http"

    @property
    def answers(self) -> Mapping[Request, HttpAnswer]:
        """Everything that was asked and answered."""
        return self._answers

    async def fetch(self, request: Request) -> HttpAnswer:
        """Return the answer to a request, asked over the wire only once.

        Raises the same TalkError for every later request once the endpoint has proven not to speak HTTP.
        """
        if self._failure is not None:
            raise self._failure
        if request not in self._answers:
            self._answers[request] = await (self._send(request) if self._settled else self._first(request))
        return self._answers[request]

    async def again(self, request: Request) -> HttpAnswer:
        """Return a second answer to a request that was answered before, asked anew."""
        return await self._send(request)

    def begin_with(self, answer: HttpAnswer, *, use_tls: bool, tls: TlsFacts | None) -> None:
        """Take over the answer to `GET /` (below the base path) that was heard elsewhere: it is not asked again."""
        self._answers[Request(Verb.GET, f"{self.endpoint.base_path}/")] = answer
        self.use_tls = use_tls
        self.tls = self.tls or tls
        self._settled = True
        self._failure = None

    async def close(self) -> None:
        """Drop all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _first(self, request: Request) -> HttpAnswer:
        """Send the first request; it also finds out whether the endpoint wants TLS."""
        try:
            answer = await self._either_way(request)
        except TalkError as error:
            self._failure = error
            raise
        self._settled = True
        return answer

    async def _either_way(self, request: Request) -> HttpAnswer:
        try:
            answer = await self._send(request)
            if self.use_tls or not asks_for_tls(answer):
                return answer
            reason: TalkError = Malformed("the peer wants TLS")
        except ClientCertificateWanted:
            raise
        except (Malformed, ClosedEarly, Reset, TlsFailed, TimedOut) as error:
            await self._demand_no_certificate(error)
            if isinstance(error, TimedOut) and not self.use_tls:
                # Who wants TLS says so or closes; silence after a plain question is plain silence.
                raise
            reason = error
        self.use_tls = not self.use_tls
        try:
            return await self._send(request)
        except ClientCertificateWanted:
            raise
        except TalkError as error:
            await self._demand_no_certificate(error)
            self.use_tls = not self.use_tls
            raise reason from None

    async def _demand_no_certificate(self, error: TalkError) -> None:
        """Raise ClientCertificateWanted if that is what an abrupt end over TLS stands for."""
        abrupt = self.use_tls and isinstance(error, Reset | ClosedEarly)
        if abrupt and await wants_client_certificate(self.endpoint, self.scope, self.budget, self.audit):
            raise ClientCertificateWanted("the peer demands a client certificate") from None

    async def _send(self, request: Request) -> HttpAnswer:
        import aiohttp
        from yarl import URL

        if self._session is None:
            self._session = self._open_session()
        self.requests_sent += 1
        try:
            async with (
                asyncio.timeout(min(_TLS_S if self.use_tls and not self._settled else _IDLE_S, self.budget.left_s())),
                self._session.request(
                    request.verb.value,
                    URL(f"{self.scheme}://{_PEER}:{self.endpoint.port}{request.path}", encoded=True),
                    headers={"Host": request.host or host_header(self.endpoint), **dict(request.headers)},
                    data=request.body or None,
                    allow_redirects=False,
                    server_hostname=(self.endpoint.host or str(self.endpoint.address)) if self.use_tls else None,
                ) as response,
            ):
                return await self._read(response)
        except (aiohttp.ClientError, OSError, ssl.SSLError, ValueError) as error:
            raise _classify_http(error) from None

    async def _read(self, response: "aiohttp.ClientResponse") -> HttpAnswer:
        session = getattr(response, "tls_session", None)
        if self.tls is None and session is not None:
            self.tls = observe(session)
        body, truncated = await self._read_body(response)
        headers = tuple((name.lower(), value) for name, value in response.headers.items())
        return HttpAnswer(status=response.status, headers=headers, body=body, truncated=truncated)

    async def _read_body(self, response: "aiohttp.ClientResponse") -> tuple[bytes, bool]:
        body = bytearray()
        async for piece in response.content.iter_any():
            self.budget.spend(len(piece))
            body += piece
            if len(body) > BODY_BYTES:
                response.close()
                return bytes(body[:BODY_BYTES]), True
        return bytes(body), False

    def _open_session(self) -> "aiohttp.ClientSession":
        import aiohttp

        connector = aiohttp.TCPConnector(
            resolver=literal_resolver()(self.endpoint, self.scope),
            use_dns_cache=False,
            ssl=observing_context(http=True),
            limit=2,
            force_close=False,
            happy_eyeballs_delay=None,
            socket_factory=lambda _: open_socket(self.endpoint.address, socket.SOCK_STREAM, self.audit, self.asker),
        )
        return aiohttp.ClientSession(
            connector=connector,
            response_class=observing_response(),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            headers={"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"},
            skip_auto_headers=("Content-Type",),
            timeout=aiohttp.ClientTimeout(total=None),
            max_line_size=_HEADER_BYTES,
            max_field_size=_HEADER_BYTES,
        )


def host_header(endpoint: Endpoint) -> str:
    """Return the Host header for an endpoint: its name if it has one, else its address without a zone."""
    address = endpoint.address
    literal = f"[{str(address).partition('%')[0]}]" if address.version == 6 else str(address)
    return f"{endpoint.host or literal}:{endpoint.port}"


def _classify_http(error: Exception) -> TalkError:
    import aiohttp

    if isinstance(error, aiohttp.ClientConnectorError):
        return classify(error.os_error)
    if isinstance(error, ssl.SSLError | TalkError | TimeoutError):
        return classify(error)
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientPayloadError):
        return ClosedEarly("closed before the answer was complete")
    if isinstance(error, aiohttp.ClientOSError):
        return classify(error.__cause__ if isinstance(error.__cause__, ssl.SSLError) else error)
    if isinstance(error, OSError):
        return classify(error)
    return Malformed("the answer is not HTTP")


def asks_for_tls(answer: HttpAnswer) -> bool:
    """Tell whether a plain answer says that the port speaks TLS."""
    return answer.status == 400 and any(words in answer.body for words in _WANTS_TLS)
