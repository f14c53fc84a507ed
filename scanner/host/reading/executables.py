"""Running executables: their hashes through /proc/PID/exe, which outlive the file, and what stands in their place."""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator

from scanner.host.paths import disguised, temporary
from scanner.host.reading import procfs
from scanner.host.snapshot import Hashes, Process

_PIECE = 1 << 20
LIMIT_BYTES = 1 << 30
"""A larger executable is not hashed."""


def hash_executables(proc: str, processes: Iterable[Process]) -> dict[int, Hashes]:
    """Return the hashes of each process's executable; one file that many run is read once."""
    known: dict[tuple[int, int], Hashes | None] = {}
    found: dict[int, Hashes] = {}
    for process in processes:
        place = f"{procfs.living(proc, process.pid)}/exe"
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


def stands_again(root: str, path: str) -> bool:
    """Tell whether an upgrade took a deleted executable's place.

    A file stands at its path again, or at one that differs in its numbers alone: packages put the version into a
    folder or a name (/usr/lib/jvm/java-17.0.9/bin/java, /snap/lxd/2411/bin/lxd, /usr/bin/python3.11). None does so
    where anybody may write, nor in a disguised folder: /tmp/x2 is no upgrade of /tmp/x1.
    """
    if os.path.lexists(f"{root}{path}"):
        return True
    return not (temporary(path) or disguised(path)) and any(map(os.path.isfile, _other_versions(root, path)))


def _other_versions(root: str, path: str) -> Iterator[str]:
    parts = path.strip("/").split("/")
    for place, part in enumerate(parts):
        if not re.search(r"\d", part):
            continue
        folder = "/".join((root, *parts[:place]))
        try:
            names = os.listdir(folder)  # noqa: PTH208 - names alone
        except OSError:
            continue
        shape = _shape(part)
        yield from ("/".join((folder, name, *parts[place + 1 :])) for name in names if _shape(name) == shape)


def _shape(name: str) -> str:
    """Return a name with every number taken for the same, a letter after a version too."""
    return re.sub(r"\d+(?:\.\d+)*", "0", name)
