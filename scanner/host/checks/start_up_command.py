"""A start-up entry that runs what attacks run."""

import re
from collections.abc import Iterator
from ipaddress import ip_address

from scanner.core.text import clean
from scanner.findings.compromise import candidates
from scanner.host.check import DETAIL_CHARS, Check, Kind, Sign, Subject, Weight, about_file, sentence
from scanner.host.families import abroad
from scanner.host.paths import in_command
from scanner.host.snapshot import Snapshot, StartUp

_SCRIPTS = frozenset(
    {"cron script", "init script", "shell profile", "systemd generator", "network hook", "message of the day"}
    | {"package hook", "log rotation"}
)
_PLACE = re.compile(
    r"(?:https?|ftp)://(?:[^/\s@\"']{1,200}@)?(\[[0-9a-f:.]{2,60}\]|[^/\s:\"'|;]{1,253})", re.IGNORECASE
)
_OWN = (".local", ".internal", ".intranet", ".lan", ".corp", ".home", ".home.arpa", ".localdomain")


def about_entry(entry: StartUp) -> Subject:
    """Return a start-up entry as a subject: scripts are one subject each, other files one for each command."""
    key = entry.file if entry.kind in _SCRIPTS else f"{entry.file} {entry.command}"
    return about_file(Kind.START_UP, key, f"{entry.kind} {entry.file}")._replace(file=clean(entry.file, DETAIL_CHARS))


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    for entry in snapshot.start_up:
        for found in candidates({"command": (entry.command,)}):
            weight = Weight.STRONG if found.certain or _is_run_unseen(entry, found.id) else Weight.WEAK
            detail = f"{entry.file}:{entry.line} {found.id}: {found.detail}"
            # Two different patterns in one entry are two different signs.
            check = CHECK.id if found.certain else f"{CHECK.id}/{found.id}"
            yield Sign(check, about_entry(entry), weight, sentence(detail), in_command(entry.command))


def _is_run_unseen(entry: StartUp, habit: str) -> bool:
    """Tell whether a program of somebody else's, or one that is written so that nobody reads it, starts by itself."""
    if habit == "decode-and-run":
        return True
    # In their own homes people may well fetch what their shell needs.
    own = entry.kind == "shell profile" and not entry.file.startswith("/etc/")
    return habit == "download-and-run" and not own and not _is_from_here(entry.command)


def _is_from_here(command: str) -> bool:
    """Tell whether every place that a command names is on the user's own network."""
    places = _PLACE.findall(command)
    return bool(places) and all(map(_is_own, places))


def _is_own(host: str) -> bool:
    try:
        return not abroad(ip_address(host.strip("[]")))
    except ValueError:
        return "." not in host or host.lower().endswith(_OWN)


CHECK = Check(
    id="start-up-command",
    title="Something that starts by itself runs what attacks run",
    reads="cron (/etc/crontab, cron.d, spool, hourly to monthly), anacron, at, systemd units, drop-ins and generators "
    "(system and user), rc.local, init.d, profile and shell rc files, XDG autostart, udev RUN, network hooks, motd, "
    "hooks of apt and dpkg, log rotation",
    proves="The command names published malware, or has two habits of attacks: download and run, decode and run, "
    "reverse shell, immutable flags.",
    wrong="One habit alone is a note: installers and administrators download and run, too. But what decodes itself, "
    "and what is downloaded from outside and run for all users or at no user's wish, is strong.",
    decide="ls -la --time-style=full-iso {file}; less {file}",
    attack=("T1053.003", "T1543.002", "T1546.004"),
    ask=_ask,
)
