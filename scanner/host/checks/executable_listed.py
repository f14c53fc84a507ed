"""A running executable whose hash is on the user's own list."""

from collections.abc import Iterator

from scanner.host.check import Check, Sign, Weight, about_process, sentence
from scanner.host.snapshot import Snapshot


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    for process in snapshot.processes:
        hashes = snapshot.hashes.get(process.pid)
        found = {hashes.sha256, hashes.md5} & snapshot.listed.hashes if hashes else set()
        for digest in sorted(found):
            paths = (process.executable,) if process.executable else ()
            detail = f"its executable has the hash {digest}, which {snapshot.listed.file} lists"
            yield Sign(CHECK.id, about_process(process), Weight.STRONG, sentence(detail), paths)


CHECK = Check(
    id="executable-listed",
    title="A running executable is on your own list",
    reads="/proc/PID/exe of every process when --ioc lists hashes; it works after the file was deleted",
    proves="The file that runs is byte for byte one that you listed.",
    wrong="The list is. MD5 can be forged; prefer SHA-256.",
    decide="sha256sum /proc/{pid}/exe",
    attack=("T1204.002",),
    ask=_ask,
)
