"""`exposure completion`: the lines that make a shell complete commands, options and what can be said to them."""

import os
from dataclasses import dataclass
from typing import Any

import click

from scanner.cli import choices
from scanner.cli.command import Command
from scanner.cli.command_table import about
from scanner.cli.main import COMPLETE
from scanner.cli.option import argument
from scanner.cli.readers import one_of
from scanner.core.exit_code import ExitCode


@dataclass(frozen=True, kw_only=True)
class CompletionOptions:
    """Which shell is completed."""

    shell: str = argument("SHELL", "bash, zsh or fish.", read=one_of(choices.shells), choices=choices.shells)


def run(options: CompletionOptions) -> ExitCode:
    """Print the script for a shell; nothing is written anywhere else."""
    click.echo(script(options.shell))
    return ExitCode.CLEAN


def script(shell: str) -> str:
    """Return what a shell has to read once; the wheel brings it to where shells look by themselves."""
    from click.shell_completion import get_completion_class

    kind: Any = get_completion_class(shell)
    text: str = kind.source_template % kind(click.Group(), {}, "exposure", COMPLETE).source_vars()
    return text


def complete(root: click.Group) -> int:
    """Answer the shell."""
    from click.shell_completion import shell_complete

    return shell_complete(root, {}, "exposure", COMPLETE, os.environ[COMPLETE])


COMMAND = Command(
    name="completion",
    about=about("completion"),
    options=CompletionOptions,
    run=run,
    example="exposure completion bash",
)
