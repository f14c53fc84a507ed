"""What a Compose project publishes on this machine, as targets with their lines, and what of it can't be told."""

from collections.abc import Callable, Iterator
from collections.abc import Mapping as Pairs
from collections.abc import Sequence as Items
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeAlias

from scanner.core.count import counted
from scanner.core.errors import UsageError
from scanner.core.finding import Anchor
from scanner.core.ports import Transport
from scanner.core.problem import Problem, ProblemKind
from scanner.core.text import clean
from scanner.core.yamltext import Mapping, Node, Scalar, Sequence
from scanner.targets.compose.files import SHOWN_INPUT
from scanner.targets.compose.merge import as_list
from scanner.targets.compose.ports import PortPicked, PortRange, port_range, short_form
from scanner.targets.compose.project import Project, read_project
from scanner.targets.compose.reached import reached_elsewhere
from scanner.targets.files import Line
from scanner.targets.parse import parse_target

_MOST_PORTS = 20_000

AnchorOf: TypeAlias = Callable[[Node], Anchor | None]


class Published(NamedTuple):
    """One port that Compose publishes on this host."""

    address: str
    """Where it can be reached from this host: loopback when it is published everywhere."""
    port: int
    transport: Transport
    service: str
    """The name of the Compose service."""
    anchor: Anchor | None
    """The line that publishes it; None on standard input."""
    optional: bool = False
    """Whether the service only starts with a profile that is not switched on."""
    instead: tuple[str, ...] = ()
    """What to write in place of the line, so that only this host reaches the port."""
    one_of: tuple[int, int] | None = None
    """The first and last of several ports of which Docker publishes one."""


class ComposedLines(NamedTuple):
    """The published ports as targets, and what could not become one."""

    lines: tuple[Line, ...]
    datagrams: tuple[Published, ...]
    """UDP ports, which no target can name."""
    problems: tuple[Problem, ...]
    ports: tuple[Published, ...] = ()
    """All of them, as they were published."""


class Composed(NamedTuple):
    """What a project publishes, and what of it can't be told."""

    ports: tuple[Published, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class ServicePorts:
    """What one service publishes."""

    service: str
    definition: Mapping
    ranges: tuple[PortRange, ...]
    problems: tuple[Problem, ...]
    optional: bool
    picked: tuple[PortRange, ...] = ()
    """Ports that Docker picks when it starts, as if each were published under its own number."""


def compose_lines(files: Items[Path], environment: Pairs[str, str], stdin: BinaryIO | None = None) -> ComposedLines:
    """Return the published ports of one project as pinned targets, named after their services.

    UDP ports can't be pinned and are kept apart; what the files do not tell becomes a problem. Raises UsageError.
    """
    composed = published(read_project(files, environment, stdin), str(files[0]))
    streams = [port for port in composed.ports if port.transport is Transport.TCP]
    datagrams = tuple(port for port in composed.ports if port.transport is Transport.UDP)
    if not composed.ports and not composed.problems:
        raise UsageError("publishes no port on this host, so there is nothing to scan", file=files[0])
    return ComposedLines(tuple(map(_line, streams)), datagrams, composed.problems, composed.ports)


def published(project: Project, shown: str) -> Composed:
    """Return every port that a project publishes; raises UsageError, naming `shown`, when these are far too many."""
    services = list(service_ports(project))
    count = sum(each.size for service in services for each in service.ranges)
    if count > _MOST_PORTS:
        raise UsageError(
            f"publishes {counted(count, 'port')}, more than {_MOST_PORTS:,}; name targets and -p instead", file=shown
        )
    ports = (
        Published(
            each.reached_at,
            port,
            each.transport,
            service.service,
            each.anchor,
            service.optional,
            each.instead,
            each.one_of,
        )
        for service in services
        for each in service.ranges
        for port in range(each.first, each.last + 1)
    )
    problems = (problem for service in services for problem in service.problems)
    once: dict[Published, Published] = {}
    for each in ports:
        once.setdefault(each._replace(instead=()), each)
    return Composed(tuple(once.values()), (*project.problems, *problems))


def service_ports(project: Project, anchor_of: AnchorOf | None = None) -> Iterator[ServicePorts]:
    """Yield what each service publishes; `anchor_of` says what the lines of a node are called."""
    anchor_of = anchor_of or _anchor
    profiles = {word.strip() for word in project.environment.get("COMPOSE_PROFILES", "").split(",")}
    for name, service in project.services.items():
        shown = clean(name, 128)
        ranges: list[PortRange] = []
        picked: list[PortRange] = []
        problems = list(reached_elsewhere(shown, service, project))
        for node in _entries(service.pairs.get("ports")):
            try:
                ranges.append(port_range(node, anchor_of(node)))
            except ValueError as error:
                picked += _picked(error, anchor_of(node))
                problems.append(Problem(ProblemKind.COMPOSE_PORT_SKIPPED, _where(node), clean(f"{shown}: {error}")))
        wanted = _words(service.pairs.get("profiles"))
        optional = bool(wanted) and "*" not in profiles and profiles.isdisjoint(wanted)
        if optional and ranges:
            what = f"{shown}: starts only with the profile {clean(wanted[0], 60)}; its ports are looked at all the same"
            problems.append(Problem(ProblemKind.COMPOSE_PROFILE_OFF, _where(service), what))
        yield ServicePorts(shown, service, tuple(ranges), tuple(problems), optional, tuple(picked))


def _picked(error: ValueError, anchor: Anchor | None) -> Iterator[PortRange]:
    if isinstance(error, PortPicked) and error.target:
        address = f"[{error.address}]" if ":" in error.address else error.address
        inner = f"{error.target}:{error.target}/{error.transport}"
        with suppress(ValueError):
            yield short_form(f"{address}:{inner}" if address else inner, anchor)


def _entries(ports: Node | None) -> tuple[Node, ...]:
    if isinstance(ports, Sequence):
        return ports.items
    return () if ports is None or (isinstance(ports, Scalar) and ports.is_null) else (ports,)


def _words(node: Node | None) -> list[str]:
    return [item.text for item in as_list(node).items if isinstance(item, Scalar)] if node is not None else []


def _anchor(node: Node) -> Anchor | None:
    return None if node.file == SHOWN_INPUT else Anchor(file=node.file, line=node.line)


def _where(node: Node) -> str:
    return f"{node.file}:{node.line}"


def _line(port: Published) -> Line:
    spec = parse_target(f"[{port.address}]:{port.port}" if ":" in port.address else f"{port.address}:{port.port}")
    file = port.anchor.file if port.anchor else SHOWN_INPUT
    return Line(
        spec=spec,
        name=port.service,
        anchor=port.anchor,
        instead=port.instead,
        file=file,
        line=port.anchor.line if port.anchor else None,
    )
