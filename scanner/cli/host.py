"""`exposure host`: this machine from the inside."""

import typer

from scanner.core.exit_code import ExitCode


def host(as_json: bool = typer.Option(False, "--json", help="As JSON, for programs.")) -> None:
    """List who listens on this machine, who owns it, how far it reaches, and signs of a break-in; exit 1 on signs."""
    from scanner.cli.host_text import as_table, as_text
    from scanner.host.view import view_host
    from scanner.probes.registry import load_registry

    view = view_host(load_registry())
    typer.echo(as_text(view) if as_json else as_table(view))
    raise typer.Exit(ExitCode.FINDINGS if view.signs else ExitCode.CLEAN)
