"""Reads containers from the local Docker and Podman sockets: three GETs of the Engine API, and nothing else.

https://docs.docker.com/reference/api/engine/version/v1.41/ ; Podman answers the same paths.
"""

import ipaddress
import os
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from scanner.core.count import counted
from scanner.core.errors import Malformed
from scanner.core.jsontext import Json, as_int, as_list, as_object, as_text
from scanner.core.ports import Transport
from scanner.host.reading.files import Files, by_root
from scanner.host.snapshot import Container, CpuUse, Gap, Process
from scanner.net.unix_http import Gone, get_json

_SOCKETS = (
    ("docker", "run/docker.sock"),
    ("docker", "run/user/*/docker.sock"),
    ("podman", "run/podman/podman.sock"),
    ("podman", "run/user/*/podman/podman.sock"),
)
_LIST = "/containers/json?all=1"
_MOST = 2_000
PATIENCE_S = 10.0
"""How long one engine may take for everything that it is asked."""
_COMPOSE = "com.docker.compose."
_PORTS = range(1, 65_536)


def read_containers(files: Files, asleep: Collection[str] = ()) -> tuple[tuple[Container, ...], list[Gap]]:
    """Return the containers of every engine that answers on its socket.

    `asleep` are the sockets that the service manager holds: whoever connects starts the engine. That is Podman's way to
    answer, but a Docker that starts also starts containers, so it is not asked.
    """
    found: list[Container] = []
    gaps: list[Gap] = []
    asked: set[str] = set()
    for engine, pattern in _SOCKETS:
        for path in files.find(pattern):
            real, shown = os.path.realpath(path), files.shown(path)
            # A link may make Podman's socket Docker's as well; one that leads out of the root is another machine's.
            if real in asked or not files.inside(path):
                continue
            asked.add(real)
            if engine == "docker" and real in asleep:
                why = f"{shown}: the engine is not running, and whoever asks starts it"
                gaps.append(Gap("containers of docker", why, "start it, or look at /var/lib/docker"))
                continue
            try:
                gaps += _read_engine(engine, path, shown, found)
            except PermissionError:
                gaps.append(Gap(f"containers of {engine}", f"{shown}: permission denied", by_root()))
            except (OSError, Malformed) as error:
                gaps.append(Gap(f"containers of {engine}", f"{shown}: {error}", f"check that {engine} runs"))
    return tuple(found), gaps


def _read_engine(engine: str, path: Path, shown: str, found: list[Container]) -> Iterator[Gap]:
    """Add an engine's containers to those that were found, and yield what was not read of them."""
    until = time.monotonic() + PATIENCE_S
    listed = get_json(path, _LIST, until=until)
    if not isinstance(listed, list):
        raise Malformed(f"its answer to GET {_LIST} is no list")
    if len(listed) > _MOST:
        why = f"{shown}: it lists {len(listed)}, and the first {_MOST} were read"
        yield Gap(f"containers of {engine}", why, "look at the rest yourself")
    for item in map(as_object, listed[:_MOST]):
        identity = as_text(item.get("Id")) or ""
        try:
            target = f"/containers/{quote(identity, safe='')}/json"
            about = as_object(get_json(path, target, until=until)) if identity else {}
        except Gone:
            # It was removed between the list and the question.
            continue
        except (OSError, Malformed):
            found.append(_container(engine, item, {}))
            raise
        found.append(_container(engine, item, about))


def _container(engine: str, item: dict[str, Json], about: dict[str, Json]) -> Container:
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
    )


def _mounts(item: dict[str, Json]) -> Iterator[str]:
    for mount in map(as_object, as_list(item.get("Mounts"))):
        source, target = as_text(mount.get("Source")), as_text(mount.get("Destination"))
        if source and target and mount.get("Type") == "bind":
            yield f"{source}:{target}" + (":ro" if mount.get("RW") is False else "")


def _ports(item: dict[str, Json]) -> Iterator[tuple[str, int, Transport]]:
    for port in map(as_object, as_list(item.get("Ports"))):
        number, kind = as_int(port.get("PublicPort")), as_text(port.get("Type"))
        if number is not None and number in _PORTS and kind in {"tcp", "udp"}:
            yield _address(as_text(port.get("IP"))), number, Transport(kind)


def _address(text: str | None) -> str:
    """Return the address that a port is published on; what is none counts as every address."""
    try:
        return str(ipaddress.ip_address(text or "0.0.0.0"))
    except ValueError:
        return "0.0.0.0"


def _files(labels: dict[str, str]) -> Iterator[str]:
    folder = labels.get(_COMPOSE + "project.working_dir", "")
    for name in labels.get(_COMPOSE + "project.config_files", "").split(","):
        if name:
            yield name if name.startswith("/") else f"{folder}/{name}"


def with_use(containers: Iterable[Container], processes: Iterable[Process]) -> tuple[Container, ...]:
    """Return the containers with what all processes of each spend: their control group names it."""
    uses: dict[str, list[CpuUse]] = defaultdict(list)
    for process in processes:
        if process.cpu is not None:
            for identity in set(process.container_ids):
                uses[identity].append(process.cpu)
    return tuple(replace(one, cpu=_sum(uses[one.id])) if one.id in uses else one for one in containers)


def _sum(uses: list[CpuUse]) -> CpuUse:
    return CpuUse(
        recent=sum(use.recent for use in uses),
        life=sum(use.life for use in uses),
        age_s=max(use.age_s for use in uses),
        of_all_recent=min(1.0, sum(use.of_all_recent for use in uses)),
    )


def undescribed(containers: Iterable[Container], processes: Iterable[Process]) -> list[Gap]:
    """Return a gap for processes of containers that no engine described: their images and mounts are not known."""
    known = {one.id for one in containers}
    inside = {identity for one in processes if not one.zombie for identity in one.container_ids} - known
    if not inside:
        return []
    why = "their processes run, but no Docker or Podman socket that was asked knows them"
    return [
        Gap(
            f"images, commands and mounts of {counted(len(inside), 'container')}",
            why,
            "podman ps, crictl ps or nerdctl ps",
        )
    ]
