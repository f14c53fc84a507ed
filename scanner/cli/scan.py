"""`exposure scan`: sweep, confirm, tabulate."""

import click

from scanner.cli.command import Command
from scanner.cli.command_table import about
from scanner.cli.mistakes import NothingGivenError
from scanner.cli.scan_options import ScanOptions
from scanner.core.exit_code import ExitCode


def run(options: ScanOptions) -> ExitCode:
    """Run one scan; raises NothingGivenError when nothing is named that could be scanned."""
    if not any((options.targets, options.target_files, options.from_nmap, options.from_compose)):
        told = "no target: name an address, a network, a host or @local, or a file with --targets"
        if options.resume is not None:
            told = "no target: a run goes on with the targets and options that it began with; give them again"
        raise NothingGivenError(told, click.get_current_context(silent=True))
    from scanner.cli.run_scan import run_scan

    return run_scan(options)


COMMAND = Command(
    name="scan",
    about=about("scan"),
    options=ScanOptions,
    run=run,
    example="exposure scan 10.0.0.0/24",
)
