"""A program that runs code from a library in a temporary folder."""

from collections.abc import Iterator

from scanner.host.check import Check, Sign, Weight, about_process, sentence
from scanner.host.families import builds
from scanner.host.paths import hidden, temporary_tree
from scanner.host.snapshot import Process, Snapshot


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    building = builds(snapshot)
    for process in snapshot.processes:
        strange = tuple(path for path in process.libraries if path != process.executable and "/.mount_" not in path)
        if strange and not process.deleted:
            # JVMs and Python unpack native libraries of their own there: named after a user or a product.
            honest = process.pid in building or all(_unpacked(path) or _is_own(process, path) for path in strange)
            weight = Weight.NOTE if honest else Weight.WEAK
            yield Sign(
                CHECK.id, about_process(process), weight, sentence(f"it runs code of {', '.join(strange[:3])}"), strange
            )


def _is_own(process: Process, path: str) -> bool:
    """Tell whether a library lies in one tree with its program: a root folder that is built in /tmp, an interpreter.

    That the program lies there is a sign by itself, and its libraries are the same sign again.
    """
    tree = temporary_tree(process.executable or "")
    return bool(tree) and not hidden(tree) and path.startswith(tree)


def _unpacked(path: str) -> bool:
    """Tell whether a runtime unpacked the library: JNA, Netty, snappy, PyInstaller's _MEI, Bun, Node."""
    words = (
        "/site-packages/",
        "/dist-packages/",
        "/node_modules/",
        "/jna",
        "netty",
        "snappy",
        "_MEI",
        "librocksdbjni",
        "sqlite",
        "/hsperf",
        "jansi",
        "brotli",
        "zstd",
        "conscrypt",
    )
    return any(word in path for word in words)


CHECK = Check(
    id="library-from-temporary-folder",
    title="A program runs code of a library in a temporary folder",
    reads="/proc/PID/maps (executable mappings of files)",
    proves="Code was loaded from /tmp, /var/tmp or /dev/shm.",
    wrong="Java and packed programs unpack their own libraries there; known ones are notes, and those in one tree with "
    "their program, as in a root folder that is built in /tmp. One weak sign.",
    decide="grep -e /tmp/ -e /shm/ /proc/{pid}/maps; sha256sum {path}",
    attack=("T1574.006",),
    ask=_ask,
)
