"""`exposure lint`: what files open to strangers, before anything runs."""

from dataclasses import dataclass

from scanner.cli.command import Command
from scanner.cli.command_table import about
from scanner.cli.option import Group, argument, option
from scanner.cli.report_options import ReportOptions, TerminalOptions, VerdictOptions
from scanner.core.exit_code import ExitCode


@dataclass(frozen=True, kw_only=True)
class LintOptions(ReportOptions, VerdictOptions, TerminalOptions):
    """What is judged."""

    paths: tuple[str, ...] = argument("PATH...", "Files or folders; `-` is standard input.", default=(), many=True)
    listed: bool = option(
        False, "--list", "List the kinds of files and the images that are known.", group=Group.RUN, example="--list"
    )
    confirm: bool = option(
        False,
        "--confirm",
        "Then scan what the Compose files publish on this machine, and hold both against each other.",
        group=Group.RUN,
        example="--confirm",
    )


def run(options: LintOptions) -> ExitCode:
    """Judge the files; FINDINGS when one opens a door to strangers."""
    from scanner.cli.run_lint import run_lint

    return run_lint(options)


COMMAND = Command(
    name="lint",
    about=about("lint"),
    options=LintOptions,
    run=run,
    example="exposure lint .",
)
