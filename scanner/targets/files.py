"""Reads files of targets and of exclusions: one target a line (targets/line.py), `#` comments."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from scanner.core.errors import UsageError
from scanner.core.finding import Anchor
from scanner.core.textfile import decode_file, split_lines
from scanner.targets.line import parse_line
from scanner.targets.spec import Spec

STANDARD_INPUT = "-"
_MOST_BYTES = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One target and where it was written."""

    spec: Spec
    name: str | None = None
    """What the user calls it; clean."""
    owner: str | None = None
    """Who answers for it; clean."""
    tags: tuple[tuple[str, str], ...] = ()
    """Other notes of the line, by key; clean."""
    anchor: Anchor | None = None
    """None for the command line and standard input, which no annotation can point at."""
    instead: tuple[str, ...] = ()
    """What to write in place of a Compose line, so that only its host reaches the port."""
    file: str | None = None
    line: int | None = None

    def error(self, message: str) -> UsageError:
        """Return the error that names this line."""
        return UsageError(message, file=self.file, line=self.line)


def read_targets(file: str, stdin: BinaryIO | None = None, *, exclusion: bool = False) -> list[Line]:
    """Return the targets of a file (`-` is standard input), in order.

    Any encoding with a byte order mark, else UTF-8; any line ends. Raises UsageError with file and line for a file
    that can't be read, a line that can't be parsed, and a file without any target: an exclusion list that is cut
    short must never let a scan start.
    """
    shown = "standard input" if file == STANDARD_INPUT else file
    texts = split_lines(decode_file(_bytes(file, shown, stdin), shown))
    lines = [
        line for number, text in enumerate(texts, 1) if (line := _line(text, file, shown, number, exclusion=exclusion))
    ]
    if not lines:
        raise UsageError("holds no target; write one a line", file=shown)
    return lines


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


def _line(text: str, file: str, shown: str, number: int, *, exclusion: bool) -> Line | None:
    try:
        parsed = parse_line(text, exclusion=exclusion)
    except UsageError as error:
        raise UsageError(str(error), file=shown, line=number) from None
    if parsed is None:
        return None
    return Line(
        spec=parsed.spec,
        name=parsed.notes.name,
        owner=parsed.notes.owner,
        tags=parsed.notes.tags,
        anchor=None if file == STANDARD_INPUT else Anchor(file=file, line=number),
        file=shown,
        line=number,
    )
