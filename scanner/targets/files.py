"""Reads files of targets: one a line, with an optional name and owner, `#` comments."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from scanner.core.errors import UsageError
from scanner.core.finding import Anchor
from scanner.core.text import clean
from scanner.targets.parse import parse_target
from scanner.targets.spec import Spec

STANDARD_INPUT = "-"
_MOST_BYTES = 64 << 20
_COMMENT = re.compile(r"(?:^|\s)#.*")
_OWNER = re.compile(r"(?:^|\s)owner=(.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One target and where it was written."""

    spec: Spec
    name: str | None = None
    """What the user calls it; clean."""
    owner: str | None = None
    """Everything after `owner=`; clean."""
    anchor: Anchor | None = None
    """None for the command line and standard input, which no annotation can point at."""
    file: str | None = None
    line: int | None = None

    def error(self, message: str) -> UsageError:
        """Return the error that names this line."""
        return UsageError(message, file=self.file, line=self.line)


def read_targets(file: str, stdin: BinaryIO | None = None) -> list[Line]:
    """Return the targets of a file (`-` is standard input), in order.

    UTF-8 with or without a byte order mark, any line ends. Raises UsageError with file and line for a file that
    can't be read, a line that can't be parsed, and a file without any target: an exclusion list that is cut short
    must never let a scan start.
    """
    shown = "standard input" if file == STANDARD_INPUT else file
    lines = [line for number, text in _lines(file, shown, stdin) if (line := _line(text, file, shown, number))]
    if not lines:
        raise UsageError("holds no target; write one a line", file=shown)
    return lines


def _lines(file: str, shown: str, stdin: BinaryIO | None) -> Iterator[tuple[int, str]]:
    raw = _bytes(file, shown, stdin)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UsageError("is UTF-16; save it as UTF-8", file=shown)
    for number, data in enumerate(raw.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        try:
            yield number, data.decode()
        except UnicodeDecodeError:
            raise UsageError("is not UTF-8; save the file as UTF-8", file=shown, line=number) from None


def _bytes(file: str, shown: str, stdin: BinaryIO | None) -> bytes:
    try:
        if file == STANDARD_INPUT:
            raw = (stdin or sys.stdin.buffer).read(_MOST_BYTES + 1)
        else:
            with Path(file).open("rb") as opened:
                raw = opened.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"can't be read: {reason}; check the path and its permissions", file=shown) from None
    if len(raw) > _MOST_BYTES:
        raise UsageError(f"is longer than {_MOST_BYTES >> 20} MiB; write networks instead of addresses", file=shown)
    return raw


def _line(text: str, file: str, shown: str, number: int) -> Line | None:
    rest = _COMMENT.sub("", text).strip()
    owner = _OWNER.search(rest)
    if owner:
        rest = rest[: owner.start()]
    target, _, name = rest.strip().replace("\t", " ").partition(" ")
    if not target and not owner:
        return None
    try:
        spec = parse_target(target)
    except UsageError as error:
        raise UsageError(str(error), file=shown, line=number) from None
    return Line(
        spec=spec,
        name=clean(name.strip(), 128) or None,
        owner=(clean(owner[1].strip(), 128) or None) if owner else None,
        anchor=None if file == STANDARD_INPUT else Anchor(file=file, line=number),
        file=shown,
        line=number,
    )
