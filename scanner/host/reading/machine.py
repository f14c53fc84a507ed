"""Reads the whole machine once: the only function that checks and commands need of this room."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from scanner.core.text import clean
from scanner.host.reading import accounts, procfs
from scanner.host.reading.configurations import read_doors, read_published
from scanner.host.reading.engines import read_containers, undescribed, with_use
from scanner.host.reading.executables import hash_executables
from scanner.host.reading.files import Files
from scanner.host.reading.mounts import Mounts, read_mounts
from scanner.host.reading.processes import (
    FirstLook,
    look_again,
    look_first,
    process_gaps,
    with_sockets_again,
)
from scanner.host.reading.socket_tables import read_sockets, read_unix_sockets
from scanner.host.reading.start_up import read_start_up
from scanner.host.reading.unit_files import unit_of
from scanner.host.snapshot import Gap, Listed, Process, Snapshot, Socket, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a machine is read from."""

    root: Path = Path("/")
    proc: Path = Path("/proc")


def read_machine(
    place: Place, *, wait: Callable[[], None], listed: Listed | None = None, history: bool = False
) -> Snapshot:
    """Return the machine as it is now; `wait` passes the time between the two samples.

    `listed` is the user's own list (--ioc), `history` lets the shell histories be read (--history).
    """
    files, proc = Files(place.root), str(place.proc)
    shows = place.proc.is_dir() and bool(procfs.numbers(proc))
    mounts = read_mounts(proc)
    first = look_first(proc, mounts) if shows else None
    # What needs no second look is read while the time between the two samples passes.
    containers, engine_gaps = read_containers(files, _asleep(proc, first) if first is not None else ())
    people = accounts.read_accounts(files)
    snapshot = Snapshot(
        machine=_name(files),
        root=os.geteuid() == 0,
        processors=os.cpu_count() or 1,
        start_up=read_start_up(files, people),
        preloads=accounts.read_preloads(files),
        keys=accounts.read_keys(files, people),
        accounts=people,
        histories=accounts.read_histories(files, people),
        history_lines=accounts.read_history_lines(files, people) if history else (),
        immutable=accounts.read_immutable(files),
        published=read_published(files, containers),
        listed=listed or Listed(),
    )
    if first is None:
        # A disk that is mounted somewhere, a jail without /proc: its files are judged all the same.
        gap = Gap("processes", f"{proc} shows none", "mount /proc")
        return replace(snapshot, containers=containers, gaps=(gap, *engine_gaps, *files.gaps()))
    wait()
    processes, sockets, network, socket_gaps = _held(proc, mounts, look_again(proc, mounts, first))
    gaps = [*process_gaps(proc, mounts, processes), *socket_gaps]
    gaps += engine_gaps or undescribed(containers, processes)
    listening = _listening(processes, sockets)
    doors = {
        process.pid: doors for process in listening if (doors := read_doors(files, process, f"{proc}/{process.pid}"))
    }
    return replace(
        snapshot,
        processes=processes,
        sockets=sockets,
        network=network,
        containers=with_use(containers, processes),
        doors=doors,
        units={process.pid: unit for process in listening if (unit := unit_of(process.cgroup))},
        hashes=hash_executables(proc, processes if snapshot.listed.hashes else ()),
        gaps=(*gaps, *files.gaps()),
    )


def _asleep(proc: str, first: FirstLook) -> set[str]:
    """Return the Unix sockets that systemd alone holds until somebody calls."""
    paths = read_unix_sockets(proc)
    held: dict[str, set[str]] = {}
    for details in first.details.values():
        for inode in details.get("sockets", ()) & paths.keys():
            held.setdefault(paths[inode], set()).add(details["name"])
    return {path for path, names in held.items() if names == {"systemd"}}


def _held(
    proc: str, mounts: Mounts, processes: tuple[Process, ...]
) -> tuple[tuple[Process, ...], tuple[Socket, ...], int, list[Gap]]:
    """Return the sockets beside the processes, both read again where root sees a socket that nobody holds.

    Processes are born, and sockets opened, between the one reading and the other: such a socket has a holder in the
    second reading, or is gone.
    """
    sockets, network, gaps = read_sockets(proc, processes)
    loose = _loose(processes, sockets)
    if not loose or os.geteuid() != 0:
        return processes, sockets, network, gaps
    processes = with_sockets_again(proc, mounts, processes)
    if loose := _loose(processes, sockets):
        there = {socket.inode for socket in read_sockets(proc, processes)[0]}
        sockets = tuple(socket for socket in sockets if socket.inode not in loose or socket.inode in there)
    return processes, sockets, network, gaps


def _loose(processes: tuple[Process, ...], sockets: tuple[Socket, ...]) -> set[int]:
    """Return the inodes that no process holds; 0 is a connection that the kernel alone still knows."""
    held = {0}.union(*(process.sockets for process in processes))
    return {socket.inode for socket in sockets}.difference(held)


def _listening(processes: tuple[Process, ...], sockets: tuple[Socket, ...]) -> list[Process]:
    inodes = frozenset(socket.inode for socket in sockets if socket.state is State.LISTEN)
    return [process for process in processes if process.sockets & inodes]


def with_suspects(snapshot: Snapshot, place: Place, suspects: tuple[Process, ...]) -> Snapshot:
    """Return the snapshot with what is read of suspects alone: their users and the hashes of their executables.

    A process that ended, and whose number another one may have, is left as it is.
    """
    proc = str(place.proc)
    there = [one for one in suspects if _is_still(proc, one)]
    owners = {one.pid: procfs.owner(f"{proc}/{one.pid}") for one in there}
    hashes = hash_executables(proc, [one for one in there if one.pid not in snapshot.hashes])
    processes = tuple(replace(one, uid=owners[one.pid]) if one.pid in owners else one for one in snapshot.processes)
    return replace(snapshot, processes=processes, hashes={**snapshot.hashes, **hashes})


def _is_still(proc: str, process: Process) -> bool:
    stat = procfs.stat(f"{proc}/{process.pid}")
    return stat is not None and stat.started == process.started_ticks


def _name(files: Files) -> str:
    text = files.text(files.root / "etc/hostname") if files.root != Path("/") else os.uname().nodename
    return clean((text or "").strip() or "this-machine", 120)
