"""What the machine runs by itself: cron, systemd, init, shells, desktops, udev, networks; one StartUp a command."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeAlias

from scanner.config.kinds import systemd_unit
from scanner.host.reading.files import Files
from scanner.host.snapshot import StartUp

_HOMES = ("root", "home/*")
# crontab(5): a name, perhaps in quotes, and blanks around the sign.
_SETTING = re.compile(r"""(?:"[^"]*"|'[^']*'|[^\s="']+)\s*=""")
_Lines: TypeAlias = Callable[[Files, Path], Iterator[tuple[int, str, str]]]
"""Yields line, command and user."""


class _Place(NamedTuple):
    kind: str
    patterns: tuple[str, ...]
    lines: _Lines


def read_start_up(files: Files) -> tuple[StartUp, ...]:
    """Return everything that starts by itself."""
    return tuple(
        StartUp(kind=place.kind, file=files.shown(path), line=number, command=command, user=user)
        for place in _PLACES
        for path in files.find(*place.patterns)
        if not path.is_dir()
        for number, command, user in place.lines(files, path)
    )


def _script(files: Files, path: Path) -> Iterator[tuple[int, str, str]]:
    for number, line in files.lines(path):
        yield number, line, ""


def _crontab(*, user: bool) -> _Lines:
    """Return a reader of crontab(5) lines: five times or one @word, then perhaps a user, then the command."""

    def lines(files: Files, path: Path) -> Iterator[tuple[int, str, str]]:
        for number, line in files.lines(path):
            first = 1 if line.startswith("@") else 5
            words = line.split(None, first + user)
            if _SETTING.match(line):
                yield number, line, ""
            elif len(words) > first + user:
                yield number, words[-1], words[first] if user else path.name

    return lines


def _anacrontab(files: Files, path: Path) -> Iterator[tuple[int, str, str]]:
    """Yield the lines of anacrontab(5): period, delay, the job's name, command; root runs all of them."""
    for number, line in files.lines(path):
        words = line.split(None, 3)
        if _SETTING.match(line):
            yield number, line, ""
        elif len(words) > 3:
            yield number, words[3], "root"


def _unit(files: Files, path: Path) -> Iterator[tuple[int, str, str]]:
    settings = systemd_unit.KIND.read(files.text(path) or "", str(path))
    user = settings.value("Service.User")
    for entry in settings:
        if entry.name.startswith("Service.Exec") and entry.value.strip():
            yield entry.anchor.line, " ".join(entry.value.split()).lstrip("@-:+!|"), user
        elif entry.name == "Service.Environment":
            yield entry.anchor.line, entry.value, user


def _desktop(files: Files, path: Path) -> Iterator[tuple[int, str, str]]:
    for number, line in files.lines(path):
        if line.startswith("Exec="):
            yield number, line[5:], ""


def _udev(files: Files, path: Path) -> Iterator[tuple[int, str, str]]:
    for number, line in files.lines(path):
        if "RUN" in line or "PROGRAM" in line:
            yield number, line, ""


def _homes(*names: str) -> tuple[str, ...]:
    return tuple(f"{home}/{name}" for home in _HOMES for name in names)


# A drop-in below service.d counts for every service (systemd.unit(5)).
_UNITS = ("*.service", "service.d/*.conf", "*.service.d/*.conf", "*.wants/*.service")
_UNIT_FOLDERS = (
    "etc/systemd/system", "etc/systemd/system.control", "run/systemd/system", "run/systemd/transient",
    "usr/local/lib/systemd/system", "usr/lib/systemd/system",
)  # fmt: skip
_USER_FOLDERS = (
    "etc/systemd/user",
    "usr/lib/systemd/user",
    *_homes(".config/systemd/user", ".local/share/systemd/user"),
)

_PLACES = (
    _Place("cron", ("etc/crontab", "etc/cron.d/*"), _crontab(user=True)),
    _Place("cron", ("var/spool/cron/crontabs/*", "var/spool/cron/*"), _crontab(user=False)),
    _Place("anacron", ("etc/anacrontab",), _anacrontab),
    _Place("cron script", tuple(f"etc/cron.{when}/*" for when in ("hourly", "daily", "weekly", "monthly")), _script),
    _Place("at job", ("var/spool/at/*", "var/spool/cron/atjobs/*"), _script),
    _Place("systemd unit", tuple(f"{folder}/{name}" for folder in _UNIT_FOLDERS for name in _UNITS), _unit),
    _Place("systemd user unit", tuple(f"{folder}/{name}" for folder in _USER_FOLDERS for name in _UNITS), _unit),
    _Place(
        "systemd generator", ("etc/systemd/system-generators/*", "usr/local/lib/systemd/system-generators/*"), _script
    ),
    _Place("init script", ("etc/rc.local", "etc/rc.d/rc.local", "etc/init.d/*"), _script),
    _Place("shell profile", ("etc/profile", "etc/bash.bashrc", "etc/bashrc", "etc/profile.d/*", "etc/zsh/*"), _script),
    _Place(
        "shell profile",
        _homes(".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".profile", ".zshrc", ".zprofile", ".zshenv"),
        _script,
    ),
    _Place("desktop autostart", ("etc/xdg/autostart/*.desktop", *_homes(".config/autostart/*.desktop")), _desktop),
    _Place("udev rule", ("etc/udev/rules.d/*.rules", "run/udev/rules.d/*.rules"), _udev),
    _Place(
        "network hook",
        ("etc/NetworkManager/dispatcher.d/*", "etc/network/if-up.d/*", "etc/network/if-pre-up.d/*"),
        _script,
    ),
    _Place("message of the day", ("etc/update-motd.d/*",), _script),
)
