"""The `exposure` command: its sub-commands, and the one place where errors become a line and an exit code."""

import os
import sys
from collections.abc import Sequence
from shutil import get_terminal_size
from typing import Any

import click
import typer
from typer.core import TyperGroup
from typer.main import get_command

from scanner import __version__
from scanner.cli import (
    accept,
    audit,
    checks,
    completion,
    demo,
    diff,
    history,
    host,
    lint,
    merge,
    scan,
    serve,
    services,
    tickets,
    verify,
    watch,
    worker,
)
from scanner.cli.command import Command, HelpedCommand, add_command
from scanner.cli.standard_streams import open_closed_streams
from scanner.core.errors import ScannerError
from scanner.core.exit_code import ExitCode
from scanner.core.text import clean

COMMANDS: tuple[Command[Any], ...] = (
    scan.COMMAND,
    demo.COMMAND,
    watch.COMMAND,
    serve.COMMAND,
    services.COMMAND,
    *checks.COMMANDS,
    diff.COMMAND,
    merge.COMMAND,
    worker.COMMAND,
    verify.COMMAND,
    accept.COMMAND,
    audit.COMMAND,
    *history.COMMANDS,
    *tickets.COMMANDS,
    host.COMMAND,
    lint.COMMAND,
    completion.COMMAND,
)
"""In the order of the help, the man page and docs/cli.md."""

ABOUT = "Find network services that answer without a password, prove it read-only, and say how to close them."
FAMILIES = {
    "history": "What many runs have found: what is new, since when it is open, how fast it gets closed.",
    "checks": "Make, validate and try a TOML check of your own.",
    "tickets": "One ticket for each finding, closed on proof: plan what a tracker needs, then apply it.",
}
"""Commands that are made of commands."""
_WIDEST = 160
"""Columns beyond which lines of help are hard to follow."""


class HelpedGroup(TyperGroup):
    """Lists commands in the order in which they are met, each with its whole sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of COMMANDS; typer has families behind single commands."""
        order = list(dict.fromkeys(command.name.partition(" ")[0] for command in COMMANDS))
        return sorted(self.commands, key=lambda name: order.index(name) if name in order else 0)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands; no sentence is cut."""
        with formatter.section("Commands"):
            held = [(name, self.commands[name]) for name in self.list_commands(ctx)]
            formatter.write_dl([(name, one.short_help or one.help or "") for name, one in held])
        if ctx.parent is None:
            with formatter.section("Examples"):
                formatter.write_dl([(one.example, "") for one in (scan.COMMAND, demo.COMMAND, services.COMMAND)])


def make_root() -> click.Group:
    """Return the whole command line."""
    settings: dict[str, Any] = {
        "help_option_names": ["-h", "--help"],
        "max_content_width": _WIDEST,
        "terminal_width": min(get_terminal_size((100, 24)).columns, _WIDEST),
    }
    plain: dict[str, Any] = {
        "cls": HelpedGroup,
        "add_completion": False,
        "context_settings": settings,
        "rich_markup_mode": None,
        "no_args_is_help": True,
    }
    root = typer.Typer(name="exposure", help=ABOUT, **plain)
    root.callback()(_version)
    families = {name: typer.Typer(name=name, help=about, **plain) for name, about in FAMILIES.items()}
    for command in COMMANDS:
        family, _, _ = command.name.rpartition(" ")
        add_command(families[family] if family else root, command, settings)
    for family, app in families.items():
        root.add_typer(app, name=family)
    made = get_command(root)
    if not isinstance(made, click.Group):
        raise TypeError("the command line is a group of commands")
    return made


def _told(wanted: bool) -> None:
    if wanted:
        click.echo(f"exposure {__version__}")
        raise typer.Exit


def _version(
    version: bool = typer.Option(False, "--version", is_eager=True, callback=_told, help="Print the version."),
) -> None:
    """Take the options of `exposure` itself."""


def main() -> None:
    """Run the command line; no traceback reaches a terminal."""
    open_closed_streams()
    arguments = sys.argv[1:]
    sys.exit(run(arguments))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    try:
        return dispatch(make_root(), arguments)
    except ScannerError as error:
        _complain(str(error))
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        _complain("interrupted")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone; Python must not complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.NOTHING_SCANNED
    except Exception as error:
        if os.environ.get("EXPOSURE_DEBUG"):
            raise
        _complain(f"internal error: {type(error).__name__}: {error}; set EXPOSURE_DEBUG=1 for details and report it")
        return ExitCode.INTERNAL_ERROR


def dispatch(root: click.Group, arguments: Sequence[str]) -> int:
    """Parse and run; raises what the command raises."""
    if completion.wanted():
        return completion.complete(root)
    try:
        with root.make_context("exposure", list(arguments)) as context:
            code: int = root.invoke(context)
            return code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help())
        return ExitCode.USAGE
    except click.UsageError as error:
        shown = error.ctx.command if error.ctx else root
        example = f"for example `{shown.command.example}`; " if isinstance(shown, HelpedCommand) else ""
        path = error.ctx.command_path if error.ctx else "exposure"
        _complain(f"{error.format_message().rstrip('.')}; {example}`{path} --help` lists the options")
        return ExitCode.USAGE
    except click.exceptions.Exit as done:
        return done.exit_code


def _complain(message: str) -> None:
    sys.stderr.write(f"exposure: {clean(message, 2_000)}\n")
