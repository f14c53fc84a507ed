"""A start-up entry that runs something from a temporary or hidden folder."""

import re
from collections.abc import Iterator

from scanner.host.check import Check, Sign, Weight, sentence
from scanner.host.checks.start_up_command import about_entry
from scanner.host.paths import disguised, hidden, in_command, temporary, unseen
from scanner.host.snapshot import Snapshot, StartUp

# Entries that are one command, of which the first path is what runs.
_COMMANDS = frozenset({"anacron", "systemd unit", "systemd user unit", "desktop autostart"})
_JOBS = frozenset({"cron", "udev rule"})
_DATA = (".log", ".pid", ".lock", ".sock", ".err", ".out")
# What a script's line may begin with before the program that it starts.
_BEFORE = re.compile(r"(?:[@:+!|-]+|(?:nohup|exec|setsid|sudo|nice|env|sh|bash|\.|source)\s+|\(+)\s*")


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    for entry in snapshot.start_up:
        path = next((path for path in in_command(entry.command) if _strange(entry, path)), None)
        if path is not None:
            detail = f"{entry.file}:{entry.line} names {path}, in a temporary or hidden folder"
            weight = Weight.STRONG if unseen(path) or (temporary(path) and hidden(path)) else Weight.WEAK
            yield Sign(CHECK.id, about_entry(entry), weight, sentence(detail), (path,))


def _strange(entry: StartUp, path: str) -> bool:
    first = _begun(entry.command).startswith(path)
    # Scripts handle files in /tmp as data; cron, udev and units that start there run it.
    runs = first or (entry.kind in _JOBS and not path.endswith(_DATA))
    # In their own homes people's entries run their own hidden folders (~/.local/bin).
    own = entry.kind not in _COMMANDS | _JOBS or (
        entry.kind in {"systemd user unit", "desktop autostart"} and path.startswith(("/home/", "/root/"))
    )
    return runs and (temporary(path) or disguised(path) or (first and hidden(path) and not own))


def _begun(command: str) -> str:
    while found := _BEFORE.match(command):
        command = command[found.end() :]
    return command


CHECK = Check(
    id="start-up-path",
    title="Something that starts by itself lies in a temporary or hidden folder",
    reads="the same files as start-up-command",
    proves="cron, systemd, init or a desktop starts a file from /tmp, /var/tmp, /dev/shm or a folder with a dot.",
    wrong="Jobs of one's own tools (~/.local) look so: one weak sign; with a process of that file an alarm. A folder "
    "that is both temporary and hidden is strong: nothing honest is kept there.",
    decide="ls -la --time-style=full-iso {file} {path}; file {path}",
    attack=("T1053.003", "T1543.002", "T1564.001"),
    ask=_ask,
)
