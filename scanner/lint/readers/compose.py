"""Compose files: each published port against what is known of its image (compose-spec)."""

import re
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Pairs
from io import BytesIO
from pathlib import Path

from scanner.core.finding import Anchor
from scanner.core.problem import Problem, ProblemKind
from scanner.core.text import clean
from scanner.core.yamltext import Mapping, Node, Scalar
from scanner.lint.container import Container, ImageName, Mount, Value, image_name, split_words
from scanner.lint.doors import Published, predictions, read_inside
from scanner.lint.prediction import LintReach, Read
from scanner.lint.reader import STANDARD_INPUT, Reader, Source
from scanner.targets.compose.dotenv import NotDotenv, parse_dotenv
from scanner.targets.compose.files import SHOWN_INPUT, projects
from scanner.targets.compose.merge import as_list, as_pairs
from scanner.targets.compose.project import Project, read_project
from scanner.targets.compose.published import ServicePorts, service_ports
from scanner.targets.compose.reached import host_network

_NAMES = ("compose*.y*ml", "docker-compose*.y*ml", "*compose*.y*ml", "*.y*ml")
_SERVICES = re.compile(r"^services:", re.MULTILINE)
_SHAPE = re.compile(r"^[^\S\n]*\s(?:image|build|extends):", re.MULTILINE)
_OVERRIDE = re.compile(r"(?:docker-)?compose\.override\.ya?ml")
_MOST_PORTS = 64
"""Ports of one range that are judged one by one: an image listens on few."""


def _fits(path: str, text: str) -> bool:
    name = Path(path).name
    if _OVERRIDE.fullmatch(name):
        # Read with the file that it belongs to.
        return False
    return (bool(_SERVICES.search(text)) and bool(_SHAPE.search(text))) or (
        "compose" in name and bool(re.search(r"^(?:services|include):", text, re.MULTILINE))
    )


def _read(source: Source) -> Read:
    (files,) = projects([source.path])
    return _judged(read_project(files, source.environment, BytesIO(source.text.encode())), source.root)


def read_together(files: Sequence[Path], environment: Pairs[str, str]) -> Read:
    """Return what the files of one project say when Compose merges them (`-f A -f B`).

    Raises UsageError for what Compose would refuse to read.
    """
    return _judged(read_project(files, environment), files[0].parent)


def _judged(project: Project, root: Path) -> Read:
    read = Read(problems=[_note(problem) for problem in project.problems])
    for ports in service_ports(project, _anchor):
        read.problems += [_note(problem) for problem in ports.problems if problem.kind is not _OFF]
        service = ports.definition
        container = _container(ports.service, service, project, root)
        on_host = host_network(service, project.networks)
        whole = _anchor(on_host) if on_host is not None else None
        read.mounted |= {mount.source for mount in container.mounts if mount.source}
        read.predictions += predictions(container, list(_published(ports)), whole, root)
    return read


_OFF = ProblemKind.COMPOSE_PROFILE_OFF


def _note(problem: Problem) -> Problem:
    """A lint looks at no port, so that nothing is left unseen: what can't be told is a note."""
    return Problem(ProblemKind.LINT_UNTOLD, problem.where, problem.detail)


def _published(ports: ServicePorts) -> Iterator[Published]:
    for each in ports.ranges:
        if each.anchor is None or each.on_loopback:
            continue
        reach = LintReach.WILDCARD if each.everywhere else LintReach.ADDRESS
        address = each.address or "0.0.0.0"
        target = each.target or each.first
        for step in range(min(each.size, _MOST_PORTS)):
            port = each.first + step
            inside = target if each.one_of else target + step
            yield Published(inside, address, port, each.transport, reach, each.anchor, each.reached_at, each.instead)


def _container(name: str, service: Mapping, project: Project, root: Path) -> Container:
    elsewhere: list[str] = []
    environment = dict(_env_files(service, project, root, elsewhere))
    for key, value in as_pairs(service.pairs["environment"]).pairs.items() if "environment" in service.pairs else ():
        environment[key] = _value(value, project.environment.get(key))
    words = [item for key in ("entrypoint", "command") for item in _listed(service.pairs.get(key))]
    return Container(
        name=name,
        image=_image(service.pairs.get("image")),
        environment=environment,
        words=split_words(_value(word, None) for word in words),
        mounts=tuple(_mounts(service, project)),
        elsewhere=tuple(elsewhere),
    )


def _image(node: Node | None) -> ImageName | None:
    if not isinstance(node, Scalar) or node.is_null:
        return None
    name = image_name(node.text)
    if node.unset and not name.tag:
        # A tag that only the deployment knows is not the newest one.
        name = name._replace(tag="?")
    return name if name.repository else None


def _listed(node: Node | None) -> tuple[Node, ...]:
    return as_list(node).items if node is not None else ()


def _value(node: Node, inherited: str | None) -> Value:
    anchor = _anchor(node)
    if not isinstance(node, Scalar):
        return Value(None, anchor)
    return Value(inherited if node.is_null else node.text, anchor, bool(node.unset))


def _env_files(service: Mapping, project: Project, root: Path, elsewhere: list[str]) -> Iterator[tuple[str, Value]]:
    for entry in _listed(service.pairs.get("env_file")):
        named = entry.pairs.get("path") if isinstance(entry, Mapping) else entry
        if not isinstance(named, Scalar):
            continue
        text = read_inside(project.folder / named.text, root) if "\0" not in named.text else None
        try:
            values = parse_dotenv(text, project.environment) if text is not None else None
        except NotDotenv:
            values = None
        if values is None:
            elsewhere.append(f"the env_file {clean(named.text, 60)}, which can't be read here,")
            continue
        for key, value in values.items():
            yield key, Value(value, _anchor(named))


def _mounts(service: Mapping, project: Project) -> Iterator[Mount]:
    for entry in _listed(service.pairs.get("volumes")):
        anchor = _anchor(entry)
        if isinstance(entry, Scalar):
            parts = entry.text.split(":")
            if len(parts) > 1:
                yield Mount(parts[1], _source(parts[0], project), anchor)
        elif isinstance(entry, Mapping):
            target, source = entry.pairs.get("target"), entry.pairs.get("source")
            if isinstance(target, Scalar):
                yield Mount(target.text, _source(source.text if isinstance(source, Scalar) else "", project), anchor)
    for key in ("configs", "secrets"):
        for entry in _listed(service.pairs.get(key)):
            target = entry.pairs.get("target") if isinstance(entry, Mapping) else entry
            if isinstance(target, Scalar):
                yield Mount(target.text, None, _anchor(entry))


def _source(text: str, project: Project) -> Path | None:
    """Return the file of this machine that is mounted; a plain word is the name of a volume."""
    return project.folder / text if text.startswith((".", "/")) and "\0" not in text else None


def _anchor(node: Node) -> Anchor:
    return Anchor(file=STANDARD_INPUT if node.file == SHOWN_INPUT else node.file, line=node.line)


READER = Reader(id="compose", title="Compose", rank=10, fits=_fits, names=_NAMES, read=_read)
