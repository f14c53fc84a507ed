"""`exposure watch`: scan again and again, keep a history, and tell people what changed."""

import re
from dataclasses import dataclass

import click

from scanner.cli.command import Command
from scanner.cli.command_table import about
from scanner.cli.mistakes import NothingGivenError
from scanner.cli.option import Group, option
from scanner.cli.scan_options import ScanOptions
from scanner.core.exit_code import ExitCode

_PERIOD = re.compile(r"([1-9][0-9]{0,4})(min|h|d)")
_SECONDS = {"min": 60, "h": 3_600, "d": 86_400}


def read_period(word: str) -> float:
    """Return a period in seconds: `30min`, `6h`, `1d`."""
    found = _PERIOD.fullmatch(word)
    if found is None:
        raise ValueError("write a period such as 30min, 6h or 1d")
    return float(int(found[1]) * _SECONDS[found[2]])


@dataclass(frozen=True, kw_only=True)
class WatchOptions(ScanOptions):
    """What is scanned, how often, and who is told."""

    every_s: float = option(
        6 * 3_600.0,
        "--every",
        "How often, from begin to begin: 30min, 6h, 1d [6h].",
        metavar="PERIOD",
        read=read_period,
        group=Group.RUN,
        example="--every 6h",
    )
    once: bool = option(
        False,
        "--once",
        "Run once, tell, and end with the exit code of a scan: for systemd timers and cron.",
        group=Group.RUN,
        example="--once",
    )
    alert: tuple[str, ...] = option(
        (),
        "--alert",
        "Who is told of what changed: https://host/path (signed with EXPOSURE_WEBHOOK_SECRET), mailto:ops@example.org "
        "(by EXPOSURE_SMTP), 'exec:/path/to/program' (JSON on its standard input), apprise:URL.",
        metavar="SINK",
        group=Group.REPORT,
        example="--alert exec:/bin/cat",
    )


def run(options: WatchOptions) -> ExitCode:
    """Watch; raises NothingGivenError when nothing is named that could be scanned."""
    if not any((options.targets, options.target_files, options.from_nmap, options.from_compose)):
        told = "no target: name an address, a network, a host or @local, or a file with --targets"
        raise NothingGivenError(told, click.get_current_context(silent=True))
    from scanner.cli.run_watch import run_watch

    return run_watch(options)


COMMAND = Command(
    name="watch",
    about=about("watch"),
    options=WatchOptions,
    run=run,
    example="exposure watch @local",
)
