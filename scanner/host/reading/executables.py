"""Hashes of running executables, through /proc/PID/exe: that works after the file was deleted."""

import hashlib
import os
from collections.abc import Iterable

from scanner.host.snapshot import Hashes, Process

_PIECE = 1 << 20
LIMIT_BYTES = 1 << 30
"""A larger executable is not hashed."""


def hash_executables(proc: str, processes: Iterable[Process]) -> dict[int, Hashes]:
    """Return the hashes of each process's executable; one file that many run is read once."""
    known: dict[tuple[int, int], Hashes | None] = {}
    found: dict[int, Hashes] = {}
    for process in processes:
        place = f"{proc}/{process.pid}/exe"
        try:
            about = os.stat(place)  # noqa: PTH116 - a link of /proc, not a path
        except OSError:
            continue
        identity = (about.st_dev, about.st_ino)
        if identity not in known:
            known[identity] = _hash(place, about.st_size)
        if (hashes := known[identity]) is not None:
            found[process.pid] = hashes
    return found


def _hash(place: str, size: int) -> Hashes | None:
    if size > LIMIT_BYTES:
        return None
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    try:
        with open(place, "rb") as file:  # noqa: PTH123 - a link of /proc, not a path
            while piece := file.read(_PIECE):
                sha256.update(piece)
                md5.update(piece)
    except OSError:
        return None
    return Hashes(sha256=sha256.hexdigest(), md5=md5.hexdigest(), size=size)
