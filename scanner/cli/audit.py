"""`exposure audit`: check the log that `exposure scan --audit` has kept."""

from dataclasses import dataclass
from pathlib import Path

import click

from scanner.cli.command import Command
from scanner.cli.command_table import about
from scanner.cli.option import argument
from scanner.cli.readers import read_path
from scanner.core.count import counted
from scanner.core.exit_code import ExitCode

_COUNTED = (
    ("attempts", "attempts"),
    ("conversations", "conversations"),
    ("questions", "questions"),
    ("bytes_out", "bytes out"),
    ("bytes_in", "bytes in"),
)


@dataclass(frozen=True, kw_only=True)
class AuditLogOptions:
    """Which log is checked."""

    log: Path = argument("FILE", "The log that --audit has written.", read=read_path)


def run(options: AuditLogOptions) -> ExitCode:
    """Check the chain; FINDINGS when it is broken or its end is missing, UsageError when the file is no log."""
    from scanner.core.errors import UsageError
    from scanner.history.chain import LONGEST_LINE, verify

    try:
        with options.log.open("rb") as file:
            verdict = verify(iter(lambda: file.readline(LONGEST_LINE), b""))
    except OSError as error:
        raise UsageError(f"can't be read: {error.strerror}; check the path", file=options.log) from None
    if verdict.foreign:
        raise UsageError("is no audit log; name the file that `exposure scan --audit` has written", file=options.log)
    if verdict.broken is not None:
        before = verdict.lines - 1
        click.echo(f"broken: {verdict.broken}; {counted(before, 'line')} before it hold{'s' if before == 1 else ''}")
        return ExitCode.FINDINGS
    account = ", ".join(f"{verdict.totals[name]} {words}" for name, words in _COUNTED)
    tail = f"chain verifies, {counted(verdict.lines, 'line')}, last {verdict.chain}"
    if verdict.status is None:
        click.echo(f"no end: {account}; {tail}; the run was killed, or lines are missing at the end")
        return ExitCode.FINDINGS
    click.echo(f"{verdict.status}: {account}; {tail}")
    return ExitCode.CLEAN


COMMAND = Command(
    name="audit",
    about=about("audit"),
    options=AuditLogOptions,
    run=run,
    example="exposure audit audit.jsonl",
)
