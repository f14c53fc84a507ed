"""The interface of a reader, and how readers are found: every module in lint/readers is one."""

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TypeAlias

from scanner.lint import readers
from scanner.lint.prediction import Read

STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file to be read, and what its reader may know."""

    path: Path
    text: str
    shown: str
    """How messages and anchors name it."""
    root: Path
    """The folder that was named: nothing outside of it is read for the sake of this file."""
    environment: Mapping[str, str]


Judge: TypeAlias = Callable[[Source], Read]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One kind of file."""

    id: str
    title: str
    rank: int
    """Lower ones are tried first."""
    fits: Callable[[str, str], bool]
    """Takes the path and the text's first 64 KiB."""
    names: tuple[str, ...]
    """Globs of file names that are worth opening."""
    read: Judge


@cache
def load_readers() -> tuple[Reader, ...]:
    """Return every reader, in the order in which they are tried."""
    modules = (import_module(f"{readers.__name__}.{found.name}") for found in pkgutil.iter_modules(readers.__path__))
    found = (reader for module in modules if isinstance(reader := getattr(module, "READER", None), Reader))
    return tuple(sorted(found, key=lambda reader: (reader.rank, reader.id)))
