"""Reads the whole machine once: the only function that checks and commands need of this room."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from scanner.core.text import clean
from scanner.host.reading import accounts, procfs
from scanner.host.reading.configurations import read_doors, read_published, unit_of
from scanner.host.reading.engines import read_containers
from scanner.host.reading.executables import hash_executables
from scanner.host.reading.files import Files
from scanner.host.reading.mounts import read_mounts
from scanner.host.reading.processes import read_processes
from scanner.host.reading.socket_tables import read_sockets
from scanner.host.reading.start_up import read_start_up
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
    gaps: list[Gap] = []
    if not place.proc.is_dir() or not procfs.numbers(proc):
        gaps.append(Gap("processes", f"{proc} shows none", "mount /proc"))
        return Snapshot(machine=_name(files), root=os.geteuid() == 0, gaps=tuple(gaps))
    found = read_processes(proc, read_mounts(proc), wait)
    sockets, network, more = read_sockets(proc, found.processes)
    containers, engine_gaps = read_containers(files, found.processes)
    people = accounts.read_accounts(files)
    listening = _listening(found.processes, sockets)
    units = {process.pid: unit for process in listening if (unit := unit_of(process.cgroup))}
    hashed = found.processes if listed is not None and listed.hashes else ()
    snapshot = Snapshot(
        machine=_name(files),
        root=os.geteuid() == 0,
        processors=os.cpu_count() or 1,
        processes=found.processes,
        sockets=sockets,
        network=network,
        start_up=read_start_up(files),
        preloads=accounts.read_preloads(files),
        keys=accounts.read_keys(files, people),
        accounts=people,
        histories=accounts.read_histories(files, people),
        history_lines=accounts.read_history_lines(files, people) if history else (),
        immutable=accounts.read_immutable(files),
        containers=containers,
        doors={process.pid: doors for process in listening if (doors := read_doors(files, process))},
        published=read_published(files, containers),
        units=units,
        hashes=hash_executables(proc, hashed),
        listed=listed or Listed(),
    )
    return replace(snapshot, gaps=(*gaps, *found.gaps, *more, *engine_gaps, *files.gaps()))


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
