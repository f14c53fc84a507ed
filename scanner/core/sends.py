"""What a probe may put on the wire, declared beforehand: read-only is enforced, not promised.

`scanner.net` refuses every byte that no Send of the probe allows, and above that list stands a deny-list of its own.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

_SEGMENT = "{}"
_SEGMENT_BYTES = _SEGMENT.encode()
# A dot segment would take the request out of its declared path once a client or server resolves it (RFC 3986 5.2.4).
_SEGMENT_PATTERN = r"(?!(?:\.|%2[Ee]){1,2}(?![A-Za-z0-9._~%-]))[A-Za-z0-9._~%-]{1,128}"


class Verb(StrEnum):
    """How something is sent."""

    GET = "GET"
    HEAD = "HEAD"
    OPTIONS = "OPTIONS"
    PROPFIND = "PROPFIND"
    POST = "POST"
    BYTES = "BYTES"
    """Bytes of a stream, after TCP or TLS."""
    DATAGRAM = "DATAGRAM"
    """The payload of one UDP datagram."""


@dataclass(frozen=True, slots=True)
class Send:
    """One permitted thing to send; build it with `get`, `head`, `post_read`, `line` or `datagram`."""

    verb: Verb
    what: bytes
    """The request target of an HTTP request, else the exact bytes."""
    body: bytes = b""
    """The exact body of a POST."""
    vary: tuple[tuple[int, int], ...] = ()
    """(start, end) spans of `what` that may hold other bytes of the same length: nonces and lengths."""
    why: str = ""
    """Why this changes nothing, where that is not plain from the verb."""

    def allows(self, verb: Verb, what: bytes, body: bytes = b"") -> bool:
        """Tell whether this entry permits exactly that."""
        if verb is not self.verb or body != self.body:
            return False
        if verb is Verb.BYTES or verb is Verb.DATAGRAM:
            return len(what) == len(self.what) and _blank(what, self.vary) == _blank(self.what, self.vary)
        if _SEGMENT_BYTES not in self.what:
            return what == self.what
        pattern = re.escape(self.what.decode()).replace(re.escape(_SEGMENT), _SEGMENT_PATTERN)
        return re.fullmatch(pattern, what.decode("ascii", "replace")) is not None


def get(path: str) -> Send:
    """Permit GET of a path; `{}` in it stands for one path segment or query value."""
    return Send(Verb.GET, path.encode())


def head(path: str) -> Send:
    """Permit HEAD of a path."""
    return Send(Verb.HEAD, path.encode())


def post_read(path: str, body: bytes, *, why: str) -> Send:
    """Permit a POST that the vendor defines as a read, with exactly this body; `why` says why it changes nothing."""
    return Send(Verb.POST, path.encode(), body=body, why=why)


def line(data: bytes, *, vary: tuple[tuple[int, int], ...] = (), why: str = "") -> Send:
    """Permit exactly these bytes on a stream, but for the spans in `vary`."""
    return Send(Verb.BYTES, data, vary=vary, why=why)


def datagram(data: bytes, *, vary: tuple[tuple[int, int], ...] = (), why: str = "") -> Send:
    """Permit exactly this UDP payload, but for the spans in `vary`."""
    return Send(Verb.DATAGRAM, data, vary=vary, why=why)


def _blank(data: bytes, spans: tuple[tuple[int, int], ...]) -> bytes:
    blanked = bytearray(data)
    for start, end in spans:
        blanked[start:end] = b"\0" * (end - start)
    return bytes(blanked)
