"""Keeps the evidence of suspects before anybody kills them: copies and a manifest in a folder of root's own."""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

from scanner.core.errors import ReportError
from scanner.core.jsontext import Json
from scanner.host.host_report import shown_command
from scanner.host.reading import procfs
from scanner.host.snapshot import Process, Snapshot

_LIMIT_BYTES = 1 << 30
_FILES = ("maps", "status", "stat", "cmdline", "cgroup", "mountinfo", "limits", "net/tcp", "net/tcp6", "net/udp")
# O_EXCL and O_NOFOLLOW: nobody's link in the folder can lead a copy elsewhere.
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def keep_evidence(folder: Path, snapshot: Snapshot, suspects: Iterable[Process], *, proc: Path, taken: str) -> Path:
    """Copy what a suspect's process shows into a new folder below `folder`, and return the manifest.

    A process whose number was taken over by another one meanwhile is left out. Raises ReportError for a folder that
    can't be made.
    """
    target = folder / f"evidence-{taken.replace(':', '').replace('-', '')}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        target.mkdir(mode=0o700)
        kept = [_keep(target / str(one.pid), snapshot, one, proc) for one in suspects]
        manifest = target / "manifest.json"
        document: dict[str, Json] = {"machine": snapshot.machine, "taken": taken, "suspects": [*kept]}
        _write(manifest, json.dumps(document, indent=2).encode())
    except OSError as error:
        raise ReportError(f"--evidence {folder}: can't be written: {error.strerror}; name a folder with room") from None
    return manifest


def _keep(target: Path, snapshot: Snapshot, process: Process, proc: Path) -> dict[str, Json]:
    about: dict[str, Json] = {"pid": process.pid, "executable": process.executable, "command": shown_command(process)}
    stat = procfs.stat(f"{proc}/{process.pid}")
    if stat is None or stat.started != process.started_ticks:
        return about | {"missing": "it ended before it could be copied"}
    place = Path(procfs.living(str(proc), process.pid))
    target.mkdir(mode=0o700)
    files: dict[str, Json] = {}
    files["exe"] = _copy(place / "exe", target / "exe")
    for name in _FILES:
        data = procfs.read(str(place / name))
        if data is not None:
            files[name.replace("/", "-")] = _write(target / name.replace("/", "-"), data)
    files["environment-names"] = _write(
        target / "environment-names", "\n".join(procfs.environment_names(str(place))).encode()
    )
    files["open-files"] = _write(target / "open-files", "\n".join(_open_files(place)).encode())
    peers = [
        f"{socket.transport.value} {socket.address} port {socket.port} -> {socket.peer} port {socket.peer_port} "
        f"{socket.state.value}"
        for socket in snapshot.sockets
        if socket.inode in process.sockets
    ]
    files["connections"] = _write(target / "connections", "\n".join(peers).encode())
    return about | {"files": files}


def _open_files(place: Path) -> list[str]:
    try:
        names = sorted((entry.name for entry in (place / "fd").iterdir()), key=int)
    except (OSError, ValueError):
        return []
    return [f"{name} -> {procfs.link(f'{place}/fd/{name}')}" for name in names]


def _write(path: Path, data: bytes) -> Json:
    descriptor = os.open(path, _NEW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    return {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def _copy(source: Path, path: Path) -> Json:
    """Copy an executable through /proc/PID/exe: its bytes are there after the file was deleted."""
    sha256, md5, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
    try:
        with source.open("rb") as read, os.fdopen(os.open(path, _NEW, 0o600), "wb") as written:
            while size < _LIMIT_BYTES and (piece := read.read(1 << 20)):
                sha256.update(piece)
                md5.update(piece)
                written.write(piece)
                size += len(piece)
    except (FileNotFoundError, PermissionError) as error:
        return {"missing": error.strerror or "it can't be read"}
    return {"sha256": sha256.hexdigest(), "md5": md5.hexdigest(), "bytes": size}
