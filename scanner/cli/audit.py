"""`exposure audit`: check the log that `exposure scan --audit` has kept."""

from pathlib import Path

import typer

from scanner.core.exit_code import ExitCode


def audit(log: Path = typer.Argument(..., metavar="FILE", help="The log that --audit has written.")) -> None:
    """Check that nothing in an audit log was changed, removed or added, and say what it accounts for.

    Exits 0 when the chain holds to the last line, 1 when it is broken or the end is missing, 2 when it can't be read.
    """
    from scanner.core.errors import UsageError
    from scanner.history.chain import LONGEST_LINE, verify

    try:
        with log.open("rb") as file:
            verdict = verify(iter(lambda: file.readline(LONGEST_LINE), b""))
    except OSError as error:
        raise UsageError(f"can't be read: {error.strerror}", file=log) from None
    if verdict.broken is not None:
        typer.echo(f"broken: {verdict.broken}; {verdict.lines - 1} lines before it hold")
        raise typer.Exit(ExitCode.FINDINGS)
    account = ", ".join(f"{verdict.totals[name]} {words}" for name, words in _COUNTED)
    tail = f"chain verifies, {verdict.lines} lines, last {verdict.chain}"
    if verdict.status is None:
        typer.echo(f"no end: {account}; {tail}; the run was killed, or lines are missing at the end")
        raise typer.Exit(ExitCode.FINDINGS)
    typer.echo(f"{verdict.status}: {account}; {tail}")


_COUNTED = (
    ("attempts", "attempts"),
    ("conversations", "conversations"),
    ("questions", "questions"),
    ("bytes_out", "bytes out"),
    ("bytes_in", "bytes in"),
)
