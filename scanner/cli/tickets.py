"""`exposure tickets`: make the tracker say what the report says; `plan` shows what would be done, `apply` does it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanner.cli import choices
from scanner.cli.command import Command
from scanner.cli.command_table import about
from scanner.cli.option import Group, argument, option, required_option
from scanner.cli.readers import one_of, read_path, whole
from scanner.core.exit_code import ExitCode


@dataclass(frozen=True, kw_only=True)
class TrackerOptions:
    """Where tickets live: the options of `tickets check`."""

    tracker: str = required_option(
        "--tracker",
        f"One of {', '.join(choices.trackers())}.",
        metavar="NAME",
        read=one_of(choices.trackers),
        choices=choices.trackers,
        group=Group.TICKETS,
        example="--tracker github",
    )
    config: Path = required_option(
        "--config",
        "TOML: where tickets go, and where the credentials are.",
        metavar="FILE",
        read=read_path,
        group=Group.TICKETS,
        example="--config tickets.toml",
    )


@dataclass(frozen=True, kw_only=True)
class TicketOptions(TrackerOptions):
    """The options of `tickets plan` and `tickets apply`."""

    report: Path = argument("REPORT", "A JSON report of `exposure scan -o findings.json`.", read=read_path)
    proof: tuple[Path, ...] = option(
        (),
        "--proof",
        "A later report, of a scan of --recheck: what it saw counts.",
        metavar="REPORT",
        read=read_path,
        group=Group.TICKETS,
        example="--proof later.json",
    )
    group_by: str = option(
        "finding",
        "--group-by",
        "What one ticket stands for: finding | host.",
        metavar="WHAT",
        read=one_of(lambda: ("finding", "host")),
        choices=lambda: ("finding", "host"),
        group=Group.TICKETS,
        example="--group-by host",
    )
    max_new: int | None = option(
        None,
        "--max-new",
        "Most tickets to open, else nothing is sent [100].",
        metavar="N",
        read=whole(0),
        group=Group.TICKETS,
        example="--max-new 20",
    )
    form: str = option(
        "table",
        "-f, --format",
        "What goes to standard output: table | jsonl.",
        metavar="NAME",
        read=one_of(lambda: ("table", "jsonl")),
        choices=lambda: ("table", "jsonl"),
        group=Group.TICKETS,
        example="-f jsonl",
    )
    recheck: Path | None = option(
        None,
        "--recheck",
        "Write the endpoints that lack proof, as targets for `exposure scan -i`.",
        metavar="FILE",
        read=read_path,
        group=Group.TICKETS,
        example="--recheck recheck.txt",
    )


def check(options: TrackerOptions) -> ExitCode:
    """Read the configuration and the credentials."""
    from scanner.cli.run_tickets import check_settings

    check_settings(options.tracker, options.config)
    return ExitCode.CLEAN


def plan(options: TicketOptions) -> ExitCode:
    """Print what would be done."""
    from scanner.cli.run_tickets import show_plan

    return show_plan(options)


def apply(options: TicketOptions) -> ExitCode:
    """Do what the plan says."""
    from scanner.cli.run_tickets import apply_plan

    return apply_plan(options)


COMMANDS: tuple[Command[Any], ...] = (
    Command(
        name="tickets check",
        about=about("tickets check"),
        options=TrackerOptions,
        run=check,
        example="exposure tickets check --tracker github --config tickets.toml",
    ),
    Command(
        name="tickets plan",
        about=about("tickets plan"),
        options=TicketOptions,
        run=plan,
        example="exposure tickets plan findings.json --tracker github --config tickets.toml",
    ),
    Command(
        name="tickets apply",
        about=about("tickets apply"),
        options=TicketOptions,
        run=apply,
        example="exposure tickets apply findings.json --tracker github --config tickets.toml",
    ),
)
