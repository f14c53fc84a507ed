"""A program that runs although its file is gone."""

from collections.abc import Iterator

from scanner.host.check import Check, Sign, Weight, about_process, sentence
from scanner.host.families import builds
from scanner.host.paths import disguised, temporary
from scanner.host.snapshot import Process, Snapshot


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    building = builds(snapshot)
    for process in snapshot.processes:
        path = process.executable
        if process.deleted and path is not None and not path.startswith("/memfd:"):
            weight = _weight(process, path, building=process.pid in building)
            what = "was replaced while it ran: restart it" if process.replaced else "is gone from the disk"
            yield Sign(CHECK.id, about_process(process), weight, sentence(f"its executable {path} {what}"), (path,))


def _weight(process: Process, path: str, *, building: bool) -> Weight:
    if process.replaced:
        return Weight.NOTE
    somewhere = temporary(path) or disguised(path)
    if building:
        return Weight.WEAK if somewhere else Weight.NOTE
    return Weight.STRONG if somewhere else Weight.WEAK


CHECK = Check(
    id="process-executable-deleted",
    title="A program runs whose file was deleted",
    reads="the target of /proc/PID/exe, and whether that path exists again in the process's own root",
    proves="Somebody removed the file after the start; in a folder where anybody may write that is how miners hide.",
    wrong="Upgraded packages: the path is there again, so it is a note that says restart. Removed packages: one weak "
    "sign. Programs of a build (go test, cargo) are deleted by their tool: a note below a build tool, "
    "and one weak sign in a temporary folder.",
    decide="cp /proc/{pid}/exe suspect.bin; sha256sum suspect.bin # works while it runs; dpkg -S {path}",
    attack=("T1070.004",),
    ask=_ask,
)
