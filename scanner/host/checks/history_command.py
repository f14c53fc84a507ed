"""A typed command that belongs to an attack; only with --history."""

import re
from collections.abc import Iterator

from scanner.findings.compromise import candidates
from scanner.host.check import Check, Kind, Sign, Weight, about_file, sentence
from scanner.host.snapshot import Snapshot

# What follows a password option, a token variable or a user in a URL is not for a report.
_SECRET = re.compile(
    r"((?:--?(?:password|passwd|pass|token|secret|api-?key)[= ]|(?:\w*(?:PASSWORD|TOKEN|SECRET|KEY))=|-p(?=\S))\s*)\S+"
    r"|(://[^/\s:@]+:)[^@\s]+(?=@)|(Authorization:\s*\w+\s+)\S+",
    re.IGNORECASE,
)


def masked(line: str) -> str:
    """Return a line with what looks like a secret taken out."""
    return _SECRET.sub(lambda found: f"{found[1] or found[2] or found[3]}***", line)


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    for line in snapshot.history_lines:
        for found in candidates({"command": (line.text,)}):
            subject = about_file(Kind.FILE, line.file, f"history {line.file}")
            detail = f"{line.file}:{line.line} {found.id}: {masked(line.text)}"
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
