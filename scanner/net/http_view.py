"""One probe's window on the HTTP exchanges of an endpoint: core.talk.HttpTalk, behind the allow-list."""

from dataclasses import dataclass

from scanner.core.endpoint import Endpoint
from scanner.core.sends import Verb
from scanner.core.talk import HttpAnswer, TlsFacts
from scanner.net.guard import Guard
from scanner.net.http import HttpExchanges, Request


@dataclass(slots=True)
class HttpView:
    """One probe's window on the exchanges of an endpoint: what it asks must be on its own allow-list."""

    exchanges: HttpExchanges
    guard: Guard

    @property
    def endpoint(self) -> Endpoint:
        """Where the requests go."""
        return self.exchanges.endpoint

    @property
    def tls(self) -> TlsFacts | None:
        """What the TLS handshake showed, None over plain HTTP."""
        return self.exchanges.tls

    @property
    def scheme(self) -> str:
        """What the last answer came over."""
        return self.exchanges.scheme

    async def get(self, path: str, *, headers: dict[str, str] | None = None, host: str | None = None) -> HttpAnswer:
        """GET a path below the target's base path."""
        return await self._ask(Verb.GET, path, headers, host)

    async def head(self, path: str, *, headers: dict[str, str] | None = None) -> HttpAnswer:
        """HEAD a path below the target's base path."""
        return await self._ask(Verb.HEAD, path, headers, None)

    async def post_read(self, path: str, body: bytes, *, content_type: str = "application/json") -> HttpAnswer:
        """POST a declared read."""
        return await self._ask(Verb.POST, path, {"Content-Type": content_type}, None, body)

    async def _ask(
        self, verb: Verb, path: str, headers: dict[str, str] | None, host: str | None, body: bytes = b""
    ) -> HttpAnswer:
        self.guard.demand(verb, path.encode(), body)
        full = self.endpoint.base_path + path
        request = Request(verb, full, tuple(sorted((headers or {}).items())), host, body)
        self.exchanges.asker = self.guard.probe_id
        return await self.exchanges.fetch(request)
