"""Golden transcripts: every byte that a probe sent to a real server and what came back, in a file that people review.

`service`, `port`, `access` and the like head the file; `>` is what was sent, `<` what was received. An HTTP answer
is one `<` line of status and headers and one `=` line of body. Bytes are Python literals.
"""

import ast
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from scanner.core.endpoint import Endpoint
from scanner.core.errors import ClosedEarly, TalkError, TimedOut
from scanner.core.facts import Facts
from scanner.core.ports import Transport
from scanner.core.probe import Probe
from scanner.core.sends import Send, Verb
from scanner.core.talk import HttpAnswer, TlsFacts
from scanner.net.guard import Guard
from tests.fleet.server import ROOT
from tests.support.buffered import Buffered

FOLDER = Path(__file__).parent / "transcripts"
_KEPT_HEADERS = 30
# What servers tell of the machine that recorded them; of the same length, for answers say how long they are.
_OTHER_KERNEL = "6.1.0-generic-kernel-of-a-fleet"
_OTHER_FOLDER = "/srv/servers-of-the-fleet" + "/folder" * 16


@dataclass
class Line:
    """One event of a conversation."""

    mark: str
    """`>` sent, `<` received, `=` body, `!` an error of the conversation."""
    value: Any


@dataclass
class Transcript:
    """A conversation and what it proved."""

    head: dict[str, str] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)

    @property
    def sent(self) -> list[Any]:
        return [line.value for line in self.lines if line.mark == ">"]

    def text(self) -> str:
        head = "".join(f"{key}: {value}\n" for key, value in self.head.items())
        text = head + "\n" + "".join(f"{line.mark} {line.value!r}\n" for line in self.lines)
        for own, other in ((os.uname().release, _OTHER_KERNEL), (f"{ROOT}/.fleet", _OTHER_FOLDER)):
            text = text.replace(own, other[: len(own)])
        return text

    @classmethod
    def parse(cls, text: str) -> "Transcript":
        head, _, rest = text.partition("\n\n")
        fields = dict(line.split(": ", 1) for line in head.splitlines())
        return cls(fields, [Line(line[0], ast.literal_eval(line[2:])) for line in rest.splitlines() if line])


def recording(probe: Probe, into: Transcript) -> Probe:
    """Return the same probe, its conversation written down: of several, each at a place of its own, the one that told.

    A replay has one place alone, and what was asked below a folder that the front page leads to is of another.
    """
    told = False

    def written(ask: Any, recorder: "type[_Recorder]") -> Any:
        async def conversation(talk: Any) -> Facts | None:
            nonlocal told
            own, facts = Transcript(), None
            try:
                facts = await ask(recorder(talk, own))
            finally:
                if facts is not None or not told:
                    into.lines[:] = own.lines
                told = told or facts is not None
            return facts

        return conversation if ask else None

    return replace(
        probe,
        ask=written(probe.ask, _Stream),
        ask_http=written(probe.ask_http, _Http),
        ask_datagram=written(probe.ask_datagram, _Datagrams),
    )


class _Recorder:
    def __init__(self, talk: Any, into: Transcript) -> None:
        self._talk = talk
        self._into = into

    def __getattr__(self, name: str) -> Any:
        return getattr(self._talk, name)

    async def _noted(self, call: Any) -> Any:
        try:
            return await call
        except TalkError as error:
            self._into.lines.append(Line("!", type(error).__name__))
            raise

    def _note(self, mark: str, value: Any) -> None:
        self._into.lines.append(Line(mark, value))


class _Stream(_Recorder):
    async def send(self, data: bytes) -> None:
        self._note(">", data)
        await self._noted(self._talk.send(data))

    async def read_exactly(self, count: int) -> bytes:
        return self._heard(await self._noted(self._talk.read_exactly(count)))

    async def read_until(self, separator: bytes, limit: int = 65_536) -> bytes:
        return self._heard(await self._noted(self._talk.read_until(separator, limit)))

    async def read_some(self, limit: int = 65_536) -> bytes:
        return self._heard(await self._noted(self._talk.read_some(limit)))

    async def start_tls(self) -> TlsFacts:
        self._note(">", "STARTTLS")
        facts: TlsFacts = await self._noted(self._talk.start_tls())
        return facts

    async def reopen(self) -> None:
        self._note(">", "REOPEN")
        await self._talk.reopen()

    def _heard(self, data: bytes) -> bytes:
        lines = self._into.lines
        if lines and lines[-1].mark == "<" and isinstance(lines[-1].value, bytes) and data:
            lines[-1].value += data
        else:
            self._note("<", data)
        return data


class _Http(_Recorder):
    async def get(self, path: str, *, headers: dict[str, str] | None = None, host: str | None = None) -> HttpAnswer:
        return await self._ask(
            ("GET", path, headers or {}, host or "", b""), self._talk.get(path, headers=headers, host=host)
        )

    async def head(self, path: str, *, headers: dict[str, str] | None = None) -> HttpAnswer:
        return await self._ask(("HEAD", path, headers or {}, "", b""), self._talk.head(path, headers=headers))

    async def post_read(self, path: str, body: bytes, *, content_type: str = "application/json") -> HttpAnswer:
        asked = ("POST", path, {"Content-Type": content_type}, "", body)
        return await self._ask(asked, self._talk.post_read(path, body, content_type=content_type))

    async def _ask(self, asked: tuple[Any, ...], call: Any) -> HttpAnswer:
        self._note(">", asked)
        answer: HttpAnswer = await self._noted(call)
        self._note("<", (answer.status, list(answer.headers[:_KEPT_HEADERS])))
        self._note("=", answer.body)
        return answer


