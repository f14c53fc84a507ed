"""The files of /proc/PID, one function each (proc(5)): bytes in, values out; what is gone or refused is None."""

import os
import re
from collections.abc import Iterable
from typing import NamedTuple

_LIMIT_BYTES = 1 << 22
_ARGUMENT_BYTES = 16_384
# include/linux/sched.h: PF_KTHREAD, "I am a kernel thread"; field 9 of stat.
PF_KTHREAD = 0x0020_0000
_PF_EXITING = 0x0000_0004
_UID = re.compile(rb"^Uid:\s*(\d+)", re.MULTILINE)
_GROUP = re.compile(rb"^Tgid:\s*(\d+)", re.MULTILINE)


class Stat(NamedTuple):
    """What /proc/PID/stat says."""

    name: str
    state: str
    parent: int
    flags: int
    ticks: int
    """User and system time, in clock ticks."""
    started: int
    """After boot, in clock ticks."""
    threads: int = 1

    @property
    def ended(self) -> bool:
        """Whether its first thread is over: the command line, executable and descriptors are empty then."""
        return self.state in {"Z", "X"} or bool(self.flags & _PF_EXITING)


def read(path: str, limit: int = _LIMIT_BYTES) -> bytes | None:
    """Return a file's bytes, at most `limit`; None when it is gone or may not be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        parts: list[bytes] = []
        while limit > 0 and (part := os.read(descriptor, min(limit, 65_536))):
            parts.append(part)
            limit -= len(part)
        return b"".join(parts)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def read_once(path: str, limit: int) -> bytes | None:
    """Return the bytes of a file that the kernel gives in one piece, at most `limit`."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return os.read(descriptor, limit)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def link(path: str) -> str | None:
    """Return where a link points; None when it is gone or may not be read."""
    try:
        return os.readlink(path)  # noqa: PTH115 - thousands of links: the path object costs more than the call
    except (OSError, ValueError):
        return None


def numbers(proc: str) -> list[int]:
    """Return the process ids that the listing shows."""
    return sorted(int(entry.name) for entry in os.scandir(proc) if entry.name.isdecimal())


def parse_stat(data: bytes | None) -> Stat | None:
    """Return what a stat line says; the name may hold blanks and parentheses of its own."""
    if data is None:
        return None
    start, end = data.find(b"("), data.rfind(b")")
    fields = data[end + 1 :].split()
    try:
        return Stat(
            name=data[start + 1 : end].decode("utf-8", "backslashreplace"),
            state=fields[0].decode("ascii"),
            parent=int(fields[1]),
            flags=int(fields[6]),
            ticks=int(fields[11]) + int(fields[12]),
            started=int(fields[19]),
            threads=int(fields[17]),
        )
    except (IndexError, ValueError):
        return None


def stat(place: str) -> Stat | None:
    """Return /proc/PID/stat."""
    return parse_stat(read_once(f"{place}/stat", 4_096))


def living(proc: str, pid: int) -> str:
    """Return the folder that shows a process: of another thread where the first one is over and others go on.

    A program that ends its first thread looks like a zombie, and all that /proc/PID shows of it is empty.
    """
    place = f"{proc}/{pid}"
    about = stat(place)
    if about is None or not about.ended or about.threads < 2:
        return place
    try:
        threads = [f"{place}/task/{name}" for name in os.listdir(f"{place}/task")]  # noqa: PTH208 - names alone
    except OSError:
        return place
    alive = (thread for thread in threads if (found := stat(thread)) is not None and not found.ended)
    return next(alive, place)


def arguments(place: str) -> tuple[str, ...]:
    """Return the command line; empty when there is none, or blanks alone, which ps shows as none."""
    data = read_once(f"{place}/cmdline", _ARGUMENT_BYTES) or b""
    if not data.strip(b"\0 \t\r\n"):
        return ()
    return tuple(part.decode("utf-8", "backslashreplace") for part in data.rstrip(b"\0").split(b"\0"))


