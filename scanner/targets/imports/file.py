"""Reads a file of another scanner, whichever it is."""

from itertools import islice
from pathlib import Path

from scanner.core.errors import Malformed, UsageError
from scanner.targets.imports.found import MOST_FOUND, Found
from scanner.targets.imports.nmap_xml import read_hosts
from scanner.targets.imports.scanner_json import read_json

MOST_BYTES = 256 << 20
"""Largest file that is read: about a million hosts."""


def read_file(path: Path) -> list[Found]:
    """Return the open ports of an nmap XML, masscan JSON or naabu JSON file, each once, in order.

    Raises UsageError, naming the file, for one that can't be read, is too large, or is none of the three.
    """
    data = _read(path)
    try:
        return parse(data)
    except Malformed as error:
        message = f"{error}; give nmap's XML (-oX), masscan's JSON (-oJ) or naabu's (-json)"
        raise UsageError(message, file=path) from None


def parse(data: bytes) -> list[Found]:
    """Return the open ports in the text of such a file; raises Malformed."""
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"<":
        ports = (one for host in read_hosts(data) for one in host.open_ports())
    elif start in {b"[", b"{", b""}:
        ports = (one for one in read_json(data.removeprefix(b"\xef\xbb\xbf")))
    else:
        raise Malformed("is neither XML nor JSON")
    found = dict.fromkeys(islice(ports, MOST_FOUND + 1))
    if len(found) > MOST_FOUND:
        raise Malformed(f"holds more than {MOST_FOUND} open ports")
    return list(found)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"can't be read: {error.strerror}", file=path) from None
    if len(data) > MOST_BYTES:
        raise UsageError(f"is larger than {MOST_BYTES >> 20} MiB; split it", file=path)
    return data
