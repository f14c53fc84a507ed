"""Scripted conversations: a test says what the probe must send and what comes back; no socket is opened.

`ScriptedTalk([b"PING\r\n", Say(b"+PONG\r\n")])` expects PING, answers, and fails the test on anything else. Every
talk checks the probe's allow-list (pass `PROBE.sends`) and keeps `sent` for golden transcripts.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import TypeAlias

from scanner.core.endpoint import Endpoint
from scanner.core.errors import ClosedEarly, TimedOut
from scanner.core.ports import Transport
from scanner.core.sends import Send, Verb
from scanner.core.talk import HttpAnswer, TlsFacts
from scanner.net.guard import Guard
from tests.support.buffered import Buffered

HERE = Endpoint(IPv4Address("127.0.0.1"), 40_000)


@dataclass(frozen=True)
class Say:
    """What the peer sends next."""

    data: bytes


@dataclass(frozen=True)
class Hush:
    """The peer says nothing more: the next read times out."""


@dataclass(frozen=True)
class Hang:
    """The peer closes the stream."""


Step: TypeAlias = "bytes | Say | Hush | Hang"


@dataclass
class ScriptedTalk(Buffered):
    """core.talk.Talk from a list of steps: bytes are what the probe must send, the others what the peer does."""

    steps: Sequence[Step]
    sends: Sequence[Send] | None = None
    endpoint: Endpoint = HERE
    tls: TlsFacts | None = None
    sent: list[bytes] = field(default_factory=list)
    _at: int = 0
    _buffer: bytearray = field(default_factory=bytearray)

    async def send(self, data: bytes) -> None:
        if self.sends is not None:
            Guard("scripted", self.sends, self.endpoint).demand(Verb.BYTES, data)
        self.sent.append(data)
        expected = self.steps[self._at] if self._at < len(self.steps) else None
        assert expected == data, f"the probe sent {data!r}, the script expected {expected!r}"
        self._at += 1

    async def start_tls(self) -> TlsFacts:
        self.tls = TlsFacts(version="TLSv1.3")
        return self.tls

    async def reopen(self) -> None:
        self._buffer.clear()

    @property
    def finished(self) -> bool:
        """Whether the whole script was played."""
        return self._at >= len(self.steps)

    def hear(self) -> None:
        step = self.steps[self._at] if self._at < len(self.steps) else Hush()
        if isinstance(step, Say):
            self._buffer += step.data
            self._at += 1
        elif isinstance(step, Hang):
            raise ClosedEarly("scripted", bytes(self._buffer))
        elif isinstance(step, Hush):
            raise TimedOut("scripted", bytes(self._buffer))
        else:
            raise AssertionError(f"the probe reads where the script expects it to send {step!r}")


def page(
    body: bytes | str = b"", status: int = 200, headers: Mapping[str, str] | None = None, *, json: bool = False
) -> HttpAnswer:
    """Return an HTTP answer for a script."""
    named = {"content-type": "application/json"} if json else {}
    named |= {name.lower(): value for name, value in (headers or {}).items()}
    return HttpAnswer(
        status=status, headers=tuple(named.items()), body=body.encode() if isinstance(body, str) else body
    )


@dataclass
class ScriptedHttp:
    """core.talk.HttpTalk from a mapping of path -> answer (or error); other paths get `otherwise`."""

    answers: Mapping[str, HttpAnswer | Exception]
    sends: Sequence[Send] | None = None
    otherwise: HttpAnswer | Exception = field(default_factory=lambda: page("404 page not found", 404))
    endpoint: Endpoint = HERE
    tls: TlsFacts | None = None
    scheme: str = "http"
    sent: list[str] = field(default_factory=list)

    async def get(self, path: str, *, headers: dict[str, str] | None = None, host: str | None = None) -> HttpAnswer:
        return self._answer(Verb.GET, path, headers, host)

    async def head(self, path: str, *, headers: dict[str, str] | None = None) -> HttpAnswer:
        return self._answer(Verb.HEAD, path, headers)

    async def post_read(self, path: str, body: bytes, *, content_type: str = "application/json") -> HttpAnswer:
        return self._answer(Verb.POST, path, {"Content-Type": content_type}, None, body)

    def _answer(
        self, verb: Verb, path: str, headers: dict[str, str] | None = None, host: str | None = None, body: bytes = b""
    ) -> HttpAnswer:
        if self.sends is not None:
            Guard("scripted", self.sends, self.endpoint).demand(verb, path.encode(), body)
        extras = "".join(f" [{name}: {value}]" for name, value in (headers or {}).items())
        self.sent.append(f"{verb} {path}{extras}{f' [Host: {host}]' if host else ''}{f' {body!r}' if body else ''}")
        answer = self.answers.get(path, self.otherwise)
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class ScriptedDatagrams:
    """core.talk.DatagramTalk from a function of the question; None is silence."""

    answer: Callable[[bytes], bytes | None]
    sends: Sequence[Send] | None = None
    endpoint: Endpoint = Endpoint(IPv4Address("127.0.0.1"), 40_000, Transport.UDP)
    sent: list[bytes] = field(default_factory=list)

    async def ask(self, data: bytes, *, any_port: bool = False) -> bytes:
        del any_port
        if self.sends is not None:
            Guard("scripted", self.sends, self.endpoint).demand(Verb.DATAGRAM, data)
        self.sent.append(data)
        answer = self.answer(data)
        if answer is None:
            raise TimedOut("scripted")
        return answer

    def nonce(self, count: int) -> bytes:
        return bytes(range(1, count + 1))
