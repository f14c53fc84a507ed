"""YAML and JSON as flat settings with lines: a.b.c, list members by number; nothing is constructed from tags; pure."""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import TYPE_CHECKING

from scanner.config.setting import MOST_SETTINGS, Setting, Settings, Unread, collect, setting
from scanner.core.finding import Anchor
from scanner.core.text import clean
from scanner.core.yamltext import yaml_loader

if TYPE_CHECKING:
    from yaml import Node

_DEEPEST = 24
_LONGEST_NAME = 1_000
_LIMIT_CHARS = 1 << 20
# Lists and mappings count here too; those that hold nothing are no settings.
_MOST_NODES = 10 * MOST_SETTINGS
# What a YAML 1.1 reader takes for null; the products read an empty string or no setting then.
_NULL = frozenset({"", "~", "null", "Null", "NULL"})


def read_yaml(text: str, file: str) -> Settings:
    """Return the scalars of a YAML text as settings; what is no YAML is one line in `unread`."""
    import yaml

    if len(text) > _LIMIT_CHARS:
        return Settings(unread=(Unread(Anchor(file=file, line=0), f"is longer than {_LIMIT_CHARS} characters"),))
    try:
        root = yaml.compose(text, Loader=yaml_loader())
    except yaml.MarkedYAMLError as error:
        line = _Lines(text).number(error.problem_mark.index) if error.problem_mark else 0
        return Settings(unread=(Unread(Anchor(file=file, line=line), f"is not YAML: {clean(error.problem or '')}"),))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        return Settings(unread=(Unread(Anchor(file=file, line=0), f"is not YAML: {clean(str(error), 200)}"),))
    if root is None:
        return Settings()
    return collect(_flat(root, _Lines(text), file), file)


def read_json(text: str, file: str) -> Settings:
    """Return the scalars of a JSON text as settings.

    YAML 1.2 is a superset of JSON but for tabs between tokens; a JSON string holds none (RFC 8259, section 7), so
    each may become a blank, which keeps every line and column.
    """
    return read_yaml(text.replace("\t", " "), file)


def _flat(root: "Node", lines: "_Lines", file: str) -> Iterator[Setting | Unread]:
    """Yield the scalars below a node, depth first: aliases may make a small file a tree without an end."""
    import yaml

    levels: list[Iterator[tuple[str, Node]]] = [iter([("", root)])]
    visited = 0
    while levels:
        step = next(levels[-1], None)
        if step is None:
            levels.pop()
            continue
        name, node = step
        visited += 1
        number = lines.number(node.start_mark.index)
        if visited > _MOST_NODES:
            yield Unread(Anchor(file=file, line=0), f"it holds more than {_MOST_NODES} values")
            return
        if len(levels) > _DEEPEST + 1:
            yield Unread(Anchor(file=file, line=number), "is nested too deeply")
        elif len(name) > _LONGEST_NAME:
            yield Unread(Anchor(file=file, line=number), f"has a name longer than {_LONGEST_NAME} characters")
        elif not isinstance(node, yaml.ScalarNode):
            levels.append(_below(node, name))
        else:
            # A plain scalar's style is None or empty, as the loader is PyYAML's own or that of libyaml.
            value = "" if not node.style and node.value in _NULL else str(node.value)
            yield setting(name, value, file, number, lines.texts[number - 1])


def _below(node: "Node", name: str) -> Iterator[tuple[str, "Node"]]:
    import yaml

    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            word = key.value if isinstance(key, yaml.ScalarNode) else "?"
            yield f"{name}.{word}" if name else word, value
    else:
        for index, item in enumerate(node.value):
            yield f"{name}.{index}", item


class _Lines:
    """The lines of a text as an editor numbers them: YAML 1.1 counts U+0085 and U+2028 as line ends too."""

    def __init__(self, text: str) -> None:
        lines = text.split("\n")
        self.texts = [line.strip() for line in lines]
        self._starts = list(accumulate((len(line) + 1 for line in lines), initial=0))[:-1]

    def number(self, index: int) -> int:
        """Return the number, from 1, of the line that a character stands on."""
        return bisect_right(self._starts, index)


def members(settings: Settings, name: str) -> tuple[Setting, ...]:
    """Return the members of a list, whether it was written as a list or as one comma-separated value."""
    listed = tuple(
        entry
        for entry in settings
        if entry.name.startswith(f"{name}.") and entry.name.count(".") == name.count(".") + 1
    )
    single = settings.last(name)
    if listed or single is None:
        return listed
    return tuple(single.renamed(name, part.strip()) for part in single.value.split(",") if part.strip())
