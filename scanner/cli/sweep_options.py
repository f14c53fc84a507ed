"""Options that say how ports are swept, and how a run is kept, split and repeated."""

from dataclasses import dataclass
from pathlib import Path

from scanner.cli import choices
from scanner.cli.option import Group, as_is, as_number, option
from scanner.cli.readers import duration, number, read_engine, read_path, read_rate, whole
from scanner.core.engine_name import EngineName
from scanner.core.rates import HOST_RATE, POLITE_RATE

LONGEST_WAIT_S = 3_600.0


@dataclass(frozen=True, kw_only=True)
class SweepOptions:
    """How hard the network is pushed."""

    engine: EngineName = option(
        EngineName.AUTO,
        "--engine",
        "auto | connect | syn | nmap",
        metavar="NAME",
        read=read_engine,
        choices=choices.engines,
        group=Group.SWEEP,
        example="--engine syn",
    )
    rate: float | None = option(
        None,
        "--rate",
        "Connections a second, all targets together, never more; inf: no limit [as fast as answers come back].",
        metavar="N",
        read=read_rate,
        group=Group.SWEEP,
        example="--rate 500",
        recorded=as_number,
    )
    polite: bool = option(
        False,
        "--polite",
        f"Without --rate: at most {POLITE_RATE:.0f} connections a second, and {HOST_RATE:.0f} a host.",
        group=Group.SWEEP,
        example="--polite",
        recorded=as_is,
    )
    max_in_flight: int | None = option(
        None,
        "--max-in-flight",
        "Connections open at once [from the limit of open files].",
        metavar="N",
        read=whole(1),
        group=Group.SWEEP,
        example="--max-in-flight 200",
        recorded=as_is,
    )
    timeout_s: float | None = option(
        None,
        "--timeout",
        "Patience for a connection, in seconds [from measured round trips].",
        metavar="S",
        read=number(0.05),
        group=Group.SWEEP,
        example="--timeout 5",
        recorded=as_is,
    )
    retries: int | None = option(
        None,
        "--retries",
        "Extra rounds for silence, 0 to 10 [the engine decides].",
        metavar="N",
        read=whole(0, 10),
        group=Group.SWEEP,
        example="--retries 2",
        recorded=as_is,
    )


@dataclass(frozen=True, kw_only=True)
class AuditOption:
    """The account of what is sent."""

    audit: Path | None = option(
        None,
        "--audit",
        "Log all that is sent, line chained to line; `exposure audit` checks it.",
        metavar="FILE",
        read=read_path,
        group=Group.RUN,
        example="--audit audit.jsonl",
    )


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """Which part of the work is done, in which order, and where it is kept."""

    vantage: str | None = option(
        None,
        "--vantage",
        "Your name for where this run looks from; with --cluster, which workers are to look: office,dmz.",
        metavar="NAME",
        group=Group.RUN,
        example="--vantage office",
        recorded=as_is,
    )
    shard: str = option(
        "1/1",
        "--shard",
        "Part of the work.",
        metavar="I/N",
        group=Group.RUN,
        example="--shard 2/4",
        recorded=as_is,
    )
    seed: int | None = option(
        None,
        "--seed",
        "The same order again.",
        metavar="N",
        read=whole(0),
        group=Group.RUN,
        example="--seed 7",
    )
    save: Path | None = option(
        None,
        "--save",
        "Begin a run that can be resumed, and keep how far it has come.",
        metavar="FILE",
        read=read_path,
        group=Group.RUN,
        example="--save run.state",
    )
    resume: Path | None = option(
        None,
        "--resume",
        "Go on with a run that --save began.",
        metavar="FILE",
        read=read_path,
        group=Group.RUN,
        example="--resume run.state",
    )
    wait_s: float | None = option(
        None,
        "--wait",
        "Wait so long until pinned and published endpoints accept, such as 60s or 2m; implies --expect-open.",
        metavar="TIME",
        read=duration(LONGEST_WAIT_S),
        group=Group.RUN,
        example="--wait 60s",
        recorded=as_is,
    )
    expect_open: bool = option(
        False,
        "--expect-open",
        "A pinned endpoint that is closed makes the run incomplete; always so with --from-compose.",
        group=Group.RUN,
        example="--expect-open",
        recorded=as_is,
    )
    dry_run: bool = option(
        False,
        "--dry-run",
        "Print the plan, send nothing.",
        group=Group.RUN,
        example="--dry-run",
    )
