"""The `exposure` command: its sub-commands, and the one place where errors become a line and an exit code."""

import os
import sys

import typer

from scanner import __version__
from scanner.cli import accept, audit, checks, demo, diff, host, scan, services, tickets, verify
from scanner.core.errors import ScannerError
from scanner.core.exit_code import ExitCode
from scanner.core.text import clean

app = typer.Typer(
    name="exposure",
    help="Find network services that answer without a password, prove it read-only, and say how to close them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(no_args_is_help=True)(scan.scan)
app.command()(demo.demo)
app.command()(services.services)
app.add_typer(checks.app, name="checks")
app.command(no_args_is_help=True)(diff.diff)
app.command(no_args_is_help=True)(verify.verify)
app.command(no_args_is_help=True)(accept.accept)
app.command(no_args_is_help=True)(audit.audit)
app.add_typer(tickets.app, name="tickets")
app.command()(host.host)


def _version(*, value: bool) -> None:
    if value:
        typer.echo(f"exposure {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    *, version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version.")
) -> None:
    """Find network services that answer without a password, prove it read-only, and say how to close them."""


def main() -> None:
    """Run the command line; no traceback reaches a terminal."""
    try:
        app()
    except ScannerError as error:
        _complain(str(error))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        _complain("interrupted")
        sys.exit(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output has gone; Python must not complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.NOTHING_SCANNED)
    except Exception as error:
        if os.environ.get("EXPOSURE_DEBUG"):
            raise
        _complain(f"internal error: {type(error).__name__}: {error}; set EXPOSURE_DEBUG=1 for details and report it")
        sys.exit(ExitCode.INTERNAL_ERROR)


def _complain(message: str) -> None:
    sys.stderr.write(f"exposure: {clean(message, 2_000)}\n")
