"""Who gets in: a session's cookie, a bearer token, and the rules that hold for every request and answer."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from scanner.core.text import clean
from scanner.serve.frame import login
from scanner.serve.sessions import Sessions, Tries, same
from scanner.serve.users import NOBODY, User

USER = web.RequestKey("user", str)
_OPEN = frozenset({"/style.css", "/login", "/healthz", "/favicon.ico"})
_BODY_S = 10.0
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # With no-referrer browsers would send "Origin: null" with our own forms (Fetch, append a request Origin header).
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Server": "exposure-scanner",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Entrance:
    """What decides over every request."""

    users: dict[str, User]
    """By name; empty for a server on loopback, which has a token."""
    token: str
    """What was printed at the start; empty where there are users."""
    tls: bool
    hosts: frozenset[str]
    """Names that a request's Host may have: another one is a page of a stranger that wants to be us (DNS rebinding)."""
    sessions: Sessions = field(default_factory=Sessions)
    tries: Tries = field(default_factory=Tries)

    @property
    def cookie(self) -> str:
        """The cookie's name: the prefix makes browsers demand TLS and this very host (RFC 6265bis, 4.1.3.2)."""
        return "__Host-exposure" if self.tls else "exposure"

    async def sign_in(self, name: str, secret: str, address: str) -> tuple[str | None, float]:
        """Return the secret of a new session, or None and how long to wait before the next try, in seconds."""
        keys = (f"name {name[:64]}", f"address {address}")
        wait_s = self.tries.wait_s(*keys)
        if wait_s:
            return None, wait_s
        # Counted before it is looked at, so that many tries at once are as many tries.
        self.tries.failed(*keys)
        if not await self._is_right(name, secret):
            return None, self.tries.wait_s(*keys)
        self.tries.succeeded(*keys)
        return self.sessions.begin(name or "operator"), 0.0

    async def _is_right(self, name: str, secret: str) -> bool:
        if self.token:
            return same(secret, self.token)
        user = self.users.get(name, NOBODY)
        known = await asyncio.to_thread(user.knows, secret)
        return known and user is not NOBODY

    def who(self, request: web.Request) -> str | None:
        """Return who asks, None for a stranger."""
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self.token and same(given.strip(), self.token):
            return "token"
        return self.sessions.who(request.cookies.get(self.cookie, ""))

    def guarded(self) -> Callable[..., Awaitable[web.StreamResponse]]:
        """Return the middleware."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                response = await self._answer(request, handler)
            except web.HTTPException as error:
                if not request.path.startswith("/api/"):
                    error.headers.update(self._headers())
                    raise
                told = (error.text or error.reason).strip().removeprefix(f"{error.status}: ")
                response = web.json_response({"error": told}, status=error.status)
            response.headers.update(self._headers())
            return response

        return guard

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self.hosts and _name_of(request.host) not in self.hosts:
            # Whoever comes by another name is a stranger, whatever secret is sent along.
            if request.method in {"GET", "HEAD"}:
                return self._stranger(request)
            raise web.HTTPMisdirectedRequest(text="this server has another name\n")
        if request.method not in {"GET", "HEAD"} and not _is_own(request):
            raise web.HTTPForbidden(text="a form of another site\n")
        user = self.who(request)
        if user is not None:
            request[USER] = user
        elif request.path not in _OPEN:
            return self._stranger(request)
        try:
            async with asyncio.timeout(_BODY_S):
                return await handler(request)
        except TimeoutError:
            raise web.HTTPRequestTimeout(text="too slow\n") from None

    def _stranger(self, request: web.Request) -> web.Response:
        head = {"WWW-Authenticate": 'Bearer realm="exposure-scanner"'}
        if request.path.startswith(("/api/", "/metrics")):
            return web.json_response({"error": "sign in, or send a bearer token"}, status=401, headers=head)
        if request.match_info.http_exception is not None:
            # A page for whatever is asked would look like a catch-all, not like a product that wants a sign-in.
            return web.Response(text="sign in\n", status=401, headers=head)
        text = login(token=bool(self.token))
        return web.Response(text=text, content_type="text/html", status=401, headers=head)

    def _headers(self) -> dict[str, str]:
        more = {"Strict-Transport-Security": "max-age=31536000"} if self.tls else {}
        return _HEADERS | more


def _is_own(request: web.Request) -> bool:
    """Tell whether a form was sent by a page of this server (Origin, and Fetch Metadata where a browser has it)."""
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin")
    # Compared as text: what stands there may be no URL at all.
    own = origin is not None and origin.partition("://")[2] == request.host
    return own and site in {"same-origin", "none"}


def _name_of(host: str) -> str:
    name = clean(host, 300).lower()
    bare = name.rpartition(":")[0] if not name.endswith("]") and ":" in name else name
    return bare.strip("[]")
