"""A typed command that belongs to an attack; only with --history."""

from collections.abc import Iterator

from scanner.findings.compromise import candidates
from scanner.host.check import Check, Kind, Sign, Weight, about_file, sentence
from scanner.host.snapshot import Snapshot


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    for line in snapshot.history_lines:
        for found in candidates({"command": (line.text,)}):
            subject = about_file(Kind.FILE, line.file, f"history {line.file}")
            detail = f"{line.file}:{line.line} {found.id}: {line.text}"
            # What an administrator typed to clean up looks like what an attacker typed: never an alarm by itself.
            yield Sign(CHECK.id, subject, Weight.WEAK if found.certain else Weight.NOTE, sentence(detail))


CHECK = Check(
    id="history-command",
    title="A typed command belongs to an attack",
    reads="the shells' history files, with --history alone; the matching line only, secrets masked",
    proves="Somebody typed a published miner's name, a pool's address or a download that is run at once.",
    wrong="Whoever cleaned up typed the same names: one weak sign at most.",
    decide="less {path}",
    root=True,
    attack=("T1059.004",),
    ask=_ask,
)
