"""Compose files: each published port against what is known of its image (compose-spec)."""

import re
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Pairs
from io import BytesIO
from pathlib import Path

from scanner.core.finding import Anchor
from scanner.core.image import UNTOLD_TAG
from scanner.core.problem import Problem, ProblemKind
from scanner.core.text import clean
from scanner.core.yamltext import Mapping, Node, Scalar
from scanner.lint.builds import Builds, text_of
from scanner.lint.container import Container, ImageName, Mount, Value, image_name, split_words
from scanner.lint.doors import Published, predictions, read_inside
from scanner.lint.prediction import LintReach, Read
from scanner.lint.reader import STANDARD_INPUT, Reader, Source
from scanner.lint.stages import Stage
from scanner.targets.compose.dotenv import NotDotenv, parse_dotenv
from scanner.targets.compose.files import SHOWN_INPUT, projects
from scanner.targets.compose.merge import as_list, as_pairs
from scanner.targets.compose.project import Project, read_project
from scanner.targets.compose.published import ServicePorts, service_ports
from scanner.targets.compose.reached import host_network, networks_of

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
    builds = Builds(project, root)
    services = list(service_ports(project, _anchor))
    named = {ports.service: ports for ports in services}
    for ports in services:
        read.problems += [_note(problem) for problem in ports.problems if problem.kind is not _OFF]
        container = _container(ports.service, ports.definition, project, builds)
        behind = _network_of(ports, named)
        published = [] if _is_internal(behind.definition, project) else list(_published(behind))
        on_host = host_network(behind.definition, project.networks)
        whole = _anchor(on_host) if on_host is not None else None
        read.mounted |= {mount.source for mount in container.mounts if mount.source}
        read.predictions += predictions(container, published, whole, root)
        if container.image is None and published:
            read.problems.append(_nameless(ports, published[0].anchor))
    return read


def _network_of(ports: ServicePorts, named: Pairs[str, ServicePorts]) -> ServicePorts:
    """Return the service whose network a service uses (`network_mode: service:vpn`): itself, or that one."""
    kind, _, other = text_of(ports.definition, "network_mode").partition(":")
    if kind == "service":
        return named.get(other, ports)
    if kind == "container":
        return next((one for one in named.values() if text_of(one.definition, "container_name") == other), ports)
    return ports


def _is_internal(service: Mapping, project: Project) -> bool:
    """Tell whether a service is on internal networks alone, on which Docker publishes nothing."""
    found = [project.networks.get(name) for name in networks_of(service)]
    return bool(found) and all(isinstance(one, Mapping) and _shuts(one) for one in found)


def _shuts(network: Mapping) -> bool:
    # On an overlay of a swarm the ingress network publishes all the same.
    return text_of(network, "internal").lower() in {"true", "yes", "on"} and text_of(network, "driver") != "overlay"


def _nameless(ports: ServicePorts, anchor: Anchor) -> Problem:
    built = "build" in ports.definition.pairs
    why = "is built from what can't be read here" if built else "names no image that can be told from the file"
    return Problem(ProblemKind.LINT_UNTOLD, f"{anchor.file}:{anchor.line}", f"{ports.service}: {why}")


_OFF = ProblemKind.COMPOSE_PROFILE_OFF


def _note(problem: Problem) -> Problem:
    """A lint looks at no port, so that nothing is left unseen: what can't be told is a note."""
    return Problem(ProblemKind.LINT_UNTOLD, problem.where, problem.detail)


def _published(ports: ServicePorts) -> Iterator[Published]:
    for each in (*ports.ranges, *ports.picked):
        if each.anchor is None or each.on_loopback:
            continue
        picked = each in ports.picked
        reach = LintReach.PICKED if picked else LintReach.WILDCARD if each.everywhere else LintReach.ADDRESS
        address = each.address or "0.0.0.0"
        target = each.target or each.first
        for step in range(min(each.size, _MOST_PORTS)):
            port = each.first + step
            inside = target if each.one_of else target + step
            base = "" if picked else each.reached_at
            yield Published(inside, address, port, each.transport, reach, each.anchor, base, each.instead)


def _container(name: str, service: Mapping, project: Project, builds: Builds) -> Container:
    elsewhere: list[str] = []
    built = builds.of(service)
    environment = {**built.environment, **dict(_env_files(service, project, builds.root, elsewhere))}
    for key, value in as_pairs(service.pairs["environment"]).pairs.items() if "environment" in service.pairs else ():
        environment[key] = _value(value, project.environment.get(key))
    if built.sets_up:
        elsewhere.append("what its build runs")
    return Container(
        name=name,
        image=_image(service.pairs.get("image")) if "build" not in service.pairs else built.image,
        environment=environment,
        words=tuple(_words(service, built)),
        mounts=(*_mounts(service, project), *builds.copied(service, built)),
        elsewhere=tuple(elsewhere),
    )


def _words(service: Mapping, built: Stage) -> Iterator[Value]:
    """Yield the words of entry point and command; an entry point of its own does away with the image's command."""
    own = {key: service.pairs[key] for key in ("entrypoint", "command") if key in service.pairs}
    for key in ("entrypoint", "command"):
        if key in own:
            yield from split_words(_value(word, None) for word in _listed(own[key]))
        elif "entrypoint" not in own:
            yield from built.words.get("ENTRYPOINT" if key == "entrypoint" else "CMD", ())


def _image(node: Node | None) -> ImageName | None:
    if not isinstance(node, Scalar) or node.is_null:
        return None
    name = image_name(node.text)
    if node.unset and not name.tag:
        # A tag that only the deployment knows is not the newest one.
        name = name._replace(tag=UNTOLD_TAG)
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
            target = entry.pairs.get("target")
            if isinstance(target, Scalar):
                yield Mount(target.text, _source(text_of(entry, "source"), project), anchor)
    for key in ("configs", "secrets"):
        for entry in _listed(service.pairs.get(key)):
            target = entry.pairs.get("target") if isinstance(entry, Mapping) else entry
            if isinstance(target, Scalar):
                yield (
                    _config(target.text, entry, project)
                    if key == "configs"
                    else Mount(target.text, None, _anchor(entry))
                )


def _config(target: str, entry: Node, project: Project) -> Mount:
    """Return a mounted config of the project, with what it holds where the file says that."""
    name = text_of(entry, "source") if isinstance(entry, Mapping) else target
    config = project.configs.get(name)
    known = config if isinstance(config, Mapping) else Mapping({}, "", 0)
    content, file = known.pairs.get("content"), text_of(known, "file")
    told = isinstance(content, Scalar) and not content.unset
    target = target if target.startswith("/") else f"/{target}"
    return Mount(target, _source(file, project), _anchor(entry), text_of(known, "content") if told else None)


def _source(text: str, project: Project) -> Path | None:
    """Return the file of this machine that is mounted; a plain word is the name of a volume."""
    return project.folder / text if text.startswith((".", "/")) and "\0" not in text else None


def _anchor(node: Node) -> Anchor:
    return Anchor(file=STANDARD_INPUT if node.file == SHOWN_INPUT else node.file, line=node.line)


READER = Reader(id="compose", title="Compose", rank=10, fits=_fits, names=_NAMES, read=_read)
