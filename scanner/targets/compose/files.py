"""The files of a Compose project: found as Compose finds them, read within limits, turned into trees."""

import os
import sys
from collections.abc import Mapping as Pairs
from collections.abc import Sequence
from dataclasses import dataclass, field
from os.path import normpath
from pathlib import Path
from typing import BinaryIO

from scanner.core.errors import UsageError
from scanner.core.text import clean
from scanner.core.textfile import decode_file
from scanner.core.yamltext import Node, parse_yaml
from scanner.targets.compose.dotenv import NotDotenv, parse_dotenv

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


def projects(paths: Sequence[Path], environment: Pairs[str, str] | None = None) -> list[tuple[Path, ...]]:
    """Return the files of each project that was named: those of one folder are one project, in order (`-f A -f B`).

    A file that has one of Compose's own names and stands alone is joined by those that COMPOSE_FILE names with it, in
    `environment` or in the `.env` beside it, else by the override file. Without an `environment` no variable counts.
    Raises UsageError for a `.env` that Compose refuses.
    """
    folders: dict[Path, list[Path]] = {}
    for path in paths:
        folders.setdefault(path.parent, []).append(path)
    return [_joined(files[0], environment) if len(files) == 1 else tuple(files) for files in folders.values()]


def _joined(path: Path, environment: Pairs[str, str] | None) -> tuple[Path, ...]:
    if path.name not in DEFAULT_NAMES:
        return (path,)
    together = _chosen(path.parent, environment) if environment is not None else ()
    if Path(normpath(path)) in together:
        return together
    beside = (path.with_name(name) for name in OVERRIDE_NAMES)
    return (path, *tuple(other for other in beside if other.is_file())[:1])


def _chosen(folder: Path, environment: Pairs[str, str]) -> tuple[Path, ...]:
    """Return the files that COMPOSE_FILE names."""
    known = known_variables(FileReader(), folder, environment)
    separator = known.get("COMPOSE_PATH_SEPARATOR") or os.pathsep
    names = filter(None, known.get("COMPOSE_FILE", "").split(separator))
    return tuple(Path(normpath(folder / name)) for name in names)


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


def known_variables(reader: FileReader, folder: Path, environment: Pairs[str, str]) -> dict[str, str]:
    """Return the variables of a project: `environment`, and after it the files of COMPOSE_ENV_FILES, else `.env`.

    Raises UsageError for a file that Compose refuses, and for one that COMPOSE_ENV_FILES names and that is not there.
    """
    named = [name.strip() for name in environment.get("COMPOSE_ENV_FILES", "").split(",") if name.strip()]
    if not named:
        return more_variables(reader, folder / ".env", environment)
    found: dict[str, str] = {}
    for name in named:
        found |= read_variables(reader, Path(name), {**found, **environment})
    return {**found, **environment}


def more_variables(reader: FileReader, path: Path, known: Pairs[str, str]) -> dict[str, str]:
    """Return what is known and, after it, what a `.env` file says; a file that is not there says nothing."""
    return {**(read_variables(reader, path, known) if path.is_file() else {}), **known}


def read_variables(reader: FileReader, path: Path, known: Pairs[str, str]) -> dict[str, str]:
    """Return what a file of variables says; raises UsageError, with the line, for one that Compose refuses."""
    try:
        return parse_dotenv(reader.text(path), known)
    except NotDotenv as error:
        raise UsageError(
            f"{clean(str(error), 120)}; Compose refuses the whole file", file=path, line=error.line
        ) from None
