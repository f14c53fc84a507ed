"""Terraform: firewall rules that let everybody in to the home port of a service of the catalogue (extra `terraform`).

A rule says who may knock, not whether the service asks for a password, so that the verdict is `unknown`; only Docker's
port for clients without certificates is open whenever it is reached.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from scanner.core.errors import UsageError
from scanner.core.facts import Access
from scanner.core.finding import Anchor
from scanner.core.guard import Guard
from scanner.core.number import parse_number
from scanner.core.ports import LAST_PORT, Transport
from scanner.core.problem import Problem, ProblemKind
from scanner.lint.knowledge import known_images
from scanner.lint.prediction import LintReach, Prediction, Read
from scanner.lint.reader import Reader, Source

_EVERYBODY = frozenset({"0.0.0.0/0", "::/0", "*", "Internet", "Any"})
_FROM = (
    "cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6", "source_ranges", "source_addresses",
    "source_address_prefix", "source_address_prefixes",
)  # fmt: skip
_PORTS = ("ports", "port_range", "destination_port_range", "destination_port_ranges")
_OUTWARD = frozenset({"egress", "EGRESS", "Outbound", "Deny"})
_OUTWARD_BLOCKS = frozenset({"egress", "deny", "outbound_rule"})
_ALWAYS_OPEN = frozenset({("docker-api", 2375)})
_MOST_CHARS = 256 << 10
_WIDEST = 4_096
"""A range of more ports than this opens everything, whatever listens there."""


@dataclass(slots=True)
class _Block:
    """One block: what it is called, its attributes, the blocks inside."""

    labels: list[str]
    line: int
    attributes: dict[str, list[str]] = field(default_factory=dict)
    blocks: list["_Block"] = field(default_factory=list)


def _read(source: Source) -> Read:
    try:
        import hcl2
    except ImportError:
        why = "Terraform files need the extra: pip install 'exposure-scanner[terraform]'"
        return Read(problems=[Problem(ProblemKind.LINT_UNTOLD, str(source.root), why)])
    if len(source.text) > _MOST_CHARS:
        raise UsageError(f"is longer than {_MOST_CHARS >> 10} KiB", file=source.shown)
    try:
        tree = hcl2.parses_to_tree(source.text if source.text.endswith("\n") else source.text + "\n")
    except (RecursionError, ValueError, KeyError, AttributeError):
        raise UsageError("is not HCL", file=source.shown) from None
    except Exception as error:  # noqa: BLE001 - the parser's own errors share no class that it documents
        raise UsageError("is not HCL", file=source.shown, line=getattr(error, "line", None)) from None
    read = Read()
    for body in tree.children:
        for block in _blocks(body):
            read.predictions += _predictions(block, block.labels, {}, source.shown)
    return read


def _blocks(body: Any) -> Iterator[_Block]:
    for node in _trees(body, "block"):
        labels = [text for part in node.children for text in _label(part)]
        block = _Block(labels, int(node.meta.line))
        for inner in _trees(node, "body"):
            block.blocks += _blocks(inner)
            for attribute in _trees(inner, "attribute"):
                name, *values = [child for child in attribute.children if hasattr(child, "data")]
                block.attributes["".join(_label(name))] = list(_values(values))
        yield block


def _trees(node: Any, kind: str) -> list[Any]:
    return [child for child in getattr(node, "children", ()) if getattr(child, "data", None) == kind]


def _label(node: Any) -> Iterator[str]:
    if getattr(node, "data", None) == "identifier":
        yield str(node.children[0])
    elif getattr(node, "data", None) == "string":
        yield "".join(str(part.children[0]) for part in _trees(node, "string_part"))


def _values(nodes: list[Any]) -> Iterator[str]:
    """Yield the literal strings and numbers of an expression."""
    for node in nodes:
        for part in node.iter_subtrees_topdown():
            if part.data in {"string_part", "int_lit"} and part.children:
                yield str(part.children[0])


def _predictions(block: _Block, labels: list[str], outer: dict[str, list[str]], shown: str) -> Iterator[Prediction]:
    attributes = {**outer, **block.attributes}
    directions = {value for key in ("type", "direction", "access") for value in attributes.get(key, ())}
    if (block.labels[:1] and block.labels[0] in _OUTWARD_BLOCKS) or directions & _OUTWARD:
        return
    for inner in block.blocks:
        yield from _predictions(inner, labels, attributes, shown)
    everybody = any(value in _EVERYBODY for key in _FROM for value in attributes.get(key, ()))
    ranges = list(_ranges(block.attributes))
    if not everybody or not ranges:
        return
    homes = {(known.probe.id, port): known for known in reversed(known_images()) for port in known.image.ports}
    for (service, port), known in sorted(homes.items()):
        if any(first <= port <= last and last - first < _WIDEST for first, last in ranges):
            certain = (service, port) in _ALWAYS_OPEN
            yield Prediction(
                name=".".join(labels[1:]) or "firewall",
                service=service,
                rule=known.image.rule,
                address="0.0.0.0",
                port=port,
                transport=Transport.TCP,
                reach=LintReach.SECURITY_GROUP,
                guard=Guard.OPEN if certain else Guard.UNKNOWN,
                why="everybody may reach it, and it never asks" if certain else "everybody may reach its home port",
                anchor=Anchor(file=shown, line=block.line),
                access=Access.CONTROL if certain else Access.DATA,
            )


def _ranges(attributes: dict[str, list[str]]) -> Iterator[tuple[int, int]]:
    first, last = (parse_number("".join(attributes.get(key, ())), most=LAST_PORT) for key in ("from_port", "to_port"))
    if first is not None and last is not None:
        yield first, last
    for text in (value for key in _PORTS for value in attributes.get(key, ())):
        low, _, high = text.partition("-")
        begin, end = parse_number(low, most=LAST_PORT), parse_number(high or low, most=LAST_PORT)
        if begin is not None and end is not None:
            yield begin, end


READER = Reader(
    id="terraform",
    title="Terraform firewall rules (extra terraform)",
    rank=40,
    fits=lambda path, _: path.endswith(".tf"),
    names=("*.tf",),
    read=_read,
)
