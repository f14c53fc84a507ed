"""`exposure tickets`: make the tracker say what the report says; `plan` shows what would be done, `apply` does it."""

from pathlib import Path

import typer

from scanner.tickets.trackers import tracker_names

app = typer.Typer(
    help="One ticket for each finding, closed on proof: plan what a tracker needs, then apply it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_REPORT = typer.Argument(..., metavar="REPORT", help="A JSON report of `exposure scan -o findings.json`.")
_TRACKER = typer.Option(..., "--tracker", metavar="NAME", help=f"One of {', '.join(tracker_names())}.")
_CONFIG = typer.Option(..., "--config", metavar="FILE", help="TOML: where tickets go, and where the credentials are.")
_PROOF = typer.Option(
    [], "--proof", metavar="REPORT", help="A later report, of a scan of --recheck: what it saw counts."
)
_GROUP = typer.Option("finding", "--group-by", metavar="finding|host", help="What one ticket stands for.")
_NEW = typer.Option(None, "--max-new", min=0, metavar="N", help="Most tickets to open, else nothing is sent. [100]")
_FORM = typer.Option("table", "-f", "--format", metavar="table|jsonl", help="What goes to standard output.")
_RECHECK = typer.Option(
    None, "--recheck", metavar="FILE", help="Write the endpoints that lack proof, as targets for `exposure scan -i`."
)


@app.command(no_args_is_help=True)
def check(*, tracker: str = _TRACKER, config: Path = _CONFIG) -> None:
    """Read the configuration and the credentials before a scan takes its time, and send nothing.

    Exit: 0 both are in place, 2 something is wrong or missing.
    """
    from scanner.cli.run_tickets import check_settings

    check_settings(tracker, config)


@app.command(no_args_is_help=True)
def plan(
    report: Path = _REPORT,
    *,
    tracker: str = _TRACKER,
    config: Path = _CONFIG,
    proof: list[Path] = _PROOF,
    group_by: str = _GROUP,
    max_new: int | None = _NEW,
    form: str = _FORM,
    recheck: Path | None = _RECHECK,
) -> None:
    """Print what `apply` would do, and send nothing.

    Exit: 0 the plan stands, 1 it opens more tickets than --max-new, 2 usage, 3 the tracker can't be read.
    """
    from scanner.cli.run_tickets import TicketJob, show_plan

    job = TicketJob(report, tracker, config, tuple(proof), group_by, max_new, form, recheck)
    raise typer.Exit(show_plan(job))


@app.command(no_args_is_help=True)
def apply(
    report: Path = _REPORT,
    *,
    tracker: str = _TRACKER,
    config: Path = _CONFIG,
    proof: list[Path] = _PROOF,
    group_by: str = _GROUP,
    max_new: int | None = _NEW,
    form: str = _FORM,
    recheck: Path | None = _RECHECK,
) -> None:
    """Plan, then create, update, comment, reopen and close; run it again after a stop, nothing is done twice.

    Exit: 0 all done, 1 refused by --max-new and nothing sent, 2 usage, 3 the tracker can't be used, 4 some actions
    failed, 130 interrupted.
    """
    from scanner.cli.run_tickets import TicketJob, apply_plan

    job = TicketJob(report, tracker, config, tuple(proof), group_by, max_new, form, recheck)
    raise typer.Exit(apply_plan(job))
