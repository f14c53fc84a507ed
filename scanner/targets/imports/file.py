"""Reads a file of another scanner, whichever it is."""

import codecs
import sys
from pathlib import Path

from scanner.core.errors import Malformed, UsageError
from scanner.core.textfile import decode_file
from scanner.targets.imports.found import MOST_FOUND, Import
from scanner.targets.imports.nmap_xml import read_report
from scanner.targets.imports.scanner_json import read_json

MOST_BYTES = 256 << 20
"""Largest file that is read: about a million hosts."""
_STANDARD_INPUT = Path("-")
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_file(path: Path) -> Import:
    """Return what an nmap XML, masscan JSON or naabu JSON file (`-`: standard input) says, and what it leaves out.

    Raises UsageError, naming the file, for one that can't be read, is too large, or is none of the three.
    """
    data = _read(path)
    try:
        return parse(data, str(path))
    except Malformed as error:
        message = f"{error}; give nmap's XML (-oX), masscan's JSON (-oJ) or naabu's (-json)"
        raise UsageError(message, file=path) from None


def parse(data: bytes, shown: str = "-") -> Import:
    """Return what such a file says; raises Malformed, and UsageError for bytes that are no text."""
    if data.startswith(_WIDE):
        # What PowerShell's `>` writes.
        data = decode_file(data, shown).encode()
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"<":
        found = read_report(data)
    elif start in {b"[", b"{", b""}:
        found = read_json(data.removeprefix(b"\xef\xbb\xbf"))
    else:
        raise Malformed("is neither XML nor JSON")
    if len(found.found) > MOST_FOUND:
        raise Malformed(f"holds more than {MOST_FOUND:,} open ports")
    return found


def _read(path: Path) -> bytes:
    try:
        if path == _STANDARD_INPUT:
            data = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with path.open("rb") as file:
                data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"can't be read: {error.strerror}; check the path", file=path) from None
    if len(data) > MOST_BYTES:
        raise UsageError(f"is larger than {MOST_BYTES >> 20} MiB; split it", file=path)
    return data
