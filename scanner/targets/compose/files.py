"""The files of a Compose project: found as Compose finds them, read within limits, turned into trees."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from scanner.core.errors import UsageError
from scanner.core.textfile import decode_file
from scanner.core.yamltext import Node, parse_yaml

STANDARD_INPUT = Path("-")
SHOWN_INPUT = "standard input"
DEFAULT_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
OVERRIDE_NAMES = (
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)
_LIMIT_BYTES = 4 << 20
_LIMIT_ALL_BYTES = 16 << 20
_MOST_FILES = 200


def projects(paths: Sequence[Path]) -> list[tuple[Path, ...]]:
    """Return the files of each project that was named: those of one folder are one project, in order (`-f A -f B`).

    A file that has one of Compose's own names and stands alone is joined by the override file beside it.
    """
    folders: dict[Path, list[Path]] = {}
    for path in paths:
        folders.setdefault(path.parent, []).append(path)
    return [(files[0], *_override(files[0])) if len(files) == 1 else tuple(files) for files in folders.values()]


def _override(path: Path) -> tuple[Path, ...]:
    if path.name not in DEFAULT_NAMES:
        return ()
    beside = (path.with_name(name) for name in OVERRIDE_NAMES)
    return tuple(other for other in beside if other.is_file())[:1]


@dataclass(slots=True)
class FileReader:
    """Reads the files of one project; together they may hold no more than a few MiB."""

    stdin: BinaryIO | None = None
    files: int = 0
    bytes: int = 0
    trees: dict[Path, tuple[Node, ...]] = field(default_factory=dict)

    def text(self, path: Path) -> str:
        """Return the text of a file; raises UsageError for what can't be read, is too large or no text."""
        shown = SHOWN_INPUT if path == STANDARD_INPUT else path
        try:
            if path == STANDARD_INPUT:
                data = (self.stdin or sys.stdin.buffer).read(_LIMIT_BYTES + 1)
            else:
                with path.open("rb") as file:
                    data = file.read(_LIMIT_BYTES + 1)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise UsageError(f"can't be read: {reason}; check the path", file=shown) from None
        if len(data) > _LIMIT_BYTES:
            raise UsageError(f"is longer than {_LIMIT_BYTES >> 20} MiB; name a Compose file", file=shown)
        self.files += 1
        self.bytes += len(data)
        if self.files > _MOST_FILES or self.bytes > _LIMIT_ALL_BYTES:
            raise UsageError(f"is one of more than {_MOST_FILES} files or 16 MiB of one project", file=shown)
        return decode_file(data, shown)

    def documents(self, path: Path) -> tuple[Node, ...]:
        """Return the documents of a YAML file, read once."""
        if path not in self.trees:
            shown = SHOWN_INPUT if path == STANDARD_INPUT else str(path)
            self.trees[path] = tuple(parse_yaml(self.text(path), shown))
        return self.trees[path]

    def part(self, path: Path) -> tuple[Node, ...] | None:
        """Return the documents of a file that another one names, None where there is no such ordinary file."""
        try:
            ordinary = path.is_file()
        except (OSError, ValueError):
            ordinary = False
        return self.documents(path) if ordinary else None
