"""From a container and its published ports to predictions; shared by the readers of Compose and Kubernetes."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from scanner.config.door import Door
from scanner.config.kind import kind_of_file
from scanner.config.setting import Settings, setting
from scanner.core.errors import UsageError
from scanner.core.finding import Anchor
from scanner.core.guard import Guard
from scanner.core.ports import Transport
from scanner.core.textfile import decode_file
from scanner.lint.container import Container, Mount
from scanner.lint.judge import Judged, judge
from scanner.lint.knowledge import images_named
from scanner.lint.prediction import LintReach, Prediction

_LIMIT_BYTES = 1 << 20
_MOST_FILES = 8


class Published(NamedTuple):
    """One port of a container that can be reached from outside."""

    target: int
    """Inside the container."""
    address: str
    port: int
    transport: Transport
    reach: LintReach
    anchor: Anchor
    base: str = ""
    """Where a scan of this machine finds it."""
    instead: tuple[str, ...] = ()


def predictions(
    container: Container, published: list[Published], whole: Anchor | None, root: Path
) -> Iterator[Prediction]:
    """Yield what a stranger meets at a container; `whole` is the line that gives it the host's own network."""
    if container.image is None:
        return
    for known in images_named(container.image):
        image = known.image
        doors = [door for door in published if door.target in image.ports and door.transport is Transport.TCP]
        if whole is not None:
            doors = [_on_host(port, whole) for port in image.ports[:1]]
        if not doors:
            continue
        for door in doors:
            judged = judge(image, container, lambda mount: _read_mount(mount, root), door.target)
            yield Prediction(
                name=container.name,
                service=known.probe.id,
                rule=image.rule,
                address=door.address,
                port=door.port,
                transport=door.transport,
                reach=door.reach,
                guard=judged.guard,
                why=judged.why,
                anchor=door.anchor,
                access=image.access,
                instead=door.instead,
                sources=(image.source,),
                base=door.base,
            )


def _on_host(port: int, anchor: Anchor) -> Published:
    return Published(port, "0.0.0.0", port, Transport.TCP, LintReach.HOST_NETWORK, anchor, "127.0.0.1")


def _read_mount(mount: Mount, root: Path) -> Judged | None:
    """Return what a mounted configuration says, None when it is not there, outside of the tree, or not understood."""
    for path in _files(mount, root):
        text = mount.text if mount.text is not None else read_inside(path, root)
        kind = kind_of_file(str(path)) or kind_of_file(mount.target)
        if text is None or kind is None:
            continue
        settings = kind.read(text, str(path))
        if kind.id == "redis" and settings.last("protected-mode") is None:
            # The images are built with protected mode off, whatever file they are given.
            settings = settings.joined(Settings((setting("protected-mode", "no", str(path), 0),)))
        return None if settings.unread else _from_doors(kind.doors(settings), path.name)
    return None


def _from_doors(doors: tuple[Door, ...], name: str) -> Judged | None:
    reached = [door for door in doors if not door.loopback]
    if not reached:
        return Judged(Guard.CLOSED, f"{name} makes it listen inside the container alone") if doors else None
    guards = {door.guard for door in reached}
    guard = next(one for one in (Guard.OPEN, Guard.UNKNOWN, Guard.CLOSED) if one in guards)
    why = next(door.why for door in reached if door.guard is guard)
    return Judged(guard, f"{name} says so: {why}")


def _files(mount: Mount, root: Path) -> list[Path]:
    """Return the file that is mounted, or the configuration files of the folder."""
    source = mount.source
    if source is None or mount.text is not None:
        return [] if mount.text is None else [Path(mount.target)]
    try:
        inside = source.resolve().is_relative_to(root.resolve())
        return sorted(source.glob("*.conf"))[:_MOST_FILES] if inside and source.is_dir() else [source]
    except (OSError, ValueError, RuntimeError):
        return []


def read_inside(path: Path, root: Path) -> str | None:
    """Return the text of an ordinary file inside a folder; None for anything else, through symbolic links too."""
    try:
        real = path.resolve()
        if not real.is_file() or not real.is_relative_to(root.resolve()) or real.stat().st_size > _LIMIT_BYTES:
            return None
        return decode_file(real.read_bytes(), path)
    except (OSError, ValueError, RuntimeError, UsageError):
        return None
