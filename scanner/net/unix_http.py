"""HTTP GET over a Unix socket of this machine, for container engines: reads only, bounded in bytes and time."""

import io
import socket
import time
from http.client import HTTPException, HTTPResponse
from pathlib import Path

from scanner.core.errors import Malformed
from scanner.core.jsontext import Json, parse_json

LIMIT_BYTES = 16 << 20
_HEAD_BYTES = 65_536
_PIECE = 65_536


class Gone(Malformed):
    """The engine answered 404: what it listed a moment ago was removed meanwhile."""


class _Heard:
    """What was heard, in the shape of a socket that http.client reads an answer from."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _mode: str) -> io.BytesIO:
        """Return the bytes as a file."""
        return io.BytesIO(self._data)


def get_json(path: Path, target: str, *, until: float) -> Json:
    """Return the JSON that a GET of `target` gets before `until`, a time of time.monotonic().

    Raises OSError when nobody answers in time, Gone for a 404, and Malformed for anything else.
    """
    data = _exchange(path, f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", until)
    answer = HTTPResponse(_Heard(data))  # type: ignore[arg-type]  # makefile is all that it asks of a socket
    try:
        answer.begin()
        body = answer.read()
    except (HTTPException, ValueError) as error:
        raise Malformed(f"its answer to GET {target} is no HTTP: {type(error).__name__}") from None
    if answer.status != 200:
        raise (Gone if answer.status == 404 else Malformed)(f"it answered {answer.status} to GET {target}")
    return parse_json(body, LIMIT_BYTES)


def _exchange(path: Path, request: str, until: float) -> bytes:
    heard = bytearray()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_left(until))
        connection.connect(str(path))
        connection.sendall(request.encode("ascii"))
        # One deadline for all of it: an answer that comes byte by byte would reset a time for each piece.
        while len(heard) <= LIMIT_BYTES + _HEAD_BYTES:
            connection.settimeout(_left(until))
            piece = connection.recv(_PIECE)
            if not piece:
                return bytes(heard)
            heard += piece
    raise Malformed(f"its answer is longer than {LIMIT_BYTES >> 20} MiB")


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("it did not answer in time")
    return left
