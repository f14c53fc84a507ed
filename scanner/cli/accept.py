"""`exposure accept`: add an expected exposure to the accept file."""

from dataclasses import dataclass
from pathlib import Path

import click

from scanner.cli.command import Command
from scanner.cli.option import Group, argument, option, required_option
from scanner.cli.readers import read_path
from scanner.cli.report_options import SourceOption
from scanner.core.exit_code import ExitCode


@dataclass(frozen=True, kw_only=True)
class AcceptOptions(SourceOption):
    """What is accepted, and why."""

    fingerprint: str = argument("FINGERPRINT", "The finding, or the first 8 digits or more of its fingerprint.")
    reason: str = required_option(
        "--reason",
        "Why the exposure is expected.",
        metavar="TEXT",
        group=Group.REPORT,
        example="--reason 'public mirror'",
    )
    owner: str = required_option(
        "--owner", "Who answers for it.", metavar="NAME", group=Group.REPORT, example="--owner ops"
    )
    until: str = required_option(
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
    """Add the entry; raises UsageError when the finding is not there or may not be accepted."""
    from datetime import UTC, datetime

    from scanner.core.errors import UsageError
    from scanner.findings.acceptance_text import add_acceptance
    from scanner.report.pick import pick_finding
    from scanner.report.read import read_report
    from scanner.report.whole_file import write_file

    finding = pick_finding(read_report(options.source), options.fingerprint, options.source)
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
        today=datetime.now(UTC).date(),
        despite_compromise=options.despite_compromise,
    )
    # Others read this file too: it belongs to the repository, and holds nothing secret.
    write_file(options.file, lambda out: out.write(text), mode=0o644)
    click.echo(f"accepted until {options.until}: {finding.title} at {finding.endpoint} ({options.file})")
    return ExitCode.CLEAN


COMMAND = Command(
    name="accept",
    about="Accept one finding of a report until a day, with a reason and an owner.",
    options=AcceptOptions,
    run=run,
    example="exposure accept 3f2a9c01 --from report.json --reason 'public mirror' --owner ops --until 2027-03-31",
)
