"""`exposure host`: this machine from the inside."""

from scanner.cli.command import Command
from scanner.cli.host_options import HostOptions
from scanner.core.exit_code import ExitCode


def run(options: HostOptions) -> ExitCode:
    """Look at this machine once and tell what is wrong."""
    from scanner.cli.run_host import run_host

    return run_host(options)


COMMAND = Command(
    name="host",
    about="Look at this machine from the inside: signs of a break-in, who listens, and the line that opened it.",
    options=HostOptions,
    run=run,
    example="exposure host",
)
