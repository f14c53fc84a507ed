"""`exposure host`: this machine from the inside."""

from scanner.cli.command import Command
from scanner.cli.command_table import about
from scanner.cli.host_options import HostOptions
from scanner.core.exit_code import ExitCode


def run(options: HostOptions) -> ExitCode:
    """Look at this machine once and tell what is wrong."""
    from scanner.cli.run_host import run_host

    return run_host(options)


COMMAND = Command(
    name="host",
    about=about("host"),
    options=HostOptions,
    run=run,
    example="exposure host",
)
