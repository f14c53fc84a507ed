"""The one reader of HTTP/1.x responses: bytes in, an answer out, whatever pieces they come in (RFC 9112).

Strict readers lose real servers, and what is not read is not found: it forgives what browsers forgive, says so, and
bounds everything.
"""

import re
from dataclasses import dataclass, field

from scanner.core.errors import ClosedEarly, Malformed
from scanner.core.number import parse_number
from scanner.core.quirk import Cut, Quirk
from scanner.core.talk import HttpAnswer
from scanner.wire.http_body import Body, body_of
from scanner.wire.http_coding import Undecodable, decode, is_plain
from scanner.wire.http_head import Head, HeadReader
from scanner.wire.http_text import to_utf8

BODY_BYTES = 256 * 1024
"""Most of a body that is read, before and after decompression."""
_GZIP = b"\x1f\x8b\x08"
"""How gzip begins (RFC 1952): files that were stored so are often served without a word about it."""
_MOST_INTERIM = 20
_PARTIAL = 206
_LAST_KNOWN_SUCCESS = 226
_REDIRECTS = 300
_RANGE = re.compile(r"bytes [0-9]{1,19}-([0-9]{1,19})/([0-9]{1,19})")


@dataclass(slots=True)
class HttpReader:
    """Reads one answer; feed it until it is `done`, or end it."""

    to_head: bool = False
    """Whether the request was a HEAD, whose answer has no body."""
    head: Head | None = None
    done: bool = False
    """Whether nothing more is wanted: the answer is whole, or long enough."""
    _head_reader: HeadReader = field(default_factory=HeadReader)
    _body: Body | None = None
    _content: bytearray = field(default_factory=bytearray)
    _cut: Cut | None = None
    _interim: int = 0
    _quirks: tuple[Quirk, ...] = ()

    @property
    def reusable(self) -> bool:
        """Whether the connection may carry another request: the answer is whole and ended by itself."""
        if self.head is None or not self.done or self._cut is not None or not self.head.keeps_open:
            return False
        return self._body is None or (self._body.self_ending and not self._body.leftover)

    @property
    def empty(self) -> bool:
        """Whether nothing of a body has come."""
        return not self._content

    def feed(self, data: bytes) -> bool:
        """Take what came, and return whether the answer is done; raises Malformed when it is no HTTP."""
        while self.head is None and not self.done:
            head = self._head_reader.feed(data)
            if head is None:
                return False
            data = self._take_head(head)
        if not self.done:
            self._feed_body(data)
        return self.done

    def end(self) -> None:
        """Take the end of the connection; raises ClosedEarly when there is no whole head."""
        if self.head is None:
            raise ClosedEarly("closed before the answer was complete", self._head_reader.got)
        if not self.done:
            self.stop(Cut.CLOSED)

    def stop(self, cut: Cut) -> None:
        """Make do with what has come; the answer is cut unless its body may end here."""
        if self.done:
            return
        whole = self._body is not None and self._body.may_end(closed=cut is Cut.CLOSED)
        if not whole or cut not in {Cut.CLOSED, Cut.TIME}:
            self._cut = cut
        self.done = True

    def answer(self) -> HttpAnswer:
        """Return what has been read; raises ClosedEarly when there is no whole head."""
        if self.head is None:
            raise ClosedEarly("closed before the answer was complete", self._head_reader.got)
        status = _as_success(self.head.status)
        found = [*self.head.quirks, *self._quirks, *([Quirk.OTHER_SUCCESS] if status != self.head.status else [])]
        decoded, cut, quirks = self._decoded()
        body = to_utf8(decoded, next((value for name, value in self.head.headers if name == "content-type"), ""))
        if body is not decoded:
            quirks = (*quirks, Quirk.OTHER_CHARSET)
        return HttpAnswer(
            status=status,
            headers=self.head.headers,
            body=body[:BODY_BYTES],
            cut=cut or (Cut.SIZE if len(body) > BODY_BYTES or _is_part(self.head) else None),
            quirks=tuple(dict.fromkeys((*found, *quirks))),
        )

    def _take_head(self, head: Head) -> bytes:
        leftover = self._head_reader.leftover
        self._head_reader = HeadReader()
        if head.is_interim:
            self._interim += 1
            if self._interim > _MOST_INTERIM:
                raise Malformed("interim answers without end")
            self._quirks = (*self._quirks, *head.quirks, Quirk.INTERIM)
            return leftover
        self.head = head
        self._body, quirks = body_of(head, to_head=self.to_head)
        self._quirks = (*self._quirks, *quirks)
        self.done = self._body is None or self._body.done
        return leftover

    def _feed_body(self, data: bytes) -> None:
        body = self._body
        if body is None or not data:
            return
        self._content += body.feed(data)
        self.done = body.done or body.broken
        self._cut = Cut.BROKEN if body.broken else None
        if len(self._content) > BODY_BYTES:
            del self._content[BODY_BYTES:]
            self._cut, self.done = Cut.SIZE, True

    def _decoded(self) -> tuple[bytes, Cut | None, tuple[Quirk, ...]]:
        """Return the content without its compression."""
        body = bytes(self._content)
        if self.head is None or not body:
            return body, self._cut, ()
        codings = [*self.head.values("content-encoding"), *self.head.values("transfer-encoding")]
        codings = [coding for coding in codings if coding not in {"identity", "chunked"}]
        if not codings and body.startswith(_GZIP):
            codings = ["gzip"]
        if not codings:
            return body, self._cut, ()
        try:
            content = decode(body, codings, BODY_BYTES)
        except Undecodable:
            plain = is_plain(body, codings)
            return (
                body,
                self._cut or (None if plain else Cut.BROKEN),
                (Quirk.NOT_ENCODED if plain else Quirk.ENCODED_UNASKED,),
            )
        cut = Cut.SIZE if len(content.data) > BODY_BYTES else self._cut or (None if content.whole else Cut.BROKEN)
        return content.data[:BODY_BYTES], cut, (Quirk.ENCODED_UNASKED,)


def _as_success(status: int) -> int:
    """Return 200 for what a proxy that changes bodies makes of it, and for what nobody knows (RFC 9110 section 15)."""
    return 200 if status in {203, 206} or _LAST_KNOWN_SUCCESS < status < _REDIRECTS else status


def _is_part(head: Head) -> bool:
    """Tell whether a partial answer, which nobody had asked for, lacks the end (RFC 9110 section 14.4)."""
    told = next((value for name, value in head.headers if name == "content-range"), "")
    found = _RANGE.fullmatch(told) if head.status == _PARTIAL else None
    return found is not None and (parse_number(found[1]) or 0) + 1 < (parse_number(found[2]) or 0)


def read_answer(data: bytes) -> HttpAnswer | None:
    """Return the answer that the bytes begin with as if the connection had ended there; None when they are no HTTP."""
    reader = HttpReader()
    try:
        if not reader.feed(data):
            reader.end()
        return reader.answer()
    except (Malformed, ClosedEarly):
        return None
