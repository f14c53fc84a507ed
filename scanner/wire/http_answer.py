"""Reads an HTTP/1.x response out of bytes that have already arrived (RFC 9112)."""

import http.client
import io

from scanner.core.number import parse_number
from scanner.core.talk import HttpAnswer

_CHUNKS_END = b"0\r\n\r\n"


class _Arrived:
    """What http.client wants of a socket: a file to read from."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return the bytes as a file."""
        return io.BufferedReader(io.BytesIO(self._data))


def parse_answer(data: bytes) -> HttpAnswer | None:
    """Return the response that the bytes begin with, or None when they are no HTTP/1.x; a cut body is `truncated`."""
    if not data.startswith(b"HTTP/1."):
        return None
    response = http.client.HTTPResponse(_Arrived(data))  # type: ignore[arg-type]
    try:
        response.begin()
        body, truncated = _body(response)
    except (http.client.HTTPException, ValueError, OSError):
        return None
    headers = tuple((name.lower(), value) for name, value in response.getheaders())
    return HttpAnswer(status=response.status, headers=headers, body=body, truncated=truncated)


def is_complete(data: bytes | bytearray) -> bool:
    """Tell whether the response needs no more bytes; one that ends with the connection never says so."""
    head, blank, body = data.partition(b"\r\n\r\n")
    if not blank:
        return False
    lowered = head.lower()
    if b"\ntransfer-encoding:" in lowered:
        return body.endswith(_CHUNKS_END)
    _, named, rest = lowered.partition(b"\ncontent-length:")
    length = parse_number(rest.partition(b"\r\n")[0].strip()) if named else None
    return length is not None and len(body) >= length


def _body(response: http.client.HTTPResponse) -> tuple[bytes, bool]:
    try:
        return response.read(), False
    except http.client.IncompleteRead as cut:
        return cut.partial, True
