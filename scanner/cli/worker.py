"""`exposure worker`: look on behalf of a coordinator, within this worker's own scope."""

from dataclasses import dataclass
from pathlib import Path

from scanner.cli.cluster_options import ClusterKeysOptions
from scanner.cli.command import Command
from scanner.cli.command_table import about
from scanner.cli.option import Group, option, required_option
from scanner.cli.readers import read_path, read_rate
from scanner.cli.report_options import QuietOption
from scanner.cli.target_options import AllowPublicOption, ChecksOption
from scanner.core.exit_code import ExitCode


@dataclass(frozen=True, kw_only=True)
class WorkerOptions(QuietOption, ClusterKeysOptions, ChecksOption, AllowPublicOption):
    """Whom a worker serves, and what it permits."""

    cluster: str = required_option(
        "--cluster",
        "The NATS server at which coordinators offer work: tls://host:4222.",
        metavar="URL",
        group=Group.CLUSTER,
        example="--cluster tls://nats.example.org:4222",
    )
    scope: tuple[str, ...] = required_option(
        "--scope",
        "What this worker may touch, whoever asks: targets, one a line, as in --targets of scan.",
        metavar="FILE",
        many=True,
        group=Group.TARGETS,
        example="--scope scope.txt",
    )
    exclude: tuple[str, ...] = option(
        (), "-x, --exclude", "Never touched.", metavar="TARGET", group=Group.TARGETS, example="-x 10.0.0.1"
    )
    exclude_files: tuple[str, ...] = option(
        (),
        "--exclude-file",
        "Never touched, one a line.",
        metavar="FILE",
        group=Group.TARGETS,
        example="--exclude-file never.txt",
    )
    vantage: str | None = option(
        None,
        "--vantage",
        "Your name for where this worker stands: it takes the work for there.",
        metavar="NAME",
        group=Group.CLUSTER,
        example="--vantage dmz",
    )
    max_rate: float | None = option(
        None,
        "--max-rate",
        "Connections a second at most, whatever a run allows.",
        metavar="N",
        read=read_rate,
        group=Group.SWEEP,
        example="--max-rate 500",
    )
    audit: Path | None = option(
        None,
        "--audit",
        "Log all that is sent, a file for each chunk in this folder; `exposure audit` checks one.",
        metavar="FOLDER",
        read=read_path,
        group=Group.RUN,
        example="--audit /var/log/exposure",
    )
    name: str | None = option(
        None,
        "--name",
        "What this worker is called in the run's messages [the machine's name].",
        metavar="NAME",
        group=Group.CLUSTER,
        example="--name dmz-1",
    )


def run(options: WorkerOptions) -> ExitCode:
    """Serve until somebody stops it."""
    from scanner.cli.run_worker import run_worker

    return run_worker(options)


COMMAND = Command(
    name="worker",
    about=about("worker"),
    options=WorkerOptions,
    run=run,
    example="exposure worker --cluster tls://nats.example.org:4222 --scope scope.txt",
)
