"""Reads the processes: details once, time and silence twice; one that ends meanwhile is passed over."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scanner.core.count import counted
from scanner.core.text import clean
from scanner.host.reading import procfs
from scanner.host.reading.mounts import Mounts
from scanner.host.reading.process_details import read_details
from scanner.host.reading.processor import Sample, sample, use
from scanner.host.reading.unlisted import unlisted_numbers
from scanner.host.snapshot import Gap, Process

_NAMED = 4


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What was there at the first sample."""

    sample: Sample
    details: dict[int, dict[str, Any]]
    """The fields of a Process, by process id."""
    unlisted: tuple[int, ...]


def look_first(proc: str, mounts: Mounts) -> FirstLook:
    """Return every process that is there now."""
    listed = procfs.numbers(proc)
    stats = _stats(proc, listed)
    first = sample(proc, stats)
    hidden = unlisted_numbers(proc, listed, newest=max((stat.started for stat in stats.values()), default=0))
    stats |= _stats(proc, hidden)
    return FirstLook(first, {pid: read_details(proc, pid, stat, mounts) for pid, stat in stats.items()}, tuple(hidden))


def look_again(proc: str, mounts: Mounts, first: FirstLook) -> tuple[Process, ...]:
    """Return every process that is there some time after the first look; what was born meanwhile is read now."""
    listed = procfs.numbers(proc)
    hidden = set(unlisted_numbers(proc, listed, newest=0, only=first.unlisted)) if first.unlisted else set[int]()
    second = sample(proc, _stats(proc, [*listed, *hidden]))
    found: list[Process] = []
    for pid, stat in second.spent.items():
        details = first.details.get(pid)
        young = details is None or details["started_ticks"] != stat.started
        if details is None or young or not _is_whole(details):
            details = read_details(proc, pid, stat, mounts)
        over = _is_over(proc, pid, stat, first.sample.spent.get(pid))
        if not (over or _is_whole(details)):
            # It may have ended while it was read: what it is now decides whether there was something to see.
            now = procfs.stat(f"{proc}/{pid}")
            if now is None or now.started != stat.started:
                continue
            over = _is_over(proc, pid, now)
        found.append(
            Process(
                **details,
                cpu=use(pid, first.sample, second),
                silent=not (details["argv"] or young) and (details["kernel"] or _says_nothing(proc, pid)),
                zombie=over,
                unlisted=pid in hidden,
            )
        )
    # What lies over the folder shows nothing of the process, or another one: its number is all that is known.
    bare = mounts.covered.intersection(listed).difference(process.pid for process in found)
    return (*found, *(Process(pid=pid, name="covered", covered=True) for pid in sorted(bare)))


def with_sockets_again(proc: str, mounts: Mounts, processes: Sequence[Process]) -> tuple[Process, ...]:
    """Return the processes with the sockets that they hold by now too, and those that were born meanwhile."""
    held = {one.pid: procfs.socket_inodes(f"{proc}/{one.pid}")[0] for one in processes if not one.kernel}
    known = tuple(
        replace(one, sockets=one.sockets | more) if (more := held.get(one.pid, one.sockets)) - one.sockets else one
        for one in processes
    )
    born = set(procfs.numbers(proc)).difference(one.pid for one in processes)
    young = (Process(**read_details(proc, pid, stat, mounts)) for pid, stat in _stats(proc, sorted(born)).items())
    return (*known, *(one for one in young if one.executable is not None))


def _stats(proc: str, pids: Sequence[int]) -> dict[int, procfs.Stat]:
    found = ((pid, procfs.stat(f"{proc}/{pid}")) for pid in pids)
    return {pid: stat for pid, stat in found if stat is not None}


def _says_nothing(proc: str, pid: int) -> bool:
    return not procfs.arguments(procfs.living(proc, pid))


def _is_whole(details: dict[str, Any]) -> bool:
    return details["kernel"] or details["covered"] or (details["executable"] is not None and details["sockets_seen"])


def _is_over(proc: str, pid: int, *stats: procfs.Stat | None) -> bool:
    """Tell whether all threads of a process were over at one of the samples."""
    place = f"{proc}/{pid}"
    return any(
        stat is not None and stat.ended and (stat.threads < 2 or procfs.living(proc, pid) == place) for stat in stats
    )


def process_gaps(proc: str, mounts: Mounts, processes: Sequence[Process]) -> Iterator[Gap]:
    """Yield what this reader could not see; root is never told to become root."""
    ordinary = os.geteuid() != 0
    people = [one for one in processes if not (one.kernel or one.zombie or one.covered)]
    blind = [one for one in people if one.executable is None or not one.sockets_seen]
    by_refusal = {one.pid: procfs.is_refused(f"{proc}/{one.pid}") for one in blind}
    refused = [one for one in blind if by_refusal[one.pid]]
    # One that ended since it was looked at, with all that it held, hides nothing.
    missing = [one for one in blind if not by_refusal[one.pid] and _is_there(proc, one)]
    if refused and ordinary:
        yield Gap(_unseen(refused, people), "they belong to other users", "run it as root")
    elif refused:
        why = f"the kernel refuses even root ({_named(refused)}): a security module, or a user namespace"
        yield Gap(_unseen(refused, people), why, "look from outside of this machine or container")
    if missing:
        yield Gap(_unseen(missing, people), f"{proc} lacks them ({_named(missing)})", "run it where /proc is whole")
    if mounts.hidepid and ordinary:
        yield Gap("processes of other users", f"/proc is mounted with hidepid={mounts.hidepid}", "run it as root")
    if procfs.read(f"{proc}/uptime", 1) is None or procfs.read(f"{proc}/stat", 1) is None:
        yield Gap("use of the processor", f"{proc}/uptime or {proc}/stat is missing", "run it where /proc is whole")
    if procfs.read(f"{proc}/sys/kernel/pid_max", 1) is None:
        yield Gap("hidden processes", f"{proc}/sys/kernel/pid_max is missing", "run it where /proc is whole")
    if not any(process.kernel for process in processes):
        why = "no kernel thread is visible, so this is a container or a process namespace"
        yield Gap("processes outside this namespace", why, "run it on the machine itself too")


def _is_there(proc: str, process: Process) -> bool:
    stat = procfs.stat(f"{proc}/{process.pid}")
    return stat is not None and stat.started == process.started_ticks and not _is_over(proc, process.pid, stat)


def _unseen(unseen: Sequence[Process], people: Sequence[Process]) -> str:
    return f"executable, descriptors, environment and libraries of {len(unseen)} of {counted(len(people), 'process')}"


def _named(processes: Sequence[Process]) -> str:
    more = f" and {len(processes) - _NAMED} more" if len(processes) > _NAMED else ""
    return ", ".join(f"{one.pid} {clean(one.name, 20)}" for one in processes[:_NAMED]) + more
