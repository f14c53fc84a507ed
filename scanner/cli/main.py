"""The `exposure` command: its sub-commands, and the one place where errors become a line and an exit code."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from shutil import get_terminal_size
from typing import Any

import click

from scanner import __version__
from scanner.cli.command_table import ABOUT, EXAMPLES, FAMILIES, TABLE, Kind, Listed, load
from scanner.cli.standard_streams import let_complaints_fail, open_closed_streams
from scanner.core.errors import ScannerError
from scanner.core.exit_code import ExitCode
from scanner.core.text import clean

COMPLETE = "_EXPOSURE_COMPLETE"
"""Set by the shell while it asks for completions (click's convention)."""
_WIDEST = 160
"""Columns beyond which lines of help are hard to follow."""


class HelpedGroup(click.Group):
    """Lists commands in the order of the table, each with its whole sentence; one that is called is imported."""

    def __init__(self, name: str, about: str, listed: Sequence[Listed], **settings: Any) -> None:
        """Be `exposure` itself, or one of its families."""
        super().__init__(name, help=about, no_args_is_help=True, **settings)
        self.listed = {one.name.removeprefix(f"{name} "): one for one in listed}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table, a family once."""
        return list(dict.fromkeys(name.partition(" ")[0] for name in self.listed))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, which is imported for it, or a family."""
        if cmd_name in FAMILIES and cmd_name not in self.listed:
            members = [one for one in self.listed.values() if one.name.startswith(f"{cmd_name} ")]
            return HelpedGroup(cmd_name, FAMILIES[cmd_name], members, context_settings=self.context_settings)
        if cmd_name not in self.listed:
            return None
        from scanner.cli.command import to_click

        return to_click(load(self.listed[cmd_name].name), self.context_settings)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is called; a mistyped one is met with what it was probably meant to be."""
        if args[0] not in self.list_commands(ctx) and not args[0].startswith("-"):
            from scanner.core.suggestion import did_you_mean

            near = did_you_mean(args[0], self.list_commands(ctx)).rstrip("?")
            ctx.fail(f"no command {args[0]!r}{near}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands by kind; no sentence is cut."""
        names = self.list_commands(ctx)
        for kind in Kind:
            held = [(name, self._about(name)) for name in names if self._kind(name) is kind]
            if held:
                with formatter.section(kind.value if ctx.parent is None else "Commands"):
                    formatter.write_dl(held, col_max=12)
        if ctx.parent is None:
            with formatter.section("Examples"):
                for example in EXAMPLES:
                    formatter.write_text(example)

    def _kind(self, name: str) -> Kind:
        return next(one.kind for key, one in self.listed.items() if key.partition(" ")[0] == name)

    def _about(self, name: str) -> str:
        listed = self.listed.get(name)
        return FAMILIES[name] if listed is None else listed.about


def make_root() -> click.Group:
    """Return the whole command line."""
    settings: dict[str, Any] = {
        "help_option_names": ["-h", "--help"],
        "max_content_width": _WIDEST,
        "terminal_width": min(get_terminal_size((100, 24)).columns, _WIDEST),
    }
    version = click.Option(
        ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_told, help="Print the version."
    )
    return HelpedGroup("exposure", ABOUT, TABLE, params=[version], context_settings=settings)


def _told(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(f"exposure {__version__}")
        ctx.exit()


def main() -> None:
    """Run the command line; no traceback reaches a terminal."""
    open_closed_streams()
    let_complaints_fail()
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
        if isinstance(error, FileNotFoundError) and not _folder_stands():
            _complain("the current folder is not there any more, so that no path can be told from it; go into another")
            return ExitCode.USAGE
        _complain(f"internal error: {type(error).__name__}: {error}; set EXPOSURE_DEBUG=1 for details and report it")
        return ExitCode.INTERNAL_ERROR


def _folder_stands() -> bool:
    try:
        Path.cwd()
    except OSError:
        return False
    return True


def dispatch(root: click.Group, arguments: Sequence[str]) -> int:
    """Parse and run; raises what the command raises."""
    if COMPLETE in os.environ:
        from scanner.cli.completion import complete

        return complete(root)
    try:
        with root.make_context("exposure", list(arguments)) as context:
            code: int = root.invoke(context)
            return code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help())
        return ExitCode.USAGE
    except click.UsageError as error:
        from scanner.cli.mistakes import told

        for line in told(error, root, arguments):
            _complain(line)
        return ExitCode.USAGE
    except click.exceptions.Exit as done:
        return done.exit_code


def _complain(message: str) -> None:
    sys.stderr.write(f"exposure: {clean(message, 2_000)}\n")
