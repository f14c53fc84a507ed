"""Every probe as a fuzz target: a peer that says the pieces in their order, whatever it is asked."""

import asyncio
import json
from dataclasses import dataclass, field
from ipaddress import ip_address

from scanner.core.endpoint import Endpoint
from scanner.core.errors import Malformed, TalkError, TimedOut
from scanner.core.facts import Facts
from scanner.core.ports import Transport
from scanner.core.probe import Probe
from scanner.core.talk import HttpAnswer, TlsFacts
from scanner.findings.compromise import indicators
from scanner.probes.clean_facts import clean_facts
from tests.support.hostile import RawTalk
from tests.wire.transcript import FOLDER, Transcript


@dataclass
class RawHttp:
    """core.talk.HttpTalk that gives the pieces as answers, one a request, and then silence."""

    left: list[bytes]
    endpoint: Endpoint
    tls: TlsFacts | None = None
    scheme: str = "http"
    _answers: dict[str, HttpAnswer] = field(default_factory=dict)

    async def get(self, path: str, *, headers: dict[str, str] | None = None, host: str | None = None) -> HttpAnswer:
        return self._answer(f"GET {path} {headers} {host}")

    async def head(self, path: str, *, headers: dict[str, str] | None = None) -> HttpAnswer:
        return self._answer(f"HEAD {path} {headers}")

    async def post_read(self, path: str, body: bytes, *, content_type: str = "application/json") -> HttpAnswer:
        return self._answer(f"POST {path} {body!r} {content_type}")

    def _answer(self, asked: str) -> HttpAnswer:
        if asked not in self._answers:
            if not self.left:
                raise TimedOut("hostile")
            self._answers[asked] = read_page(self.left.pop(0))
        return self._answers[asked]


@dataclass
class RawDatagrams:
    """core.talk.DatagramTalk that gives the pieces as answers."""

    left: list[bytes]
    endpoint: Endpoint

    async def ask(self, data: bytes, *, any_port: bool = False) -> bytes:
        if not self.left:
            raise TimedOut("hostile")
        return self.left.pop(0)

    def nonce(self, count: int) -> bytes:
        return bytes(count)


def read_page(piece: bytes) -> HttpAnswer:
    """Return the answer that a piece is: `200`, header lines, a blank line, the body; as the HTTP reader gives it."""
    head, _, body = piece.partition(b"\n\n")
    status, *rows = head.decode("latin-1").split("\n")
    headers = tuple(tuple(row.partition(": ")[::2]) for row in rows[:30] if ": " in row)
    number = int(status) if status.isascii() and status.isdigit() and len(status) == 3 else 200
    return HttpAnswer(status=number, headers=tuple((name.lower(), value) for name, value in headers), body=body)


def write_page(status: int, headers: list[tuple[str, str]], body: bytes) -> bytes:
    """Return an answer as a piece."""
    rows = "".join(f"{name}: {value}\n" for name, value in headers)
    return f"{status}\n{rows}\n".encode("latin-1", "replace") + body


def run_probe(probe: Probe, pieces: tuple[bytes, ...]) -> Facts | None:
    """Ask the probe and do with its facts what the product does; anything but a TalkError goes through."""
    try:
        facts = asyncio.run(_asked(probe, list(pieces)))
    except TalkError:
        return None
    if facts is not None:
        kept = clean_facts(facts)
        for rule in probe.rules:
            rule.holds(kept)
        indicators(kept.traces)
        json.dumps(kept.evidence, allow_nan=False)
    return facts


async def _asked(probe: Probe, pieces: list[bytes]) -> Facts | None:
    port = probe.ports[0].port if probe.ports else 40_000
    if probe.ask is not None:
        return await probe.ask(RawTalk(pieces, probe.sends, endpoint=Endpoint(ip_address("127.0.0.1"), port)))
    if probe.ask_http is not None:
        return await probe.ask_http(RawHttp(pieces, Endpoint(ip_address("127.0.0.1"), port)))
    if probe.ask_datagram is not None:
        return await probe.ask_datagram(RawDatagrams(pieces, Endpoint(ip_address("127.0.0.1"), port, Transport.UDP)))
    raise Malformed("a probe that asks nothing")


def transcripts() -> list[Transcript]:
    """Return every recorded conversation."""
    return [Transcript.parse(file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.txt"))]


def pieces_of(transcript: Transcript) -> tuple[bytes, ...]:
    """Return what the peer said in a recorded conversation."""
    said: list[bytes] = []
    for before, line in zip([None, *transcript.lines], transcript.lines, strict=False):
        if line.mark == "=" and before is not None:
            status, headers = before.value
            said.append(write_page(status, [tuple(one) for one in headers], line.value))
        elif line.mark == "<" and isinstance(line.value, bytes):
            said.append(line.value)
    return tuple(said)
