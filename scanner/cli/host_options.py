"""The options of `exposure host`."""

from dataclasses import dataclass
from pathlib import Path

from scanner.cli.option import Group, as_is, option
from scanner.cli.readers import duration, read_folder, read_new_folder, read_path
from scanner.cli.report_options import ReportOptions, TerminalOptions, VerdictOptions

_LONGEST_S = 86_400.0
_SHORTEST_S = 0.001


@dataclass(frozen=True, kw_only=True)
class HostOptions(TerminalOptions, VerdictOptions, ReportOptions):
    """What is looked at, and what is kept."""

    confirm: bool = option(
        False,
        "--confirm",
        "Ask the listeners that others reach what a scan asks; the packets stay on this machine.",
        group=Group.RUN,
        example="--confirm",
        recorded=as_is,
    )
    ioc: Path | None = option(
        None,
        "--ioc",
        "Your own list of bad addresses, networks, SHA-256, MD5 and images, one a line.",
        metavar="FILE",
        read=read_path,
        group=Group.RUN,
        example="--ioc bad.txt",
    )
    shell_history: bool = option(
        False,
        "--history",
        "Read the shell histories too; matching lines alone are shown, secrets masked.",
        group=Group.RUN,
        example="--history",
        recorded=as_is,
    )
    watch_s: float = option(
        1.0,
        "--watch",
        "Time between the two samples of processor use.",
        metavar="TIME",
        read=duration(_LONGEST_S, _SHORTEST_S),
        group=Group.RUN,
        example="--watch 60s",
    )
    """Seconds."""
    evidence: Path | None = option(
        None,
        "--evidence",
        "Copy executable, maps, open files and connections of suspects into a new folder below this one.",
        metavar="DIR",
        read=read_new_folder,
        group=Group.RUN,
        example="--evidence /mnt/evidence",
    )
    root: Path = option(
        Path("/"),
        "--root",
        "Read files below this folder, such as a disk that is mounted there.",
        metavar="DIR",
        read=read_folder,
        group=Group.RUN,
        example="--root /mnt",
    )
    proc: Path = option(
        Path("/proc"),
        "--proc",
        "Read processes here.",
        metavar="DIR",
        read=read_folder,
        group=Group.RUN,
        example="--proc /proc",
    )