def owner(place: str) -> int | None:
    """Return the real user id that /proc/PID/status names; None when it can't be read."""
    found = _UID.search(read_once(f"{place}/status", 8_192) or b"")
    return int(found[1]) if found else None


def leads_group(place: str, pid: int) -> bool:
    """Tell whether a number is that of a process: a thread names another one as its thread group."""
    found = _GROUP.search(read_once(f"{place}/status", 8_192) or b"")
    return found is not None and int(found[1]) == pid


def preload(place: str) -> str:
    """Return the value of LD_PRELOAD in the environment, the only value that is read out of it."""
    data = read_once(f"{place}/environ", 131_072) or b""
    if not data.startswith(b"LD_PRELOAD=") and b"\0LD_PRELOAD=" not in data:
        return ""
    values = (part[11:] for part in data.split(b"\0") if part.startswith(b"LD_PRELOAD="))
    return next(values, b"").decode("utf-8", "backslashreplace")


def variables(place: str, names: Iterable[str]) -> dict[str, str]:
    """Return the values of these variables alone: what else stands in an environment is nobody's business."""
    found = (part.partition(b"=") for part in (read_once(f"{place}/environ", 131_072) or b"").split(b"\0"))
    texts = {name.decode("utf-8", "replace"): value.decode("utf-8", "backslashreplace") for name, _, value in found}
    return {name: texts[name] for name in names if name in texts}


def environment_names(place: str) -> tuple[str, ...]:
    """Return the names of the variables of the environment, never their values."""
    parts = (read(f"{place}/environ", 131_072) or b"").split(b"\0")
    return tuple(part.partition(b"=")[0].decode("utf-8", "backslashreplace") for part in parts if b"=" in part)


def socket_inodes(place: str) -> tuple[frozenset[int], bool]:
    """Return the inodes of the sockets that a process holds, and whether all of its descriptors could be seen."""
    try:
        folder = os.open(f"{place}/fd", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return frozenset(), False
    found, seen = set(), True
    try:
        for name in os.listdir(folder):  # noqa: PTH208 - by descriptor: the kernel looks the process up once
            try:
                target = os.readlink(name, dir_fd=folder)
            except OSError as error:
                seen = seen and not isinstance(error, PermissionError)
                continue
            if target.startswith("socket:[") and target[8:-1].isdecimal():
                found.add(int(target[8:-1]))
    except OSError:
        return frozenset(), False
    finally:
        os.close(folder)
    return frozenset(found), seen


def standard_sockets(place: str) -> tuple[int, ...]:
    """Return the inodes of the sockets that a process has for its input, output and errors."""
    targets = (link(f"{place}/fd/{number}") or "" for number in range(3))
    return tuple(int(target[8:-1]) for target in targets if target.startswith("socket:[") and target[8:-1].isdecimal())


def is_sealed(place: str) -> bool:
    """Tell whether a process runs from a memfd that nobody can write to any more (F_SEAL_WRITE, fcntl(2))."""
    import fcntl

    try:
        descriptor = os.open(f"{place}/exe", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return bool(fcntl.fcntl(descriptor, fcntl.F_GET_SEALS) & fcntl.F_SEAL_WRITE)
    except OSError:
        return False
    finally:
        os.close(descriptor)


def is_refused(place: str) -> bool:
    """Tell whether the kernel refuses to show what a process runs; False where /proc lacks it."""
    try:
        os.readlink(f"{place}/exe")  # noqa: PTH115 - a link of /proc, not a path
        os.close(os.open(f"{place}/fd", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
    except PermissionError:
        return True
    except OSError:
        return False
    return not socket_inodes(place)[1]


def namespace(place: str, name: str) -> int:
    """Return the inode of a namespace; 0 when it may not be read."""
    target = link(f"{place}/ns/{name}") or ""
    number = target.partition("[")[2].rstrip("]")
    return int(number) if number.isdecimal() else 0
