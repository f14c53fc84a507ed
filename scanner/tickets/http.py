"""The one HTTP client that speaks to trackers: bounded in time and bytes, patient where it is told to be.

A read is tried again whatever went wrong. A write is tried again only when the tracker says that it did not do it
(429, or GitHub's 403 with a reset time); when nobody can know whether it was done - a timeout, a broken connection, a
5xx - the caller gets Doubtful and looks first.
"""

import asyncio
import ipaddress
import json
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from scanner.core.errors import SetupError, UsageError
from scanner.core.jsontext import Json
from scanner.core.text import clean
from scanner.net.clock import Clock
from scanner.tickets.answer import Answer, Doubtful, TrackerError, asked_wait_s, checked, origin

if TYPE_CHECKING:
    import aiohttp

LIMIT_BYTES = 32 << 20
"""Longest answer that is read, in bytes: a page of a hundred issues of 64 KiB each is 6.4 MB."""
MOST_WAIT_S = 900.0
"""Longest pause that a tracker may ask for, in seconds; beyond it the run ends and says when to come back."""

_READ_TRIES = 5
_LIMITED_TRIES = 10
_MOST_HOPS = 3
_FIRST_PAUSE_S = 1.0
_MOST_PAUSE_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WebLimits:
    """How the client behaves."""

    timeout_s: float = 30.0
    trust_env: bool = False
    """Whether HTTPS_PROXY and .netrc count."""
    allow_plain_http: bool = False
    ca_file: str = ""


class Web:
    """A client for one origin; use it as an asynchronous context."""

    def __init__(
        self, url: str, headers: Mapping[str, str], limits: WebLimits | None = None, clock: Clock | None = None
    ) -> None:
        limits = limits or WebLimits()
        split = urlsplit(url)
        if split.username or split.password:
            raise UsageError(f"the url of {clean(split.hostname or 'the tracker')} holds credentials: take them out")
        if split.scheme not in {"http", "https"} or not split.hostname:
            raise UsageError(f"'{clean(url)}' is not the url of a tracker: say https://host/path")
        if split.scheme == "http" and not _is_loopback(split.hostname) and not limits.allow_plain_http:
            raise UsageError(
                f"'{clean(url)}' would send the credentials in clear text: "
                "use https, or set allow_plain_http in [limits]"
            )
        self.url = url.rstrip("/")
        self._origin = origin(split)
        self._headers = dict(headers)
        self._limits = limits
        self._clock = clock or Clock()
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "Web":
        import aiohttp

        connector = aiohttp.TCPConnector(limit=16, ssl=_tls(self._limits.ca_file))
        self._session = aiohttp.ClientSession(
            connector=connector,
            trust_env=self._limits.trust_env,
            timeout=aiohttp.ClientTimeout(total=self._limits.timeout_s),
            headers={"User-Agent": "exposure-scanner", **self._headers},
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session:
            await self._session.close()

    async def read(self, path: str, params: Mapping[str, str] | None = None) -> Answer:
        """GET a path, patiently; raises TrackerError, Denied or Rejected."""
        return await self._patiently(lambda: self._follow(path, params))

    async def _patiently(self, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        pause_s = _FIRST_PAUSE_S
        for _ in range(_READ_TRIES - 1):
            try:
                return await ask()
            except Doubtful:
                await self._clock.sleep(pause_s)
                pause_s = min(pause_s * 2, _MOST_PAUSE_S)
        try:
            return await ask()
        except Doubtful as error:
            raise TrackerError(f"{error}; tried {_READ_TRIES} times, run again later") from error

    async def query(self, path: str, body: Json) -> Answer:
        """POST something that only reads, such as a search, patiently; raises TrackerError, Denied or Rejected."""
        return await self._patiently(lambda: self.write("POST", path, body))

    async def write(
        self,
        method: str,
        path: str,
        body: Json = None,
        *,
        form: "aiohttp.FormData | None" = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a change once.

        Raises Doubtful when nobody knows whether it was done; else Rejected, Denied or TrackerError.
        """
        if form is None and data is None:
            data = json.dumps(body, ensure_ascii=True, separators=(",", ":")).encode()
            headers = {"Content-Type": "application/json", **(headers or {})}
        answer = await self._patient(method, path, None, form if form is not None else data, headers)
        if 300 <= answer.status < 400:
            raise TrackerError(f"{answer.url} has moved: put its new address into the configuration")
        return answer

    async def _follow(self, path: str, params: Mapping[str, str] | None) -> Answer:
        answer = await self._patient("GET", path, params, None, None)
        for _ in range(_MOST_HOPS):
            if not 300 <= answer.status < 400:
                return answer
            target = urlsplit(urljoin(answer.url, answer.headers.get("location", "")))
            if origin(target) != self._origin:
                raise TrackerError(f"{answer.url} redirects to another host, where no credentials go: check the url")
            answer = await self._patient("GET", f"{target.path}?{target.query}", None, None, None)
        raise TrackerError(f"{answer.url} redirects in circles")

    async def _patient(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        data: "aiohttp.FormData | bytes | None",
        headers: Mapping[str, str] | None,
    ) -> Answer:
        for attempt in range(_LIMITED_TRIES):
            answer = await self._once(method, path, params, data, headers)
            wait_s = asked_wait_s(answer, self._clock.utc(), attempt)
            if wait_s is None:
                return checked(answer)
            if wait_s > MOST_WAIT_S:
                raise TrackerError(f"{answer.url} asks to wait {wait_s:.0f} s: run again then, nothing is lost")
            await self._clock.sleep(wait_s)
        raise TrackerError(f"{self.url} refused {_LIMITED_TRIES} times in a row for its rate limit: run again later")

    async def _once(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        data: "aiohttp.FormData | bytes | None",
        headers: Mapping[str, str] | None,
    ) -> Answer:
        import aiohttp

        if self._session is None:
            raise RuntimeError("use the client as an asynchronous context")
        address = urljoin(self.url, path) if path.startswith("/") else f"{self.url}/{path}" if path else self.url
        try:
            async with self._session.request(
                method, address, params=params, data=data, headers=headers, allow_redirects=False
            ) as response:
                body = await _body(response.content, address)
                names = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status, names, body, str(response.url.with_query(None)))
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
            raise TrackerError(f"{clean(address)} is not an address that can be asked: check the url") from None
        except aiohttp.ClientConnectorCertificateError as error:
            raise TrackerError(f"{self.url}: its certificate is not trusted; set ca_file in [limits]") from error
        except TimeoutError:
            raise Doubtful(f"{self.url} did not answer within {self._limits.timeout_s:g} s") from None
        except (aiohttp.ClientError, OSError) as error:
            # aiohttp says `ssl:default` of plain HTTP too.
            cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
            raise Doubtful(f"{self.url} can't be reached: {clean(str(cause), 200)}") from None


async def _body(content: "aiohttp.StreamReader", address: str) -> bytes:
    body = bytearray()
    async for chunk in content.iter_chunked(1 << 16):
        body += chunk
        if len(body) > LIMIT_BYTES:
            raise TrackerError(f"{clean(address)} answered with more than {LIMIT_BYTES >> 20} MiB")
    return bytes(body)


def _tls(ca_file: str) -> ssl.SSLContext | bool:
    if not ca_file:
        return True
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise SetupError(f"the ca_file '{ca_file}' can't be used: {error.strerror or error}") from error


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def pause(clock: Clock, seconds: float) -> None:
    """Wait on the clock that was passed in, when there is something to wait for."""
    if seconds > 0:
        await clock.sleep(seconds)
    else:
        await asyncio.sleep(0)
