"""The only things that a probe is handed: three ways to talk to one endpoint, and what is said over them.

The implementations live in scanner.net: they check the scope and the probe's allow-list, cap bytes and time, and
record every exchange. Tests script them (tests/support).
"""

import re
from dataclasses import dataclass, field
from typing import Protocol

from scanner.core.endpoint import Endpoint
from scanner.core.errors import Malformed
from scanner.core.filter_page import filter_of
from scanner.core.json_reading import JsonRead, read_json
from scanner.core.jsontext import Json
from scanner.core.quirk import Cut, Quirk
from scanner.core.text import clean

_TITLE = re.compile(rb"<title[^>]{0,200}>([^<]{0,300})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFacts:
    """What a TLS handshake showed; certificates are recorded, never verified. All text is clean."""

    version: str
    """Negotiated protocol, such as TLSv1.3."""
    subject: str = ""
    issuer: str = ""
    names: tuple[str, ...] = ()
    """Subject alternative names, at most 50; labels only, never targets."""
    not_before: str = ""
    """ISO 8601, UTC; empty when the certificate could not be read."""
    not_after: str = ""
    self_signed: bool = False
    sha256: str = ""
    """Fingerprint of the certificate in hex."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """One HTTP response, read up to a cap."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    """Names in lower case, values as sent; clean them before keeping them."""
    body: bytes = b""
    cut: Cut | None = None
    """Why the body is only a beginning; None when it is whole."""
    quirks: tuple[Quirk, ...] = ()
    """The breaches of the protocol that it was forgiven."""
    _json: list[JsonRead | str] = field(default_factory=list, repr=False, compare=False)
    """What the body holds as JSON, or why it can't be read as such, once somebody has asked."""

    @property
    def complete(self) -> bool:
        """Whether the body is whole; what a cut one lacks proves neither protection nor absence."""
        return self.cut is None

    def header(self, name: str) -> str:
        """Return the first value of a header, empty when it is missing."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key == wanted), "")

    def has(self, *words: str) -> bool:
        """Tell whether the body holds every one of the words, exactly as written."""
        return all(word.encode() in self.body for word in words)

    def json(self) -> Json:
        """Return the body as JSON, parsed once; raises Malformed when it is not JSON.

        Of a body that was cut or breaks off, what is complete: whole items of a list, the keys that had come.
        """
        return self._read_json().value

    @property
    def is_whole_json(self) -> bool:
        """Whether all of the body can be read as JSON."""
        try:
            return self._read_json().whole
        except Malformed:
            return False

    def _read_json(self) -> JsonRead:
        if not self._json:
            try:
                self._json.append(read_json(self.body, complete=self.complete))
            except Malformed as error:
                self._json.append(str(error))
        read = self._json[0]
        if isinstance(read, str):
            raise Malformed(read)
        return read

    def json_or_none(self) -> Json:
        """Return the body as JSON, or None when it is not JSON."""
        try:
            return self.json()
        except Malformed:
            return None

    @property
    def title(self) -> str:
        """The HTML title, clean; empty when there is none."""
        found = _TITLE.search(self.body[:65_536])
        return clean(found.group(1).strip()) if found else ""

    @property
    def refused(self) -> bool:
        """Whether the answer demands credentials or denies access: 401 or 403, and not in a filter's name."""
        return self.status in {401, 403} and self.filtered_by is None

    @property
    def filtered_by(self) -> str | None:
        """Who answers in place of the server: a filter that does not like who asks, or how (core.filter_page)."""
        return filter_of(self.status, self.headers, self.body)


class Talk(Protocol):
    """A conversation over one stream, TCP or TLS; connects at the first send or read.

    Every method raises a TalkError subclass when the peer does not play along; a probe lets it pass unless the error
    is itself an answer (a peer that closes, say).
    """

    @property
    def endpoint(self) -> Endpoint:
        """Where the stream goes."""

    @property
    def tls(self) -> TlsFacts | None:
        """What the handshake showed, None while the stream is plain."""

    async def send(self, data: bytes) -> None:
        """Send bytes that the probe's allow-list permits; raises NotAllowed for anything else."""

    async def read_exactly(self, count: int) -> bytes:
        """Return exactly `count` bytes; raises ClosedEarly or TimedOut with what came until then."""

    async def read_until(self, separator: bytes, limit: int = 65_536) -> bytes:
        """Return everything up to and including the separator; raises TooLarge beyond `limit` bytes."""

    async def read_some(self, limit: int = 65_536) -> bytes:
        """Return what arrives next, at least one byte, or b"" when the peer has closed."""

    async def start_tls(self) -> TlsFacts:
        """Begin TLS on the open stream, as STARTTLS-like protocols do after their own request."""

    async def reopen(self) -> None:
        """Close the stream; the next send or read opens a new one. Byte and time budgets carry on."""


class HttpTalk(Protocol):
    """HTTP/1.1 requests to one endpoint, TLS or not as the peer wants it; identical requests share one answer.

    Redirects are never followed: a Location is a fact. Bodies are read up to 256 KiB, before and after decompression.
    """

    @property
    def endpoint(self) -> Endpoint:
        """Where the requests go."""

    @property
    def tls(self) -> TlsFacts | None:
        """What the handshake showed, None over plain HTTP."""

    @property
    def scheme(self) -> str:
        """Either http or https: what the last answer came over."""

    async def get(self, path: str, *, headers: dict[str, str] | None = None, host: str | None = None) -> HttpAnswer:
        """GET a path; `host` replaces the Host header, for servers that guard it."""

    async def head(self, path: str, *, headers: dict[str, str] | None = None) -> HttpAnswer:
        """HEAD a path."""

    async def post_read(self, path: str, body: bytes, *, content_type: str = "application/json") -> HttpAnswer:
        """POST a declared read (scanner.core.sends.post_read)."""


class DatagramTalk(Protocol):
    """One question, one answer over UDP; answers from other addresses are ignored."""

    @property
    def endpoint(self) -> Endpoint:
        """Where the questions go."""

    async def ask(self, data: bytes, *, any_port: bool = False) -> bytes:
        """Send one datagram (again once when nothing comes) and return the first answer; raises TimedOut, Refused.

        With `any_port` an answer from another port of the same address counts too, as TFTP needs it (RFC 1350).
        """

    def nonce(self, count: int) -> bytes:
        """Return unpredictable bytes for a transaction id."""
