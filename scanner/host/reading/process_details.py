"""What is read of one process: what it runs, how it was started, what it holds (proc(5))."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from scanner.host.reading import procfs
from scanner.host.reading.executables import stands_again
from scanner.host.reading.mappings import temporary_libraries
from scanner.host.reading.mounts import Mounts
from scanner.host.snapshot import INTERPRETERS, program_of

_DELETED = " (deleted)"


def read_details(proc: str, pid: int, stat: procfs.Stat, mounts: Mounts) -> dict[str, Any]:
    """Return the fields of a Process that are read once: a frozen one is made at the end, of thousands each."""
    details: dict[str, Any] = {
        "pid": pid,
        "parent": stat.parent,
        "name": stat.name,
        "started_ticks": stat.started,
        "covered": pid in mounts.covered,
        "kernel": bool(stat.flags & procfs.PF_KTHREAD),
        "argv": (),
    }
    if details["kernel"]:
        return details
    place = procfs.living(proc, pid) if stat.ended else f"{proc}/{pid}"
    target = procfs.link(f"{place}/exe")
    deleted = target is not None and target.endswith(_DELETED)
    path = target.removesuffix(_DELETED) if target is not None else None
    sockets, seen = procfs.socket_inodes(place)
    return details | {
        "argv": procfs.arguments(place),
        "executable": path,
        "deleted": deleted,
        "replaced": deleted and path is not None and stands_again(f"{place}/root", path),
        "sealed": path is not None and path.startswith("/memfd:") and procfs.is_sealed(place),
        "preload": procfs.preload(place),
        "cgroup": _cgroup(place),
        "network": procfs.namespace(place, "net"),
        "libraries": temporary_libraries(place),
        "sockets": sockets,
        "sockets_seen": seen,
        "standard": procfs.standard_sockets(place) if sockets and program_of(path or "") in INTERPRETERS else (),
        "fuse": mounts.fuse_below(path) if path else "",
    }


def _cgroup(place: str) -> str:
    """Return the most precise path: of the unified hierarchy, of systemd's own, or of any other (cgroups(7))."""
    return _most_precise(procfs.read_once(f"{place}/cgroup", 16_384) or b"")


@lru_cache(maxsize=1_024)
def _most_precise(data: bytes) -> str:
    lines = data.decode("utf-8", "backslashreplace").split("\n")
    by_name: Mapping[str, str] = {part[1]: part[2] for line in lines if len(part := line.split(":", 2)) == 3}
    ranked = (by_name.get("", ""), by_name.get("name=systemd", ""), max(by_name.values(), key=len, default=""))
    return next((path for path in ranked if len(path) > 1), "")
