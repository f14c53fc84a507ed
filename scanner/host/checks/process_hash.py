"""The hashes of a suspect's executable: what settles the question elsewhere."""

from collections.abc import Iterator

from scanner.core.count import counted
from scanner.host.check import Check, Sign, Weight, about_process, sentence
from scanner.host.snapshot import Snapshot


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    for process in snapshot.processes:
        hashes = snapshot.hashes.get(process.pid)
        if hashes is not None:
            detail = f"SHA-256 {hashes.sha256}, MD5 {hashes.md5}, {counted(hashes.size, 'byte')}"
            yield Sign(CHECK.id, about_process(process), Weight.NOTE, sentence(detail))


CHECK = Check(
    id="process-hash",
    title="The hashes of a suspect's executable",
    reads="/proc/PID/exe of suspects; it works after the file was deleted",
    proves="Nothing by itself: look the hash up where you trust, from another machine.",
    wrong="Never sent anywhere, so never looked up by us.",
    decide="sha256sum /proc/{pid}/exe",
    ask=_ask,
)
