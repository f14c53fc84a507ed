"""A program whose command line is empty, twice."""

from collections.abc import Iterator

from scanner.host.check import Check, Sign, Weight, about_process, sentence
from scanner.host.snapshot import Snapshot


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    for process in snapshot.processes:
        if process.silent and not process.kernel and not process.zombie:
            paths = (process.executable,) if process.executable else ()
            yield Sign(CHECK.id, about_process(process), Weight.WEAK, sentence("its command line is empty"), paths)


CHECK = Check(
    id="process-no-command-line",
    title="A program without a command line",
    reads="/proc/PID/cmdline in two samples, /proc/PID/stat for kernel threads and zombies",
    proves="The program wiped its arguments, so that ps and top can't show what was asked of it.",
    wrong="A program that is just starting: both samples must be empty. A few honest ones wipe it: one weak sign.",
    decide="ls -l /proc/{pid}/exe /proc/{pid}/cwd; tr '\\0' '\\n' < /proc/{pid}/environ",
    attack=("T1564.010",),
    ask=_ask,
)
