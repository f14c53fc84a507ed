"""Reads containers from the local Docker and Podman sockets: three GETs of the Engine API, and nothing else.

https://docs.docker.com/reference/api/engine/version/v1.41/ ; Podman answers the same paths.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from scanner.core.errors import Malformed
from scanner.core.jsontext import Json, as_int, as_list, as_object, as_text
from scanner.core.ports import Transport
from scanner.host.reading.files import Files
from scanner.host.snapshot import Container, CpuUse, Gap, Process
from scanner.net.unix_http import get_json

_SOCKETS = (
    ("docker", "run/docker.sock"),
    ("docker", "run/user/*/docker.sock"),
    ("podman", "run/podman/podman.sock"),
    ("podman", "run/user/*/podman/podman.sock"),
)
_LIST = "/containers/json?all=1"
_MOST = 500
_COMPOSE = "com.docker.compose."


def read_containers(files: Files, processes: Iterable[Process]) -> tuple[tuple[Container, ...], list[Gap]]:
    """Return the containers of every engine that answers on its socket."""
    found: list[Container] = []
    gaps: list[Gap] = []
    running = tuple(processes)
    for engine, pattern in _SOCKETS:
        for path in files.find(pattern):
            try:
                found += _containers(engine, path, running)
            except PermissionError:
                gaps.append(Gap(f"containers of {engine}", f"{files.shown(path)}: permission denied", "run it as root"))
            except (OSError, Malformed) as error:
                gaps.append(
                    Gap(f"containers of {engine}", f"{files.shown(path)}: {error}", f"check that {engine} runs")
                )
    return tuple(found), gaps


def _containers(engine: str, path: Path, processes: tuple[Process, ...]) -> Iterator[Container]:
    listed = get_json(path, _LIST)
    if not isinstance(listed, list):
        raise Malformed(f"its answer to GET {_LIST} is no list")
    for item in map(as_object, listed[:_MOST]):
        identity = as_text(item.get("Id")) or ""
        about = as_object(get_json(path, f"/containers/{quote(identity, safe='')}/json")) if identity else {}
        yield _container(engine, item, about, processes)


def _container(engine: str, item: dict[str, Json], about: dict[str, Json], processes: tuple[Process, ...]) -> Container:
    identity = as_text(item.get("Id")) or ""
    host = as_object(about.get("HostConfig"))
    labels = {name: text for name, value in as_object(item.get("Labels")).items() if (text := as_text(value))}
    parts = [as_text(about.get("Path")), *map(as_text, as_list(about.get("Args")))]
    names = [name.lstrip("/") for name in as_list(item.get("Names")) if isinstance(name, str)]
    shared = (("network", "NetworkMode"), ("pid", "PidMode"), ("ipc", "IpcMode"))
    return Container(
        id=identity,
        name=names[0] if names else identity[:12],
        engine=engine,
        image=as_text(item.get("Image")) or "",
        command=" ".join(part for part in parts if part) or as_text(item.get("Command")) or "",
        running=item.get("State") == "running",
        mounts=tuple(_mounts(item)),
        privileged=host.get("Privileged") is True,
        host_namespaces=tuple(name for name, key in shared if host.get(key) == "host"),
        ports=tuple(_ports(item)),
        project=labels.get(_COMPOSE + "project", ""),
        service=labels.get(_COMPOSE + "service", ""),
        files=tuple(_files(labels)),
        pid=as_int(as_object(about.get("State")).get("Pid")) or 0,
        cpu=_cpu(identity, processes),
    )


def _mounts(item: dict[str, Json]) -> Iterator[str]:
    for mount in map(as_object, as_list(item.get("Mounts"))):
        source, target = as_text(mount.get("Source")), as_text(mount.get("Destination"))
        if source and target and mount.get("Type") == "bind":
            yield f"{source}:{target}" + (":ro" if mount.get("RW") is False else "")


def _ports(item: dict[str, Json]) -> Iterator[tuple[str, int, Transport]]:
    for port in map(as_object, as_list(item.get("Ports"))):
        number, kind = as_int(port.get("PublicPort")), as_text(port.get("Type"))
        if number and kind in {"tcp", "udp"}:
            yield as_text(port.get("IP")) or "0.0.0.0", number, Transport(kind)


def _files(labels: dict[str, str]) -> Iterator[str]:
    folder = labels.get(_COMPOSE + "project.working_dir", "")
    for name in labels.get(_COMPOSE + "project.config_files", "").split(","):
        if name:
            yield name if name.startswith("/") else f"{folder}/{name}"


def _cpu(identity: str, processes: tuple[Process, ...]) -> CpuUse | None:
    """Return what all processes of a container spend: their control group names it."""
    uses = [one.cpu for one in processes if len(identity) >= 12 and identity in one.cgroup and one.cpu]
    if not uses:
        return None
    return CpuUse(
        recent=sum(use.recent for use in uses),
        life=sum(use.life for use in uses),
        age_s=max(use.age_s for use in uses),
        of_all_recent=min(1.0, sum(use.of_all_recent for use in uses)),
    )
