"""`exposure host`: this machine from the inside."""

import click

from scanner.cli.command import Command
from scanner.cli.report_options import JsonOption
from scanner.core.exit_code import ExitCode


def run(options: JsonOption) -> ExitCode:
    """Print who listens; FINDINGS on signs of a break-in."""
    from scanner.cli.host_text import as_table, as_text
    from scanner.host.view import view_host
    from scanner.probes.registry import load_registry

    view = view_host(load_registry())
    click.echo(as_text(view) if options.as_json else as_table(view))
    return ExitCode.FINDINGS if view.signs else ExitCode.CLEAN


COMMAND = Command(
    name="host",
    about="List who listens on this machine, who owns it, how far it reaches, and signs of a break-in.",
    options=JsonOption,
    run=run,
    example="exposure host",
)
