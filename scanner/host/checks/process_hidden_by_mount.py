"""Something is mounted over /proc/PID, so that tools show another process there or none."""

from collections.abc import Iterator

from scanner.host.check import Check, Sign, Weight, about_process, sentence
from scanner.host.snapshot import Snapshot


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    for process in snapshot.processes:
        if process.covered:
            detail = f"a mount lies over /proc/{process.pid}, so ps and top show something else there"
            yield Sign(CHECK.id, about_process(process), Weight.STRONG, sentence(detail))


CHECK = Check(
    id="process-hidden-by-mount",
    title="A process is hidden by a mount over its folder in /proc",
    reads="/proc/self/mountinfo",
    proves="Somebody with root mounted a folder over /proc/PID; nothing honest needs that.",
    wrong="A container manager that masks single files of /proc does it below its own root, not over /proc/PID.",
    decide="grep /proc/{pid} /proc/self/mountinfo; umount /proc/{pid} # then look at it again",
    attack=("T1564", "T1014"),
    ask=_ask,
)
