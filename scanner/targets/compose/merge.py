"""One service over another, by Compose's rules (compose-spec 13, merge): override files, include and extends; pure."""

from dataclasses import dataclass

from scanner.core.yamltext import Mapping, Node, Scalar, Sequence
from scanner.targets.compose.steps import Steps

_REPLACED = frozenset({"command", "entrypoint"})
_PAIRS = frozenset({"environment", "labels", "annotations", "sysctls", "args"})
"""Written as a mapping or as a list of NAME=value, merged by name."""
_NAMES = frozenset({"networks", "depends_on", "models"})
"""Written as a mapping or as a list of names, merged by name."""
_LISTS = frozenset({"env_file", "dns", "dns_search", "dns_opt", "tmpfs", "extra_hosts", "label_file"})
"""Written as one value or as a list; lists are joined."""


@dataclass(frozen=True, slots=True)
class Merger:
    """Merges nodes, and counts the steps that it takes."""

    steps: Steps

    def merge(self, base: Node | None, over: Node, key: str = "") -> Node:
        """Return `over` laid over `base`, where `key` is the attribute that both are values of."""
        if base is None or over.tag == "!override" or key in _REPLACED:
            return over
        if key in _PAIRS or key in _NAMES:
            form = as_pairs if key in _PAIRS else as_names
            return self._mappings(form(base), form(over), whole=key in _PAIRS)
        if isinstance(over, Scalar) and over.is_null:
            return base
        if isinstance(base, Mapping) and isinstance(over, Mapping):
            return self._mappings(base, over)
        if key in _LISTS or (isinstance(base, Sequence) and isinstance(over, Sequence)):
            return self._lists(as_list(base), as_list(over))
        return over

    def _mappings(self, base: Mapping, over: Mapping, *, whole: bool = False) -> Mapping:
        """Return the pairs of both; with `whole` a value replaces another, also one that names nothing."""
        self.steps.take(len(base.pairs) + len(over.pairs))
        pairs = dict(base.pairs)
        for key, value in over.pairs.items():
            if value.tag == "!reset":
                pairs.pop(key, None)
            else:
                pairs[key] = value if whole else self.merge(pairs.get(key), value, key)
        return Mapping(pairs, over.file, over.line)

    def _lists(self, base: Sequence, over: Sequence) -> Sequence:
        self.steps.take(len(base.items) + len(over.items))
        return Sequence((*base.items, *over.items), over.file, over.line)


def as_pairs(node: Node) -> Mapping:
    """Return NAME=value entries as a mapping; a name alone is null, which means the value of the environment."""
    if isinstance(node, Mapping):
        return node
    pairs: dict[str, Node] = {}
    for item in as_list(node).items:
        if isinstance(item, Scalar):
            name, sign, value = item.text.partition("=")
            pairs[name] = Scalar(value, item.file, item.line, plain=not sign, unset=item.unset)
    return Mapping(pairs, node.file, node.line)


def as_names(node: Node) -> Mapping:
    """Return a list of names as a mapping of nothing."""
    if isinstance(node, Mapping):
        return node
    names = [item for item in as_list(node).items if isinstance(item, Scalar)]
    return Mapping({item.text: Scalar("", item.file, item.line) for item in names}, node.file, node.line)


def as_list(node: Node) -> Sequence:
    """Return a value that may stand alone as a list; nothing is an empty list."""
    if isinstance(node, Sequence):
        return node
    items = () if isinstance(node, Scalar) and node.is_null else (node,)
    return Sequence(items, node.file, node.line)
