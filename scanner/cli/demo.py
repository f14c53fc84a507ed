"""`exposure demo`: harmless stand-ins on loopback, and a real scan of them."""

from dataclasses import dataclass

from scanner.cli.command import Command
from scanner.cli.command_table import about
from scanner.cli.report_options import ColorOptions, OutputOptions
from scanner.core.exit_code import ExitCode


@dataclass(frozen=True, kw_only=True)
class DemoOptions(ColorOptions, OutputOptions):
    """What is made of the demo's report."""


def run(options: DemoOptions) -> ExitCode:
    """Play the services and scan them."""
    from scanner.cli.run_demo import run_demo

    return run_demo(options)


COMMAND = Command(
    name="demo",
    about=about("demo"),
    options=DemoOptions,
    run=run,
    example="exposure demo",
)
