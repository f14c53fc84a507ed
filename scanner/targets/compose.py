"""Reads the published ports of a Compose file, with the line of each (compose-spec, section ports).

Only names, numbers and lines are taken from the YAML tree; nothing is constructed from its tags.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from scanner.core.errors import UsageError
from scanner.core.finding import Anchor
from scanner.core.ports import LAST_PORT, Transport
from scanner.core.report import Problem
from scanner.core.text import clean

if TYPE_CHECKING:
    from yaml import Node

UNREADABLE = "compose-port-skipped"
"""Kind of the problem that a port gives rise to when its number can't be known from the file."""
_LIMIT_BYTES = 4 << 20
_MOST_PORTS = 1_000
_EVERY_ADDRESS = frozenset({"", "0.0.0.0", "::"})
_VARIABLE = re.compile(r"\$(?:\$|(\w+)|\{(\w+)(?:(:?[-+?])([^}]*))?\})")
_SHORT = re.compile(
    r"(?:(?:\[(?P<v6>[0-9A-Fa-f:]+)\]|(?P<v4>\d+(?:\.\d+){3})|(?P<bare>[0-9A-Fa-f:]*?::[0-9A-Fa-f:]*?)):)?"
    r"(?:(?P<host>\d+(?:-\d+)?)?:)?(?P<inner>\d+(?:-\d+)?)(?:/(?P<transport>\w+))?"
)


@dataclass(frozen=True, slots=True)
class Published:
    """One port that Compose publishes on this host."""

    address: str
    """Where it can be reached from this host: loopback when it is published everywhere."""
    port: int
    transport: Transport
    service: str
    """The name of the Compose service."""
    anchor: Anchor


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
        return _short(_filled(node.value, environment), service, anchor)
    fields = {
        key: _filled(value.value, environment)
        for key, value in _mapping(node).items()
        if isinstance(value, yaml.ScalarNode)
    }
    if not fields.get("published"):
        raise ValueError("no published port; Docker picks one when it starts, so give the target by hand")
    return _spread(fields.get("host_ip", ""), fields["published"], fields.get("protocol", "tcp"), service, anchor)


def _short(text: str, service: str, anchor: Anchor) -> Iterator[Published]:
    found = _SHORT.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"`{text}` is not a port")
    if not found["host"]:
        raise ValueError(f"`{text}` has no published port; Docker picks one when it starts")
    address = found["v6"] or found["v4"] or found["bare"] or ""
    return _spread(address, found["host"], found["transport"] or "tcp", service, anchor)


def _spread(address: str, ports: str, transport: str, service: str, anchor: Anchor) -> Iterator[Published]:
    first, _, last = ports.partition("-")
    if not first.isdecimal() or (last and not last.isdecimal()) or transport not in {"tcp", "udp"}:
        raise ValueError(f"`{ports}/{transport}` is not a port")
    low, high = int(first), int(last or first)
    if not 1 <= low <= high <= LAST_PORT:
        raise ValueError(f"`{ports}` is not between 1 and {LAST_PORT}")
    place = ("::1" if address == "::" else "127.0.0.1") if address in _EVERY_ADDRESS else address
    return (Published(place, port, Transport(transport), service, anchor) for port in range(low, high + 1))


def _filled(text: str, environment: Mapping[str, str]) -> str:
    """Return a text with its variables put in; raises ValueError for one that has no value (compose-spec 12)."""

    def fill(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name is None:
            return "$"
        value, form, other = environment.get(name), found[3] or "", found[4] or ""
        missing = value is None or (form.startswith(":") and not value)
        if form.endswith("+"):
            return "" if missing else other
        if not missing:
            return value or ""
        if form.endswith("-"):
            return other
        raise ValueError(f"the variable {name} has no value here")

    return _VARIABLE.sub(fill, text)


def _dotenv(path: Path) -> dict[str, str]:
    try:
        text = path.read_text("utf-8")[:_LIMIT_BYTES]
    except (OSError, UnicodeDecodeError):
        return {}
    pairs = (line.strip().removeprefix("export ").partition("=") for line in text.splitlines() if "=" in line)
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs if not name.startswith("#")}
