"""A start-up entry that runs something from a temporary or hidden folder."""

from collections.abc import Iterator

from scanner.host.check import Check, Sign, Weight, sentence
from scanner.host.checks.start_up_command import about_entry
from scanner.host.paths import disguised, hidden, in_command, temporary
from scanner.host.snapshot import Snapshot, StartUp

_COMMANDS = frozenset({"cron", "anacron", "systemd unit", "systemd user unit", "desktop autostart", "init script"})


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    for entry in snapshot.start_up:
        if entry.kind not in _COMMANDS:
            continue
        for path in in_command(entry.command):
            if _strange(entry, path):
                detail = f"{entry.file}:{entry.line} names {path}, in a temporary or hidden folder"
                yield Sign(CHECK.id, about_entry(entry), Weight.WEAK, sentence(detail), (path,))
                break


def _strange(entry: StartUp, path: str) -> bool:
    # An init script handles files in /tmp as data; cron and units that start there run it.
    first = entry.command.lstrip("@-:+!| ").startswith(path)
    runs = first or (entry.kind == "cron" and not path.endswith((".log", ".pid", ".lock", ".sock", ".err", ".out")))
    user_own = entry.kind in {"systemd user unit", "desktop autostart"} and path.startswith(("/home/", "/root/"))
    return runs and (temporary(path) or disguised(path) or (first and hidden(path) and not user_own))


CHECK = Check(
    id="start-up-path",
    title="Something that starts by itself lies in a temporary or hidden folder",
    reads="the same files as start-up-command",
    proves="cron, systemd, init or a desktop starts a file from /tmp, /var/tmp, /dev/shm or a folder with a dot.",
    wrong="Jobs of one's own tools (~/.local) look so: one weak sign; with a process of that file an alarm.",
    decide="ls -la --time-style=full-iso {path}; file {path}",
    attack=("T1053.003", "T1543.002", "T1564.001"),
    ask=_ask,
)
