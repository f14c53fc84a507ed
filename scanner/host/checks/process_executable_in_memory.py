"""A program that never was a file: it runs from a memfd."""

from collections.abc import Iterator

from scanner.host.check import Check, Sign, Weight, about_process, sentence
from scanner.host.snapshot import Snapshot

# Container runtimes copy themselves into a sealed memfd against CVE-2019-5736; systemd does it for its executor.
_RUNTIMES = ("runc_cloned", "crun", "lxc-attach", "containerd", "youki", "runc-dmz", "libcrun", "sd-executor")


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    for process in snapshot.processes:
        path = process.executable or ""
        if path.startswith("/memfd:"):
            own = any(word in path for word in _RUNTIMES)
            weight = Weight.NOTE if own or (process.sealed and not process.silent) else Weight.WEAK
            yield Sign(
                CHECK.id, about_process(process), weight, sentence(f"it runs from memory ({path}), not from a file")
            )


CHECK = Check(
    id="process-executable-in-memory",
    title="A program runs from memory and has no file",
    reads="the target of /proc/PID/exe, and whether that file is sealed (F_GET_SEALS)",
    proves="The program was loaded with memfd_create and leaves no file behind.",
    wrong="Container runtimes copy themselves so and seal the copy: their names, and sealed ones that have a command "
    "line, are notes. Others are one weak sign.",
    decide="cp /proc/{pid}/exe suspect.bin; sha256sum suspect.bin",
    attack=("T1620",),
    ask=_ask,
)
