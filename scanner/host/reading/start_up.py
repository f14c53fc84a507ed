"""What the machine runs by itself: cron, systemd, init, shells, desktops, udev, networks; one StartUp a command."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

from scanner.config.kinds import systemd_unit
from scanner.host.reading.files import Files
from scanner.host.snapshot import Account, StartUp

_ELF = b"\x7fELF"
# crontab(5): a name, perhaps in quotes, and blanks around the sign.
_SETTING = re.compile(r"""(?:"[^"]*"|'[^']*'|[^\s="']+)\s*=""")
_Lines: TypeAlias = Callable[[Files, Path], Iterator[tuple[int, str, str]]]
"""Yields line, command and user."""


class _Place(NamedTuple):
    kind: str
    patterns: tuple[str, ...]
    lines: _Lines
    in_homes: bool = False
    """Whether the patterns lie below each home."""


def read_start_up(files: Files, accounts: Sequence[Account] = ()) -> tuple[StartUp, ...]:
    """Return everything that starts by itself; the homes of `accounts` are looked into, and those below /home."""
    homes = ("root", "home/*", *(account.home.strip("/") for account in accounts))
    found: list[StartUp] = []
    seen: set[tuple[str, str]] = set()
    for place in _PLACES:
        patterns = (f"{home}/{name}" for home in dict.fromkeys(homes) if home for name in place.patterns)
        for path in files.find(*(patterns if place.in_homes else place.patterns)):
            # /lib is /usr/lib, a unit is linked to where it is wanted: one file is read once for one kind.
            real = (place.kind, os.path.realpath(path))
            if real not in seen and not path.is_dir():
                seen.add(real)
                found += (
                    StartUp(kind=place.kind, file=files.shown(path), line=number, command=command, user=user)
                    for number, command, user in place.lines(files, path)
                )
    return tuple(found)


def _script(files: Files, path: Path) -> Iterator[tuple[int, str, str]]:
    """Yield the lines of a script; a program in its place has none, only its own path to judge."""
    if files.head(path, len(_ELF)) == _ELF:
        yield 1, files.shown(path), ""
        return
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
        # A socket unit runs commands too (systemd.socket(5)).
        if entry.name.startswith(("Service.Exec", "Socket.Exec")) and entry.value.strip():
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


_ANYWHERE = ("etc", "run", "usr/local/lib", "usr/lib", "lib")
# systemd.unit(5), the search path; what is linked below *.wants and *.requires comes last, as it lies elsewhere too.
_SYSTEM = tuple(f"{folder}/systemd/system" for folder in _ANYWHERE)
_SYSTEM_FOLDERS = (*_SYSTEM, "etc/systemd/system.control", "run/systemd/system.control", "run/systemd/transient",
                   "run/systemd/generator", "run/systemd/generator.early", "run/systemd/generator.late")  # fmt: skip
_USER_FOLDERS = (*(f"{folder}/systemd/user" for folder in _ANYWHERE), "usr/local/share/systemd/user",
                 "usr/share/systemd/user")  # fmt: skip
_HOME_FOLDERS = (".config/systemd/user", ".config/systemd/user.control", ".local/share/systemd/user")
# A drop-in below service.d counts for every service (systemd.unit(5)).
_UNITS = ("*.service", "*.socket", "service.d/*.conf", "*.service.d/*.conf", "*.socket.d/*.conf",
          "*.wants/*.service", "*.requires/*.service", "*.upholds/*.service")  # fmt: skip
_RC_FILES = (".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".bash_aliases", ".profile", ".zshrc",
             ".zprofile", ".zshenv", ".zlogin", ".kshrc", ".cshrc", ".tcshrc", ".login", ".config/fish/config.fish",
             ".xprofile", ".xsessionrc", ".xinitrc", ".ssh/rc")  # fmt: skip


def _units(folders: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{folder}/{name}" for name in _UNITS for folder in folders)


_PLACES = (
    _Place("cron", ("etc/crontab", "etc/cron.d/*"), _crontab(user=True)),
    _Place("cron", ("var/spool/cron/crontabs/*", "var/spool/cron/tabs/*", "var/spool/cron/*"), _crontab(user=False)),
    _Place("anacron", ("etc/anacrontab",), _anacrontab),
    _Place("cron script", tuple(f"etc/cron.{when}/*" for when in ("hourly", "daily", "weekly", "monthly", "yearly")),
           _script),
    _Place("at job", ("var/spool/at/*", "var/spool/cron/atjobs/*"), _script),
    _Place("systemd unit", _units(_SYSTEM_FOLDERS), _unit),
    _Place("systemd user unit", _units(_USER_FOLDERS), _unit),
    _Place("systemd user unit", _units(_HOME_FOLDERS), _unit, in_homes=True),
    _Place("systemd generator", tuple(f"{folder}/systemd/{whose}-generators/*" for folder in _ANYWHERE
                                      for whose in ("system", "user", "system-environment", "user-environment")),
           _script),
    _Place("init script", ("etc/rc.local", "etc/rc.d/rc.local", "etc/init.d/*", "etc/inittab", "etc/init/*.conf"),
           _script),
    _Place("shell profile", ("etc/profile", "etc/bash.bashrc", "etc/bashrc", "etc/profile.d/*", "etc/zsh/*",
                             "etc/environment", "etc/ssh/sshrc"), _script),
    _Place("shell profile", _RC_FILES, _script, in_homes=True),
    _Place("desktop autostart", ("etc/xdg/autostart/*.desktop",), _desktop),
    _Place("desktop autostart", (".config/autostart/*.desktop",), _desktop, in_homes=True),
    _Place("udev rule", tuple(f"{folder}/udev/rules.d/*.rules" for folder in _ANYWHERE), _udev),
    _Place("network hook", tuple(f"{folder}/NetworkManager/dispatcher.d/*" for folder in ("etc", "usr/lib"))
           + tuple(f"etc/NetworkManager/dispatcher.d/{when}.d/*" for when in ("pre-up", "pre-down"))
           + tuple(f"etc/network/if-{when}.d/*" for when in ("up", "pre-up", "down", "post-down"))
           + ("etc/networkd-dispatcher/*.d/*",), _script),
    _Place("package hook", ("etc/apt/apt.conf", "etc/apt/apt.conf.d/*", "etc/dpkg/dpkg.cfg.d/*"), _script),
    _Place("log rotation", ("etc/logrotate.conf", "etc/logrotate.d/*"), _script),
    _Place("message of the day", ("etc/update-motd.d/*",), _script),
)  # fmt: skip
