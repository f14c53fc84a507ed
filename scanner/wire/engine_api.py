"""The lists of the Docker Engine API (v1.24 and later), which Podman answers too: pure, HTTP answers in, counts out.

https://docs.docker.com/reference/api/engine/version/v1.41/
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from scanner.core.jsontext import Json, as_int, as_list, as_object, as_text
from scanner.core.talk import HttpAnswer
from scanner.core.unheard import reason_of_status

CONTAINERS = "/containers/json?all=1&limit=100"
IMAGES = "/images/json"
INFO = "/info"

_SOCKET = "docker.sock"
_CONTAINER_KEYS = ("Id", "Image", "Names", "Command", "Created")
_STATES = {"State", "Status"}
"""How a container is: before 1.7 in words alone."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What the control plane told about containers, images and the machine."""

    containers: int | None = None
    """None when the list was refused."""
    running: int | None = None
    images: int | None = None
    info: Mapping[str, Json] = field(default_factory=dict)
    """The parts of /info that a report may show."""
    warnings: tuple[str, ...] = ()
    host_mounts: int = 0
    """Containers that mount the machine's root or the engine's own socket."""
    traces: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    broken: int = 0
    """Reads that ended in an error of the engine, broke off or were not answered: neither shown nor refused."""

    @property
    def open_reads(self) -> int:
        """How many of the three control-plane reads were answered."""
        return (self.containers is not None) + (self.images is not None) + bool(self.info)

    @property
    def is_open(self) -> bool:
        """Whether nothing stands in front: most reads were answered, and none of the others was refused.

        One damaged container lets its list fail with 500 in an engine that takes any order.
        """
        return self.open_reads + self.broken == 3 and self.open_reads >= 2


def inventory(containers: HttpAnswer | None, images: HttpAnswer | None, info: HttpAnswer | None) -> Inventory:
    """Return what the three answers say; None and refusals count as nothing."""
    listed = _list(containers, "Id", "Image")
    stored = _list(images, "Id", "RepoTags")
    about = _info(info)
    running = sum(item.get("State") == "running" for item in listed or ())
    total = as_int(about.get("Containers"))
    mounts = [mount for item in listed or () for mount in _mounts(item)]
    broken = (_breaks(containers) and listed is None, _breaks(images) and stored is None, _breaks(info) and not about)
    return Inventory(
        broken=sum(broken),
        containers=None if listed is None else max(len(listed), total or 0),
        running=as_int(about.get("ContainersRunning")) if about else (None if listed is None else running),
        images=None if stored is None else max(len(stored), as_int(about.get("Images")) or 0),
        info=about,
        warnings=tuple(warning for text in as_list(about.get("Warnings")) if (warning := _first_line(text))),
        host_mounts=sum(any(_is_host(mount) for mount in _mounts(item)) for item in listed or ()),
        traces={
            "image": _unique([*_tags(stored or ()), *(as_text(item.get("Image")) for item in listed or ())]),
            "command": _unique([as_text(item.get("Command")) for item in listed or ()]),
            "mount": _unique(mounts),
            "name": _unique([name for item in listed or () for name in _names(item)]),
        },
    )


def shows_containers(answer: HttpAnswer | None) -> bool:
    """Tell whether an answer is an engine's list of containers by itself: one that is not empty."""
    listed = _list(answer, *_CONTAINER_KEYS) or []
    return bool(listed) and all(item.keys() & _STATES for item in listed)


def _breaks(answer: HttpAnswer | None) -> bool:
    return answer is None or reason_of_status(answer.status) is not None or not answer.complete


def _list(answer: HttpAnswer | None, *keys: str) -> list[dict[str, Json]] | None:
    """Return the objects of a listing, None unless every one has the keys."""
    if answer is None or answer.status != 200 or "json" not in (answer.header("content-type") or "json"):
        return None
    items = answer.json_or_none()
    if not isinstance(items, list):
        return None
    objects = [as_object(item) for item in items]
    return objects if all(key in item for item in objects for key in keys) else None


def _info(answer: HttpAnswer | None) -> dict[str, Json]:
    if answer is None or answer.status != 200:
        return {}
    value = as_object(answer.json_or_none())
    is_info = as_int(value.get("Containers")) is not None and isinstance(value.get("DockerRootDir"), str)
    return value if is_info else {}


def _tags(images: list[dict[str, Json]] | tuple[()]) -> list[str | None]:
    return [as_text(tag) for image in images for tag in as_list(image.get("RepoTags")) if tag != "<none>:<none>"]


def _names(container: dict[str, Json]) -> list[str]:
    return [name.lstrip("/") for name in as_list(container.get("Names")) if isinstance(name, str)]


def _mounts(container: dict[str, Json]) -> list[str]:
    """Return bind mounts as `source:destination[:ro]`, the way the command line writes them."""
    mounts = []
    for mount in map(as_object, as_list(container.get("Mounts"))):
        source, target = as_text(mount.get("Source")), as_text(mount.get("Destination"))
        if source and target and mount.get("Type") == "bind":
            mounts.append(f"{source}:{target}" + (":ro" if mount.get("RW") is False else ""))
    return mounts


def _is_host(mount: str) -> bool:
    return mount.startswith("/:") or _SOCKET in mount


def _first_line(value: Json) -> str | None:
    text = as_text(value)
    return text.splitlines()[0].strip() if text else None


def _unique(values: list[str | None] | list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))[:200]
