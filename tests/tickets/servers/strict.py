"""What the trackers in the tests have in common: a server on loopback that counts, refuses, stumbles and stalls."""

import asyncio
import random
from collections import deque
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Stumble:
    """What the next request that fits goes through."""

    method: str
    path: str
    """A part of the path."""
    how: str
    """rejected, limited, limited-403, broken-after, slow-after, broken-before or cut-after."""
    retry_after: str = "7"


class Strict:
    """One tracker; subclasses add routes, check credentials and keep tickets."""

    tracker = ""
    """The name of the tracker that it plays; one without a name is none."""
    closing: tuple[str, ...] = ()
    """The methods that a closing takes; each of them is made to stumble."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str]] = []
        self.stumbles: deque[Stumble] = deque()
        self.url = ""
        self.app = web.Application(middlewares=[self._all])
        self._released = asyncio.Event()

    def fail(self, words: str, status: int = 400) -> None:
        raise web.HTTPException(text=words) if status == 0 else _Refused(status, words)

    def authorize(self, request: web.Request) -> None:
        raise NotImplementedError

    def count(self, method: str = "", part: str = "") -> int:
        return sum(method in {"", one} and part in path for one, path in self.requests)

    async def __aenter__(self):
        self._runner = web.AppRunner(self.app, shutdown_timeout=0.1)
        await self._runner.setup()
        pick = random.SystemRandom().randint
        host = f"127.{pick(64, 126)}.{pick(1, 254)}.{pick(1, 254)}"
        site = web.TCPSite(self._runner, host, 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_):
        self._released.set()
        await self._runner.cleanup()

    @web.middleware
    async def _all(self, request: web.Request, handler):
        self.requests.append((request.method, request.path))
        stumble = self._stumble(request)
        if stumble is not None and stumble.how.startswith("limited"):
            status = 403 if stumble.how.endswith("403") else 429
            return web.json_response(
                {"message": "slow down"}, status=status, headers={"Retry-After": stumble.retry_after}
            )
        if stumble is not None and stumble.how == "broken-before":
            return web.json_response({"message": "oops"}, status=502)
        if stumble is not None and stumble.how == "rejected":
            return web.json_response({"message": "Validation Failed"}, status=422)
        try:
            self.authorize(request)
            answer = await handler(request)
        except _Refused as refused:
            return web.json_response({"message": refused.words}, status=refused.status)
        if stumble is None:
            return answer
        if stumble.how == "broken-after":
            return web.json_response({"message": "the write went through, this answer did not"}, status=500)
        if stumble.how == "slow-after":
            await self._released.wait()
            return answer
        request.transport.abort()
        return answer

    def _stumble(self, request: web.Request) -> Stumble | None:
        for stumble in self.stumbles:
            if stumble.method == request.method and stumble.path in request.path:
                self.stumbles.remove(stumble)
                return stumble
        return None

    # Strictness.

    def only(self, given, known: set[str], what: str = "field") -> None:
        unknown = set(given) - known
        if unknown:
            self.fail(f"unknown {what}: {sorted(unknown)}", 422)

    def header(self, request: web.Request, name: str, value: str, status: int = 401) -> None:
        if request.headers.get(name) != value:
            self.fail(f"{name} is wrong", status)

    async def json(self, request: web.Request) -> dict:
        if request.content_type != "application/json":
            self.fail("not JSON", 415)
        return await request.json()

    def linked(self, request: web.Request, items: list, page: int, size: int, most: int) -> web.Response:
        """Page by number with a Link header (RFC 8288), as GitHub and GitLab do."""
        if not 1 <= size <= most:
            self.fail("per_page is out of range", 422)
        start = (page - 1) * size
        links = []
        if start + size < len(items):
            links.append(f'<{request.url.update_query(page=page + 1)}>; rel="next"')
        links.append(f'<{request.url.update_query(page=1)}>; rel="first"')
        return web.json_response(items[start : start + size], headers={"Link": ", ".join(links)})


class _Refused(Exception):
    def __init__(self, status: int, words: str) -> None:
        self.status, self.words = status, words


@dataclass
class Seen:
    """A ticket as a person would see it."""

    title: str
    body: str
    state: str
    comments: list[str]
    labels: list[str] = field(default_factory=list)
    severity: str = ""
