"""The interface of an output format, and how formats are found: every module in report/formats is one."""

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TextIO, TypeAlias

from scanner.core.errors import UsageError
from scanner.core.report import ScanReport
from scanner.report import formats
from scanner.report.clean_report import clean_report


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOptions:
    """What a writer may know of the place that it writes to."""

    width: int = 100
    """Columns that the reader's terminal has."""
    colour: bool = False
    """Whether terminal colours are wanted."""
    step_summary: Path | None = None
    """The file that a GitHub step appends its job summary to; None elsewhere."""


Write: TypeAlias = Callable[[ScanReport, TextIO, WriteOptions], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One output format."""

    name: str
    about: str
    """One line for the help text."""
    suffixes: tuple[str, ...] = ()
    """File name endings that choose this format, each with its dot."""
    write: Write
    """Writes a report whose text is clean already; `render` makes sure of it."""


def format_names() -> tuple[str, ...]:
    """Return the names of all formats, sorted, without loading one."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(formats.__path__)))


def find_format(name: str) -> Format:
    """Return a format by its name; raises UsageError for a stranger."""
    if name not in format_names():
        raise UsageError(f"unknown format '{name}'; choose one of {', '.join(format_names())}")
    return _load(name)


def format_of_file(path: Path) -> Format:
    """Return the format that a file's suffix stands for; raises UsageError when none does."""
    name = path.name.lower()
    entries = [(suffix, entry) for entry in map(_load, format_names()) for suffix in entry.suffixes]
    fitting = [(len(suffix), entry) for suffix, entry in entries if name.endswith(suffix)]
    if not fitting:
        raise UsageError(
            f"no format belongs to the suffix of '{path}'; name one before the file, as in 'json:{path}' "
            f"(formats: {', '.join(format_names())})"
        )
    return max(fitting, key=lambda pair: pair[0])[1]


def render(chosen: Format, report: ScanReport, out: TextIO, options: WriteOptions | None = None) -> None:
    """Write a report in one format, every text in it made safe first."""
    chosen.write(clean_report(report), out, options or WriteOptions())


def _load(name: str) -> Format:
    found: Format = import_module(f"{formats.__name__}.{name}").FORMAT
    return found
