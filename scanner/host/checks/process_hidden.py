"""A process that answers by its number and is missing from the listing of /proc."""

from collections.abc import Iterator

from scanner.host.check import Check, Sign, Weight, about_process, sentence
from scanner.host.snapshot import Snapshot


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    for process in snapshot.processes:
        if process.unlisted:
            detail = f"/proc/{process.pid} answers, yet three listings of /proc left it out: {process.command}"
            paths = (process.executable,) if process.executable else ()
            yield Sign(CHECK.id, about_process(process), Weight.STRONG, sentence(detail), paths)


CHECK = Check(
    id="process-hidden",
    title="A process is hidden from the listing of /proc",
    reads="/proc/1 to /proc/65536 and the numbers near the newest one, against three listings of /proc",
    proves="Something filters the listing: a preloaded library (libprocesshider) or a kernel module.",
    wrong="Processes that are born or end meanwhile: three rounds, one start time, older than the run. Threads answer "
    "too and are told by their thread group. Numbers far above the newest one are not tried.",
    decide="cat /proc/{pid}/cmdline | tr '\\0' ' '; cat /etc/ld.so.preload; lsmod",
    attack=("T1014", "T1564.001"),
    ask=_ask,
)