class _Datagrams(_Recorder):
    async def ask(self, data: bytes, *, any_port: bool = False) -> bytes:
        self._note(">", data)
        answer: bytes = await self._noted(self._talk.ask(data, any_port=any_port))
        self._note("<", answer)
        return answer


@dataclass
class Replay(Buffered):
    """Plays a transcript back as Talk, HttpTalk and DatagramTalk at once; fails on any other byte sent."""

    transcript: Transcript
    sends: Sequence[Send]
    endpoint: Endpoint
    tls: TlsFacts | None = None
    at: int = 0
    _buffer: bytearray = field(default_factory=bytearray)

    @property
    def scheme(self) -> str:
        return self.transcript.head.get("scheme", "http")

    async def send(self, data: bytes) -> None:
        self._expect(Verb.BYTES, data)
        self._errors()

    async def start_tls(self) -> TlsFacts:
        assert self._next().value == "STARTTLS"
        self.tls = TlsFacts(version="TLSv1.3")
        return self.tls

    async def reopen(self) -> None:
        assert self._next().value == "REOPEN"
        self._buffer.clear()

    async def get(self, path: str, *, headers: dict[str, str] | None = None, host: str | None = None) -> HttpAnswer:
        return self._answer(Verb.GET, path, headers or {}, host or "", b"")

    async def head(self, path: str, *, headers: dict[str, str] | None = None) -> HttpAnswer:
        return self._answer(Verb.HEAD, path, headers or {}, "", b"")

    async def post_read(self, path: str, body: bytes, *, content_type: str = "application/json") -> HttpAnswer:
        return self._answer(Verb.POST, path, {"Content-Type": content_type}, "", body)

    async def ask(self, data: bytes, *, any_port: bool = False) -> bytes:
        self._expect(Verb.DATAGRAM, data)
        self._errors()
        answer: bytes = self._next().value
        return answer

    def nonce(self, count: int) -> bytes:
        """Return the nonce that the recorded question held: the bytes that its Send lets vary."""
        recorded = self.transcript.lines[self.at].value
        spans = next(send.vary for send in self.sends if send.allows(Verb.DATAGRAM, recorded))
        return next((recorded[start:end] for start, end in spans if end - start == count), bytes(count))

    def _answer(self, verb: Verb, path: str, headers: dict[str, str], host: str, body: bytes) -> HttpAnswer:
        Guard("replayed", self.sends, self.endpoint).demand(verb, path.encode(), body)
        asked = (verb.value, path, headers, host, body)
        expected = self._next()
        assert (expected.mark, expected.value) == (">", asked), f"asked {asked}, the transcript has {expected.value}"
        self._errors()
        status, found = self._next().value
        return HttpAnswer(status=status, headers=tuple(map(tuple, found)), body=self._next().value)

    def _expect(self, verb: Verb, data: bytes) -> None:
        Guard("replayed", self.sends, self.endpoint).demand(verb, data)
        expected = self._next()
        assert expected.mark == ">", f"sent {data!r}, the transcript has {expected}"
        assert blank(self.sends, verb, data) == blank(self.sends, verb, expected.value)

    def _next(self) -> Line:
        assert self.at < len(self.transcript.lines), "the probe went on after the end of the transcript"
        self.at += 1
        return self.transcript.lines[self.at - 1]

    def _errors(self) -> None:
        if self.at < len(self.transcript.lines) and self.transcript.lines[self.at].mark == "!":
            name = self._next().value
            import scanner.core.errors as errors

            raise getattr(errors, name)("replayed")

    def hear(self) -> None:
        self._errors()
        line = self.transcript.lines[self.at] if self.at < len(self.transcript.lines) else Line("", None)
        if line.mark != "<":
            raise TimedOut("replayed", bytes(self._buffer))
        self.at += 1
        if not line.value:
            raise ClosedEarly("replayed", bytes(self._buffer))
        self._buffer += line.value


def blank(sends: Sequence[Send], verb: Verb, data: Any) -> Any:
    """Return what was sent with the bytes that may vary set to zero."""
    if not isinstance(data, bytes):
        return data
    spans = next((send.vary for send in sends if send.allows(verb, data)), ())
    blanked = bytearray(data)
    for start, end in spans:
        blanked[start:end] = bytes(end - start)
    return bytes(blanked)


def blanked(sends: Sequence[Send], transcript: Transcript) -> list[Any]:
    """Return everything that a transcript's probe sent, for comparison."""
    return [blank(sends, Verb.DATAGRAM, blank(sends, Verb.BYTES, data)) for data in transcript.sent]


def here(head: dict[str, str]) -> Endpoint:
    """Return the endpoint that a transcript was recorded at."""
    return Endpoint(ip_address("127.0.0.1"), int(head["port"]), Transport(head["transport"]))
