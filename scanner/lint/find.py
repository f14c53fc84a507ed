"""Finds the files to judge below what was named, and gives each to its reader."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO

from scanner.core.errors import UsageError
from scanner.core.problem import Problem, ProblemKind
from scanner.core.textfile import decode_file
from scanner.lint.ignores import Ignore, read_ignores
from scanner.lint.prediction import LintReach, Prediction
from scanner.lint.reader import STANDARD_INPUT, Reader, Source, load_readers

COMPOSE = "compose"
"""The reader whose doors a scan of this machine can prove."""
_LIMIT_BYTES = 4 << 20
_MOST_FILES = 20_000
_HEAD = 64 << 10
_PASSED_OVER = frozenset({".git", ".hg", ".svn", "node_modules", ".venv", "venv", ".tox", "__pycache__", ".terraform"})


@dataclass(slots=True)
class Found:
    """What all files say together."""

    predictions: list[Prediction] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ignores: list[Ignore] = field(default_factory=list)
    files: int = 0
    """Files that a reader understood."""
    mounted: set[Path] = field(default_factory=set)
    """What containers mount."""
    composed: list[Path] = field(default_factory=list)
    """Those of them that are Compose files."""


def lint(paths: Sequence[str], environment: Mapping[str, str], stdin: BinaryIO) -> Found:
    """Return what the files below some paths say; `-` is standard input.

    Raises UsageError for a path that is not there, and for a file, named by itself, of no known kind.
    """
    found = Found()
    for text in paths:
        if text == STANDARD_INPUT:
            source = _decoded(stdin.read(_LIMIT_BYTES + 1), text)
            _judge_text(Source(path=Path("-"), text=source, shown=text, root=Path(), environment=environment), found)
            continue
        path = Path(text)
        if path.is_dir():
            for file in _walk(path):
                _judge_file(file, path, environment, found, named=False)
        else:
            _judge_file(path, path.parent, environment, found, named=True)
    found.predictions = [one for one in found.predictions if not _is_mounted(one, found.mounted)]
    return found


def _is_mounted(one: Prediction, mounted: set[Path]) -> bool:
    """Tell whether a configuration file counts where it is mounted, so that it is not judged by itself too."""
    if one.reach is not LintReach.INTERFACE:
        return False
    file = Path(one.anchor.file).resolve()
    return file in mounted or file.parent in mounted


def _walk(root: Path) -> Iterator[Path]:
    """Yield the files that some reader may know; links to folders are not followed."""
    globs = tuple(dict.fromkeys(glob for reader in load_readers() for glob in reader.names))
    count = 0
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _PASSED_OVER)
        for name in sorted(names):
            if any(fnmatchcase(name, glob) for glob in globs):
                count += 1
                if count > _MOST_FILES:
                    raise UsageError(f"holds more than {_MOST_FILES:,} files to judge; name parts of it", file=root)
                yield Path(folder, name)


def _judge_file(path: Path, root: Path, environment: Mapping[str, str], found: Found, *, named: bool) -> None:
    try:
        if not named and not path.resolve().is_relative_to(root.resolve()):
            raise UsageError("is a symbolic link out of the tree; it is not followed", file=path)
        text = _read(path, named=named)
        source = Source(path=path, text=text, shown=str(path), root=root, environment=environment)
        if not _judge_text(source, found) and named:
            raise UsageError("is of no kind that is known here; `exposure lint --list` names them", file=path)
    except UsageError as error:
        if named:
            raise
        found.problems.append(Problem(ProblemKind.LINT_FILE_SKIPPED, str(path), str(error)))
    except (OSError, RuntimeError):
        found.problems.append(Problem(ProblemKind.LINT_FILE_SKIPPED, str(path), "can't be read"))


def _judge_text(source: Source, found: Found) -> bool:
    reader = _reader_of(source.shown, source.text)
    if reader is None:
        return False
    read = reader.read(source)
    found.files += 1
    if reader.id == COMPOSE:
        found.composed.append(source.path)
    found.mounted |= {path.resolve() for path in read.mounted}
    found.predictions += read.predictions
    found.problems += read.problems
    found.ignores += read_ignores(source.text, source.shown)
    return True


def _reader_of(shown: str, text: str) -> Reader | None:
    head = text[:_HEAD]
    return next((reader for reader in load_readers() if reader.fits(shown, head)), None)


def _read(path: Path, *, named: bool) -> str:
    try:
        if not named and not path.is_file():
            raise UsageError("is no ordinary file", file=path)
        with path.open("rb") as file:
            data = file.read(_LIMIT_BYTES + 1)
    except OSError as error:
        raise UsageError(f"can't be read: {error.strerror}; check the path", file=path) from None
    return _decoded(data, str(path))


def _decoded(data: bytes, shown: str) -> str:
    if len(data) > _LIMIT_BYTES:
        raise UsageError(f"is longer than {_LIMIT_BYTES >> 20} MiB", file=shown)
    return decode_file(data, shown)
