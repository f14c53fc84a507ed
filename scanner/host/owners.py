"""Which process holds a socket: the links below /proc/PID/fd."""

import pwd
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from scanner.core.text import clean


@dataclass(frozen=True, slots=True)
class Process:
    """A running program."""

    pid: int
    name: str
    """The executable's name, clean."""
    command: str
    """The whole command line, clean, at most 512 characters."""


def read_processes(proc: Path = Path("/proc")) -> dict[int, Process]:
    """Return every process that may be read, by its id."""
    found: dict[int, Process] = {}
    for entry in proc.iterdir():
        if entry.name.isdecimal() and (process := _process(entry)) is not None:
            found[process.pid] = process
    return found


def sockets_of(processes: dict[int, Process], proc: Path = Path("/proc")) -> dict[int, Process]:
    """Return the process that holds each socket, by inode; other users' sockets are seen by root alone."""
    owners: dict[int, Process] = {}
    for process in processes.values():
        for link in _links(proc / str(process.pid) / "fd"):
            if link.startswith("socket:[") and link[8:-1].isdecimal():
                owners.setdefault(int(link[8:-1]), process)
    return owners


def _links(folder: Path) -> Iterator[str]:
    """Yield where the links of a folder point; one that goes while we look is no reason to miss the others."""
    try:
        entries = list(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        with suppress(OSError):
            yield str(entry.readlink())


def user_name(uid: int) -> str:
    """Return a user's name, or the number when there is none."""
    try:
        return clean(pwd.getpwuid(uid).pw_name, 40)
    except KeyError:
        return str(uid)


def _process(entry: Path) -> Process | None:
    try:
        command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").strip()
        name = (entry / "comm").read_bytes().strip()
    except OSError:
        return None
    return Process(int(entry.name), clean(name, 40), clean(command or name))
