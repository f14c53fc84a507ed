"""Reads YAML that a stranger wrote into a tree that keeps lines, within limits: nothing is constructed from its tags.

Aliases share their node, so a tree of aliases costs no more than its text; merge keys (`<<`, yaml.org/type/merge) are
put in. A file that repeats a key, or names an anchor inside itself, is refused: two readers would read it differently.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from scanner.core.errors import UsageError
from scanner.core.text import clean

if TYPE_CHECKING:
    from yaml import Event

MOST_DEPTH = 64
MOST_NODES = 50_000
"""Scalars, lists and mappings of one file, and what merge keys put in."""

_TAGS = frozenset({"!reset", "!override"})
"""Compose's own tags; every other one is ignored."""
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value, as it was written."""

    text: str
    file: str
    line: int
    """Counted from 1."""
    plain: bool = True
    """Without quotes, so that it may be a number, true or nothing."""
    tag: str = ""
    unset: tuple[str, ...] = ()
    """Variables in it that had no value; filled in by readers that know variables."""

    @property
    def is_null(self) -> bool:
        """Whether it says nothing at all."""
        return self.plain and self.text in _NOTHING


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: "tuple[Node, ...]"
    file: str
    line: int
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Mapping:
    """Pairs by name, in order; the line is that of the first key."""

    pairs: "dict[str, Node]"
    file: str
    line: int
    tag: str = ""


Node: TypeAlias = Scalar | Sequence | Mapping


def yaml_loader() -> "Any":
    """Return PyYAML's loader on libyaml, ten times as fast and bounded in depth, or its own where that is missing."""
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse_yaml(text: str, file: str, *, unfolded: bool = False) -> Iterator[Node]:
    """Yield the documents of a YAML text; `file` is what nodes and errors name.

    With `unfolded` an alias counts as all that it stands for: whoever walks the tree then meets no more
    than MOST_NODES. Raises UsageError, with the line, for what is not YAML, deeper than MOST_DEPTH or larger than
    MOST_NODES.
    """
    import yaml

    builder = _Builder(file, unfolded)
    try:
        for event in yaml.parse(text, Loader=yaml_loader()):
            if isinstance(event, yaml.DocumentEndEvent):
                yield builder.document()
            else:
                builder.take(event)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise UsageError(f"is not YAML: {clean(error.problem or '', 200)}", file=file, line=line) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise UsageError(f"is not YAML: {clean(str(error).partition(chr(10))[0], 200)}", file=file) from None


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet."""

    line: int
    tag: str
    anchor: str | None
    mapping: bool
    before: int
    """Nodes that were counted before it."""
    items: list[Node] = field(default_factory=list)
    """Of a mapping: keys and values in turn."""


@dataclass(slots=True)
class _Builder:
    """Builds the tree from events, without recursion."""

    file: str
    unfolded: bool
    nodes: int = 0
    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, Node | None] = field(default_factory=dict)
    """None while the anchored node is still open."""
    sizes: dict[str, int] = field(default_factory=dict)
    """By anchor: nodes of what it names, without the first."""
    root: Node | None = None

    def take(self, event: "Event") -> None:
        import yaml

        if isinstance(event, yaml.ScalarEvent):
            plain = event.style in {None, ""}
            self.add(Scalar(event.value, self.file, _line(event), plain, _tag(event)), event.anchor)
        elif isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
            self.open(event, mapping=isinstance(event, yaml.MappingStartEvent))
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            self.close()
        elif isinstance(event, yaml.AliasEvent):
            node = self.anchored(event)
            if self.unfolded:
                self.count(self.sizes[event.anchor or ""], _line(event))
            self.add(node, None)

    def open(self, event: "Any", *, mapping: bool) -> None:
        if len(self.stack) >= MOST_DEPTH:
            raise UsageError(f"is nested deeper than {MOST_DEPTH} levels", file=self.file, line=_line(event))
        if event.anchor:
            self.anchors[event.anchor] = None
        self.stack.append(_Open(_line(event), _tag(event), event.anchor, mapping, self.nodes))

    def close(self) -> None:
        done = self.stack.pop()
        node: Node
        if done.mapping:
            node = Mapping(self.paired(done.items), self.file, done.line, done.tag)
        else:
            node = Sequence(tuple(done.items), self.file, done.line, done.tag)
        self.add(node, done.anchor, self.nodes - done.before)

    def add(self, node: Node, anchor: str | None, below: int = 0) -> None:
        self.count(1, node.line)
        if anchor:
            self.anchors[anchor] = node
            self.sizes[anchor] = below
        if self.stack:
            self.stack[-1].items.append(node)
        else:
            self.root = node

    def count(self, more: int, line: int) -> None:
        self.nodes += more
        if self.nodes > MOST_NODES:
            raise UsageError(f"holds more than {MOST_NODES:,} values", file=self.file, line=line)

    def anchored(self, event: "Any") -> Node:
        name = event.anchor
        node = self.anchors.get(name)
        if node is None:
            why = "is used inside itself" if name in self.anchors else "is nowhere defined"
            raise UsageError(f"the anchor `{clean(name, 60)}` {why}", file=self.file, line=_line(event))
        return node

    def document(self) -> Node:
        root = self.root or Scalar("", self.file, 1)
        self.root = None
        self.anchors.clear()
        return root

    def paired(self, items: list[Node]) -> dict[str, Node]:
        own: dict[str, Node] = {}
        merged: dict[str, Node] = {}
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not isinstance(key, Scalar):
                raise UsageError("a key is a list or a mapping", file=self.file, line=key.line)
            if key.text == "<<" and key.plain:
                # Some readers refuse a second `<<`, others merge it too: nothing of it may be lost.
                merged.update(self.merged(value))
            elif key.text in own:
                raise UsageError(f"the key `{clean(key.text, 60)}` stands twice", file=self.file, line=key.line)
            else:
                own[key.text] = value
        return {**merged, **own}

    def merged(self, value: Node) -> dict[str, Node]:
        """Return the pairs that a merge key stands for: of a key in several, the earlier counts."""
        sources = value.items if isinstance(value, Sequence) else (value,)
        pairs: dict[str, Node] = {}
        for source in reversed(sources):
            if not isinstance(source, Mapping):
                raise UsageError("`<<` takes a mapping or a list of mappings", file=self.file, line=value.line)
            self.count(len(source.pairs), value.line)
            pairs.update(source.pairs)
        return pairs


def _line(event: "Any") -> int:
    return int(event.start_mark.line) + 1


def _tag(event: "Any") -> str:
    return event.tag if event.tag in _TAGS else ""
