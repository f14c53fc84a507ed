"""HTTP GET over a Unix socket of this machine, for container engines: reads only, bounded in bytes and time."""

import socket
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from scanner.core.errors import Malformed
from scanner.core.jsontext import Json, parse_json

LIMIT_BYTES = 16 << 20
TIMEOUT_S = 5.0


class _UnixConnection(HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT_S)
        self.sock.connect(str(self._path))


def get_json(path: Path, target: str) -> Json:
    """Return the JSON that a GET of `target` gets; raises OSError when nobody answers, Malformed for anything else."""
    connection = _UnixConnection(path)
    try:
        connection.request("GET", target, headers={"Accept": "application/json"})
        answer = connection.getresponse()
        body = answer.read(LIMIT_BYTES + 1)
        if answer.status != 200:
            raise Malformed(f"it answered {answer.status} to GET {target}")
        return parse_json(body, LIMIT_BYTES)
    except HTTPException as error:
        raise Malformed(f"its answer to GET {target} is no HTTP: {type(error).__name__}") from None
    finally:
        connection.close()
