"""A shell history that was made to tell nothing."""

from collections.abc import Iterator

from scanner.host.check import Check, Kind, Sign, Weight, about_file, sentence
from scanner.host.snapshot import Snapshot


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    for history in snapshot.histories:
        subject = about_file(Kind.FILE, history.file, f"history {history.file}")
        yield Sign(CHECK.id, subject, Weight.WEAK, sentence(f"the history of {history.user} is {history.state.value}"))


CHECK = Check(
    id="history-wiped",
    title="A shell history was wiped",
    reads="size and kind of the shells' history files, never what is in them; /var/log/wtmp for log-ins",
    proves="Somebody keeps the shell from remembering what was typed.",
    wrong="Hardening guides do it too, and containers start empty: one weak sign; beside an alarm it is context.",
    decide="ls -la {path}; last | head",
    root=True,
    attack=("T1070.003",),
    ask=_ask,
)
