"""Reads the published ports of a Compose file, with the line of each (compose-spec, section ports).

Only names, numbers and lines are taken from the YAML tree; nothing is constructed from its tags.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from scanner.core.errors import UsageError
from scanner.core.finding import Anchor
from scanner.core.ports import Transport
from scanner.core.report import Problem
from scanner.core.text import clean
from scanner.targets.compose_ports import Published, fill, long_form, short_form
from scanner.targets.files import Line
from scanner.targets.parse import parse_target

if TYPE_CHECKING:
    from yaml import Node

UNREADABLE = "compose-port-skipped"
"""Kind of the problem that a port gives rise to when its number can't be known from the file."""
_LIMIT_BYTES = 4 << 20
_MOST_PORTS = 1_000


class ComposedLines(NamedTuple):
    """The published ports as targets, and what could not become one."""

    lines: tuple[Line, ...]
    datagrams: tuple[Published, ...]
    """UDP ports, which no target can name."""
    problems: tuple[Problem, ...]


class Composed(NamedTuple):
    """What a Compose file publishes, and what of it can't be told."""

    ports: tuple[Published, ...]
    problems: tuple[Problem, ...]


def read_compose(path: Path, environment: Mapping[str, str]) -> Composed:
    """Return the published ports of a Compose file; `.env` beside it counts after `environment`, as in Compose.

    Raises UsageError with file and line for what is no Compose file.
    """
    text = _text(path)
    dotenv = _dotenv(path.parent / ".env")
    return parse_compose(text, str(path), {**dotenv, **environment})


def compose_lines(path: Path, environment: Mapping[str, str]) -> ComposedLines:
    """Return the published ports of a Compose file as pinned targets, named after their services.

    UDP ports can't be pinned and are kept apart; a port that the file does not tell becomes a problem.
    """
    composed = read_compose(path, environment)
    lines: list[Line] = []
    datagrams: list[Published] = []
    problems = list(composed.problems)
    for port in composed.ports:
        if port.transport is Transport.UDP:
            datagrams.append(port)
            continue
        try:
            spec = parse_target(
                f"[{port.address}]:{port.port}" if ":" in port.address else f"{port.address}:{port.port}"
            )
        except UsageError as error:
            problems.append(Problem(UNREADABLE, f"{path}:{port.anchor.line}", f"{port.service}: {error}"))
            continue
        lines.append(Line(spec=spec, name=port.service, anchor=port.anchor, file=str(path), line=port.anchor.line))
    if not lines and not datagrams and not problems:
        raise UsageError("publishes no port on this host, so there is nothing to scan", file=path)
    return ComposedLines(tuple(lines), tuple(datagrams), tuple(problems))


def parse_compose(text: str, file: str, environment: Mapping[str, str]) -> Composed:
    """Return the published ports of a Compose file's text; `file` is what anchors and errors name."""
    root = _tree(text, file)
    ports: list[Published] = []
    problems: list[Problem] = []
    services = _mapping(root).get("services")
    if services is None:
        raise UsageError("holds no `services`; name a Compose file", file=file)
    for name, service in _mapping(services).items():
        for node in _published_nodes(service):
            anchor = Anchor(file=file, line=node.start_mark.line + 1)
            try:
                ports += _ports(node, clean(name, 128), anchor, environment)
            except ValueError as error:
                problems.append(Problem(UNREADABLE, f"{file}:{anchor.line}", clean(f"{name}: {error}")))
    if len(ports) > _MOST_PORTS:
        raise UsageError(
            f"publishes {len(ports)} ports, more than {_MOST_PORTS}; name targets and -p instead", file=file
        )
    return Composed(tuple(ports), tuple(problems))


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_LIMIT_BYTES + 1)
    except OSError as error:
        raise UsageError(f"can't be read: {error.strerror}; check the path", file=path) from None
    if len(data) > _LIMIT_BYTES:
        raise UsageError(f"is longer than {_LIMIT_BYTES >> 20} MiB; name a Compose file", file=path)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError("is not UTF-8; save the file as UTF-8", file=path) from None


def _tree(text: str, file: str) -> "Node":
    import yaml

    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise UsageError(f"is not YAML: {clean(error.problem or '', 200)}", file=file, line=line) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise UsageError(f"is not YAML: {clean(str(error), 200)}", file=file) from None
    if root is None:
        raise UsageError("is empty; name a Compose file", file=file)
    return root


def _mapping(node: "Node | None") -> "dict[str, Node]":
    """Return the pairs of a mapping node by name, merged ones (`<<`) last; anything else is an empty mapping."""
    import yaml

    if not isinstance(node, yaml.MappingNode):
        return {}
    own: dict[str, Node] = {}
    merged: dict[str, Node] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            continue
        if key.value == "<<":
            # One level is what people write; deeper merges could repeat themselves without end.
            sources = value.value if isinstance(value, yaml.SequenceNode) else [value]
            for source in sources:
                if isinstance(source, yaml.MappingNode):
                    merged |= {k.value: v for k, v in source.value if isinstance(k, yaml.ScalarNode)}
        else:
            own[key.value] = value
    return {**merged, **own}


def _published_nodes(service: "Node") -> "list[Node]":
    import yaml

    ports = _mapping(service).get("ports")
    return list(ports.value) if isinstance(ports, yaml.SequenceNode) else []


def _ports(node: "Node", service: str, anchor: Anchor, environment: Mapping[str, str]) -> Iterator[Published]:
    import yaml

    if isinstance(node, yaml.ScalarNode):
        return short_form(fill(node.value, environment), service, anchor)
    fields = {
        key: fill(value.value, environment)
        for key, value in _mapping(node).items()
        if isinstance(value, yaml.ScalarNode)
    }
    if not fields.get("published"):
        raise ValueError("no published port; Docker picks one when it starts, so give the target by hand")
    return long_form(fields.get("host_ip", ""), fields["published"], fields.get("protocol", "tcp"), service, anchor)


def _dotenv(path: Path) -> dict[str, str]:
    try:
        text = path.read_text("utf-8")[:_LIMIT_BYTES]
    except (OSError, UnicodeDecodeError):
        return {}
    pairs = (line.strip().removeprefix("export ").partition("=") for line in text.splitlines() if "=" in line)
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs if not name.startswith("#")}
