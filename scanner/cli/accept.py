"""`exposure accept`: add an expected exposure to the accept file."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli.command import Command
from scanner.cli.command_table import about
from scanner.cli.option import Group, option
from scanner.cli.readers import one_of, read_path
from scanner.cli.report_options import FindingOptions
from scanner.core.errors import UsageError
from scanner.core.exit_code import ExitCode

if TYPE_CHECKING:
    from datetime import date

_FORMATS = ("md", "csv")


@dataclass(frozen=True, kw_only=True)
class AcceptOptions(FindingOptions):
    """What is accepted, and why."""

    listed: bool = option(
        False,
        "--list",
        "Show what the accept file holds, as a register; nothing is added.",
        group=Group.REPORT,
        example="--list",
    )
    format: str = option(
        "md",
        "-f, --format",
        "Of the register: md | csv.",
        metavar="NAME",
        read=one_of(lambda: _FORMATS),
        choices=lambda: _FORMATS,
        group=Group.REPORT,
        example="-f csv",
    )
    reason: str = option(
        "",
        "--reason",
        "Why the exposure is expected.",
        metavar="TEXT",
        group=Group.REPORT,
        example="--reason 'public mirror'",
    )
    owner: str = option("", "--owner", "Who answers for it.", metavar="NAME", group=Group.REPORT, example="--owner ops")
    until: str = option(
        "",
        "--until",
        "The last day that it holds: 2027-03-31.",
        metavar="DATE",
        group=Group.REPORT,
        example="--until 2027-03-31",
    )
    file: Path = option(
        Path("accept.toml"),
        "--accept",
        "The accept file to add to [accept.toml].",
        metavar="FILE",
        read=read_path,
        group=Group.REPORT,
        example="--accept expected.toml",
    )
    despite_compromise: bool = option(
        False,
        "--despite-compromise",
        "Accept it although it shows signs of a break-in.",
        group=Group.REPORT,
        example="--despite-compromise",
    )


def run(options: AcceptOptions) -> ExitCode:
    """Add the entry, or list them; raises UsageError when the finding is not there or may not be accepted."""
    from datetime import UTC, datetime

    today = datetime.now(UTC).date()
    return _list(options, today) if options.listed else _add(options, today)


def _list(options: AcceptOptions, today: "date") -> ExitCode:
    import sys

    from scanner.findings.acceptance_file import read_acceptances
    from scanner.report.acceptance_register import write_csv, write_markdown

    if options.fingerprint:
        raise UsageError("--list shows the whole accept file; leave the fingerprint out")
    write = {"md": write_markdown, "csv": write_csv}[options.format]
    write(read_acceptances(options.file), today, sys.stdout)
    return ExitCode.CLEAN


def _add(options: AcceptOptions, today: "date") -> ExitCode:
    from scanner.findings.acceptance_text import add_acceptance
    from scanner.report.pick import pick_finding
    from scanner.report.read import read_report
    from scanner.report.whole_file import write_file

    source = _needed(options)
    finding = pick_finding(read_report(source), options.fingerprint, source)
    if finding.compromise and not options.despite_compromise:
        raise UsageError(
            f"{finding.endpoint} shows signs of a break-in ({finding.compromise[0].id}); look into it first, "
            "or say --despite-compromise"
        )
    text = add_acceptance(
        finding,
        options.file,
        reason=options.reason,
        owner=options.owner,
        until=options.until,
        today=today,
        despite_compromise=options.despite_compromise,
    )
    # Others read this file too: it belongs to the repository, and holds nothing secret.
    write_file(options.file, lambda out: out.write(text), mode=0o644)
    click.echo(f"accepted until {options.until}: {finding.title} at {finding.endpoint} ({options.file})")
    return ExitCode.CLEAN


def _needed(options: AcceptOptions) -> Path:
    """Return the report; raises UsageError for what has to be given beside it and is not."""
    given = {
        "FINGERPRINT": options.fingerprint,
        "--from": options.source,
        "--reason": options.reason,
        "--owner": options.owner,
        "--until": options.until,
    }
    missing = [name for name, value in given.items() if not value]
    if missing or options.source is None:
        raise UsageError(f"Missing {', '.join(missing)}; for example `{COMMAND.example}`, or --list")
    return options.source


COMMAND = Command(
    name="accept",
    about=about("accept"),
    options=AcceptOptions,
    run=run,
    example="exposure accept 3f2a9c01 --from report.json --reason 'public mirror' --owner ops --until 2027-03-31",
)
