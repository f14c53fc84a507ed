"""Reads the processes: details once, time and silence twice; one that ends meanwhile is passed over."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from scanner.host.reading import procfs
from scanner.host.reading.executables import stands_again
from scanner.host.reading.mounts import Mounts
from scanner.host.reading.processor import Sample, sample, use
from scanner.host.reading.unlisted import unlisted_numbers
from scanner.host.snapshot import Gap, Process

_DELETED = " (deleted)"


@dataclass(frozen=True, slots=True)
class ReadProcesses:
    """All processes, the two samples that they were read between, and what was not allowed."""

    processes: tuple[Process, ...]
    first: Sample
    second: Sample
    gaps: tuple[Gap, ...]


def read_processes(proc: str, mounts: Mounts, wait: Callable[[], None]) -> ReadProcesses:
    """Return every process that is there before and after `wait`."""
    listed = procfs.numbers(proc)
    first = sample(proc, _stats(proc, listed))
    unlisted = unlisted_numbers(proc, listed, newest=_newest(first))
    stats = {**first.spent, **_stats(proc, unlisted)}
    found = {pid: _details(proc, pid, stat, mounts) for pid, stat in stats.items()}
    wait()
    again = set(unlisted_numbers(proc, procfs.numbers(proc), newest=0, only=unlisted)) if unlisted else set()
    second = sample(proc, _stats(proc, [*first.spent, *again]))
    processes = [
        Process(
            **details,
            cpu=use(pid, first, second),
            silent=not details["argv"] and (details["kernel"] or not procfs.arguments(procfs.living(proc, pid))),
            zombie=_is_over(stats[pid]) or _is_over(second.spent[pid]),
            unlisted=pid in again,
        )
        for pid, details in found.items()
        if pid in second.spent and second.spent[pid].started == stats[pid].started
    ]
    processes += [
        # What lies over the folder shows nothing of the process, or another one: its number is all that is known.
        Process(pid=pid, name="covered", covered=True)
        for pid in sorted(mounts.covered.intersection(listed) - found.keys())
    ]
    return ReadProcesses(tuple(processes), first, second, tuple(_gaps(processes, mounts)))


def _stats(proc: str, pids: list[int]) -> dict[int, procfs.Stat]:
    found = ((pid, procfs.stat(f"{proc}/{pid}")) for pid in pids)
    return {pid: stat for pid, stat in found if stat is not None}


def _newest(first: Sample) -> int:
    """Return the start of the newest process, in ticks: what is younger was born while we looked."""
    return max((stat.started for stat in first.spent.values()), default=0)


def _is_over(stat: procfs.Stat) -> bool:
    return stat.ended and stat.threads < 2


def _details(proc: str, pid: int, stat: procfs.Stat, mounts: Mounts) -> dict[str, Any]:
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
        "preload": procfs.preload(place),
        "cgroup": _cgroup(place),
        "network": procfs.namespace(place, "net"),
        "libraries": procfs.temporary_libraries(place),
        "sockets": sockets,
        "sockets_seen": seen,
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


def _gaps(processes: list[Process], mounts: Mounts) -> Iterator[Gap]:
    """Yield what this reader could not see; root is never told to become root."""
    ordinary = os.geteuid() != 0
    people = [one for one in processes if not (one.kernel or one.zombie or one.covered)]
    blind = sum(process.executable is None or not process.sockets_seen for process in people)
    if blind:
        what = f"executable, descriptors, environment and libraries of {blind} of {len(people)} processes"
        if ordinary:
            yield Gap(what, "they belong to other users", "run it as root")
        else:
            yield Gap(what, "a security module or a user namespace hides them", "run it outside the container")
    if mounts.hidepid and ordinary:
        yield Gap("processes of other users", f"/proc is mounted with hidepid={mounts.hidepid}", "run it as root")
    if not any(process.kernel for process in processes):
        why = "no kernel thread is visible, so this is a container or a process namespace"
        yield Gap("processes outside this namespace", why, "run it on the machine itself too")
