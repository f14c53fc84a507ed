"""HTTP/1.1 with one endpoint: core.talk.HttpTalk for real, over as few connections as the peer allows.

No cookies, no redirects, no proxies: a request goes to the endpoint's own address, and the scope is checked as the
connection is opened. Answers are read by scanner.wire.http1 (docs/adr/0005).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from scanner.core.audit import Audit
from scanner.core.endpoint import Endpoint
from scanner.core.errors import ClientCertificateWanted, ClosedEarly, Malformed, Reset, TalkError, TimedOut, TlsFailed
from scanner.core.number import parse_number
from scanner.core.scope import Scope
from scanner.core.sends import Verb
from scanner.core.talk import HttpAnswer, TlsFacts
from scanner.net.budget import Budget
from scanner.net.http_link import Checked, HttpLink
from scanner.net.http_request import Request, encode
from scanner.net.mutual_tls import wants_client_certificate
from scanner.net.stream import Stream

__all__ = ["HttpExchanges", "Request", "asks_for_tls", "may_want_tls"]

_ANSWER_S = 4.0
"""Patience for one whole answer."""
_TLS_S = 2.5
"""Patience for the first answer over TLS, so that there is time left to try without."""
# What servers answer to plain HTTP on a TLS port: Go, nginx, Apache, Jetty, HAProxy.
_WANTS_TLS = (
    b"HTTP request to an HTTPS server",
    b"plain HTTP request was sent to HTTPS port",
    b"speaking plain HTTP to an SSL-enabled server port",
    b"This combination of host and port requires TLS",
)
_HTTPS = 443
_OK, _BAD, _FORBIDDEN = 200, 400, 403
_NOT_SO = {_BAD, 421, 426, 496, 497}
"""Bad request, misdirected, upgrade wanted, and nginx's own for a request without a certificate or without TLS."""
_REFRESH = re.compile(rb"<meta[^>]{0,80}refresh[^>]{0,80}url\s*=\s*[\"']?(https://[^\"'>\s]{1,200})", re.IGNORECASE)
_LEADING_BYTES = 2_048
"""A page that only leads on is short."""
_SECURE_PLACE = re.compile(r"https://[^/?#@\\]*?(?::(\d{1,5}))?(?:[/?#]|$)", re.IGNORECASE)


@dataclass(slots=True)
class HttpExchanges:
    """All requests to one endpoint: few connections, and one answer for each different request."""

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
    _idle: list[HttpLink] = field(default_factory=list, repr=False)
    """Connections that wait for the next request."""

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
        self.use_tls = use_tls
        self.tls = self.tls or tls
        self.remember(Request(Verb.GET, f"{self.endpoint.base_path}/"), answer)

    def remember(self, request: Request, answer: HttpAnswer) -> None:
        """Keep an answer that was heard elsewhere, over what is settled to be the way here."""
        self._answers[request] = answer
        self._settled = True
        self._failure = None

    def adopt(self, link: HttpLink) -> None:
        """Take over a connection that was opened elsewhere, to ask over it; closed with the others."""
        self._idle.append(link)

    def below(self, prefix: str) -> "HttpExchanges":
        """Return exchanges with the same endpoint below a prefix; answers from there and open connections go along."""
        endpoint = replace(self.endpoint, base_path=self.endpoint.base_path + prefix)
        other = HttpExchanges(endpoint, self.scope, self.budget, use_tls=self.use_tls, audit=self.audit)
        other.requests_sent = self.requests_sent
        other.tls = self.tls
        for request, answer in self._answers.items():
            if request.path.startswith(f"{endpoint.base_path}/"):
                other.remember(request, answer)
        self.hand_over(other)
        return other

    def hand_over(self, other: "HttpExchanges") -> None:
        """Give all open connections to the exchanges with the same endpoint under another name."""
        while self._idle:
            other.adopt(self._idle.pop())

    async def close(self) -> None:
        """Drop all connections."""
        while self._idle:
            self._idle.pop().close()

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
        plain: HttpAnswer | None = None
        try:
            answer = await self._send(request)
            if self.use_tls or not may_want_tls(answer, self.endpoint):
                return answer
            plain = answer if answer.status < _BAD or not asks_for_tls(answer, self.endpoint) else None
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
            if plain is not None:
                return plain
            raise reason from None

    async def _demand_no_certificate(self, error: TalkError) -> None:
        """Raise ClientCertificateWanted if that is what an abrupt end over TLS stands for; a stream looks at resets."""
        abrupt = self.use_tls and isinstance(error, ClosedEarly) and not error.got
        if abrupt and await wants_client_certificate(self.endpoint, self.scope, self.budget, self.audit):
            raise ClientCertificateWanted("the peer demands a client certificate") from None

    async def _send(self, request: Request) -> HttpAnswer:
        data = encode(request, self.endpoint)
        self.requests_sent += 1
        while (link := self._waiting_link()) is not None:
            try:
                return await self._over(link, request, data)
            except (ClosedEarly, Reset):
                # The peer gave up a connection that it had kept for a while: that is no answer to this request.
                if not link.unheard:
                    raise
        return await self._over(self._new_link(), request, data)

    async def _over(self, link: HttpLink, request: Request, data: bytes) -> HttpAnswer:
        within_s = self.budget.patience.of(_TLS_S if self.use_tls and not self._settled else _ANSWER_S)
        try:
            answer = await link.ask(data, self.asker, self.budget, to_head=request.verb is Verb.HEAD, within_s=within_s)
        except BaseException:
            link.close()
            raise
        self.tls = self.tls or link.stream.tls
        if link.reusable:
            self._idle.append(link)
        else:
            link.close()
        return answer

    def _waiting_link(self) -> HttpLink | None:
        while self._idle:
            link = self._idle.pop()
            if not link.stale and link.stream.use_tls is self.use_tls and link.endpoint.host == self.endpoint.host:
                return link
            link.close()
        return None

    def _new_link(self) -> HttpLink:
        guard = Checked(self.asker)
        return HttpLink(Stream(self.endpoint, self.scope, guard, self.budget, use_tls=self.use_tls, audit=self.audit))


def asks_for_tls(answer: HttpAnswer, endpoint: Endpoint) -> bool:
    """Tell whether a plain answer says that the port speaks TLS: in words, or by a redirect to https on that port."""
    if 300 <= answer.status < 400:
        return _leads_to_tls(answer.header("location"), endpoint)
    refresh = _REFRESH.search(answer.body) if answer.status == _OK and len(answer.body) <= _LEADING_BYTES else None
    if refresh is not None:
        return _leads_to_tls(refresh[1].decode("ascii", "replace"), endpoint)
    return (answer.status == _BAD or not answer.headers) and any(words in answer.body for words in _WANTS_TLS)


def may_want_tls(answer: HttpAnswer, endpoint: Endpoint) -> bool:
    """Tell whether a plain answer says so, or refuses so plain a request that nothing else explains it."""
    unlikely = answer.status in _NOT_SO or (answer.status == _FORBIDDEN and answer.has("secure channel"))
    return unlikely or asks_for_tls(answer, endpoint)


def _leads_to_tls(location: str, endpoint: Endpoint) -> bool:
    place = _SECURE_PLACE.match(location)
    return place is not None and (parse_number(place[1]) if place[1] else _HTTPS) == endpoint.port
