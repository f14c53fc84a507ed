"""`exposure schema`: the JSON Schema of what this version writes, for those who read it with a program."""

from dataclasses import dataclass
from pathlib import Path

import click

import scanner
from scanner.cli.command import Command
from scanner.cli.command_table import about
from scanner.cli.option import argument
from scanner.cli.readers import one_of
from scanner.core.exit_code import ExitCode

_PACKAGE = Path(scanner.__file__).parent


def files(package: Path = _PACKAGE) -> dict[str, Path]:
    """Return every schema by the name of what it describes; a checkout has them under docs/."""
    found = sorted(package.glob("*/*-v[0-9].json")) or sorted((package.parent / "docs/schema").glob("*-v[0-9].json"))
    return {file.stem.rpartition("-")[0]: file for file in found}


def names() -> tuple[str, ...]:
    """Return what has a schema."""
    return tuple(files())


@dataclass(frozen=True, kw_only=True)
class SchemaOptions:
    """Which schema is shown."""

    document: str = argument("NAME", "report, diff, audit, ...: what it describes.", read=one_of(names), choices=names)


def run(options: SchemaOptions) -> ExitCode:
    """Print one schema."""
    click.echo(files()[options.document].read_text("utf-8"), nl=False)
    return ExitCode.CLEAN


COMMAND = Command(
    name="schema", about=about("schema"), options=SchemaOptions, run=run, example="exposure schema report"
)
