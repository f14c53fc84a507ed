"""`exposure accept`: add an expected exposure to the accept file."""

from pathlib import Path

import typer


def accept(
    fingerprint: str = typer.Argument(..., help="The finding, or the first 8 digits or more of its fingerprint."),
    *,
    source: Path = typer.Option(..., "--from", metavar="FILE", help="The JSON report that holds the finding."),
    reason: str = typer.Option(..., "--reason", help="Why the exposure is expected."),
    owner: str = typer.Option(..., "--owner", help="Who answers for it."),
    until: str = typer.Option(..., "--until", metavar="DATE", help="The last day that it holds: 2027-03-31."),
    file: Path = typer.Option(Path("accept.toml"), "--accept", metavar="FILE", help="The accept file to add to."),
    despite_compromise: bool = typer.Option(
        False, "--despite-compromise", help="Accept it although it shows signs of a break-in."
    ),
) -> None:
    """Accept one finding of a report until a day, with a reason and an owner."""
    from datetime import UTC, datetime

    from scanner.core.errors import UsageError
    from scanner.findings.acceptance_text import add_acceptance
    from scanner.report.pick import pick_finding
    from scanner.report.read import read_report
    from scanner.report.whole_file import write_file

    finding = pick_finding(read_report(source), fingerprint, source)
    if finding.compromise and not despite_compromise:
        raise UsageError(
            f"{finding.endpoint} shows signs of a break-in ({finding.compromise[0].id}); look into it first, "
            "or say --despite-compromise"
        )
    text = add_acceptance(
        finding,
        file,
        reason=reason,
        owner=owner,
        until=until,
        today=datetime.now(UTC).date(),
        despite_compromise=despite_compromise,
    )
    # Others read this file too: it belongs to the repository, and holds nothing secret.
    write_file(file, lambda out: out.write(text), mode=0o644)
    typer.echo(f"accepted until {until}: {finding.title} at {finding.endpoint} ({file})")
