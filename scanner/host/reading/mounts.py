"""What the mount table says: what lies over /proc/PID, how /proc was mounted, which mounts are FUSE (proc(5))."""

import re
from dataclasses import dataclass

from scanner.host.reading import procfs

_OVER = re.compile(r"(\d+)(?:/.*)?")
_OCTAL = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mounts:
    """The mounts that matter."""

    covered: frozenset[int] = frozenset()
    """Process ids below which something is mounted over /proc."""
    hidepid: str = ""
    """The option's value when it hides processes; empty for none."""
    fuse: tuple[str, ...] = ()
    """Mount points of FUSE file systems."""

    def fuse_below(self, path: str) -> str:
        """Return the FUSE mount that a path lies on; empty for none."""
        return next((point for point in self.fuse if path.startswith(point + "/")), "")


def read_mounts(proc: str) -> Mounts:
    """Return the mounts of the reader's own namespace."""
    text = (procfs.read(f"{proc}/self/mountinfo") or procfs.read(f"{proc}/mountinfo") or b"").decode("utf-8", "replace")
    return parse_mounts(text, proc)


def parse_mounts(text: str, proc: str = "/proc") -> Mounts:
    """Return what a mountinfo text says."""
    covered: set[int] = set()
    hidepid, fuse = "", list[str]()
    for line in text.splitlines():
        left, _, right = line.partition(" - ")
        fields, tail = left.split(), right.split()
        if len(fields) < 6 or len(tail) < 3:
            continue
        point = _OCTAL.sub(lambda found: chr(int(found[1], 8)), fields[4])
        if point.startswith(f"{proc}/") and (over := _OVER.fullmatch(point.removeprefix(f"{proc}/"))):
            covered.add(int(over[1]))
        options = (option.partition("=") for option in tail[2].split(","))
        if point == proc and tail[0] == "proc":
            hidepid = next((value for name, _, value in options if name == "hidepid" and value not in {"0", "off"}), "")
        if tail[0].startswith("fuse") and point != "/":
            fuse.append(point)
    return Mounts(frozenset(covered), hidepid, tuple(fuse))
