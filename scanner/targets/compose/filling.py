"""Puts variables into a whole tree; what is shared stays shared, so that aliases cost nothing."""

from collections.abc import Mapping as Pairs
from dataclasses import dataclass, field, replace

from scanner.core.errors import UsageError
from scanner.core.text import clean
from scanner.core.yamltext import Mapping, Node, Sequence
from scanner.targets.compose.steps import Steps
from scanner.targets.compose.variables import fill

_MOST_CHARS = 16 << 20
"""What the variables of one project may grow to, in characters."""


@dataclass(slots=True)
class Filler:
    """Puts the same variables into any number of trees."""

    known: Pairs[str, str]
    steps: Steps
    chars: int = 0
    done: dict[int, Node] = field(default_factory=dict)
    """Filled nodes by the identity of the node that they come from."""
    kept: list[Node] = field(default_factory=list)
    """The originals: an identity is only good while its node lives."""

    def fill(self, node: Node) -> Node:
        """Return a tree with its variables put in; raises UsageError, with the line, for an invalid template."""
        found = self.done.get(id(node))
        if found is None:
            found = self.done[id(node)] = self._filled(node)
            self.kept.append(node)
            self.steps.take(1)
        return found

    def _filled(self, node: Node) -> Node:
        if isinstance(node, Mapping):
            return replace(node, pairs={key: self.fill(value) for key, value in node.pairs.items()})
        if isinstance(node, Sequence):
            return replace(node, items=tuple(self.fill(item) for item in node.items))
        if "$" not in node.text:
            return node
        try:
            filled = fill(node.text, self.known.get)
        except ValueError as error:
            raise UsageError(clean(str(error), 200), file=node.file, line=node.line) from None
        self.chars += len(filled.text)
        if self.chars > _MOST_CHARS:
            raise UsageError("its variables grow beyond 16 MiB", file=node.file, line=node.line)
        return replace(node, text=filled.text, unset=filled.unset)
