"""A program that runs from a folder where anybody may write, or from one that is named to be overlooked."""

from collections.abc import Iterator

from scanner.host.check import Check, Sign, Weight, about_process, sentence
from scanner.host.families import builds
from scanner.host.paths import disguised, temporary, unseen
from scanner.host.snapshot import Snapshot


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    building = builds(snapshot)
    for process in snapshot.processes:
        path = process.executable
        if path is None or not (temporary(path) or disguised(path)):
            continue
        honest = process.fuse or process.pid in building
        weight = Weight.STRONG if unseen(path) else Weight.NOTE if honest and not disguised(path) else Weight.WEAK
        yield Sign(CHECK.id, about_process(process), weight, sentence(f"it runs from {path}"), (path,))


CHECK = Check(
    id="process-executable-in-temporary-folder",
    title="A program runs from a temporary or disguised folder",
    reads="the target of /proc/PID/exe; /proc/self/mountinfo for FUSE mounts",
    proves="The file lies in /tmp, /var/tmp or /dev/shm (weak), or in a folder named by blanks or dots alone (strong).",
    wrong="Builds and tests run there: a note below a build tool. AppImages mount themselves there: a note on FUSE.",
    decide="ls -la --time-style=full-iso {path}; sha256sum /proc/{pid}/exe",
    attack=("T1036.005", "T1564.001"),
    ask=_ask,
)
