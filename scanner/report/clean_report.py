"""The last gate in front of every writer: no text reaches one without having passed core.text.clean.

Network text is clean long before it gets here; reports that were read back, labels and file names may not be.
"""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache
from operator import is_
from typing import Any, TypeVar

from scanner.core.text import clean

LIMIT_CHARS = 8_192
"""Longest single text in a report, in characters."""
DEPTH = 24
"""Deepest nesting of evidence that is kept."""

_Value = TypeVar("_Value")


def clean_report(value: _Value) -> _Value:
    """Return the value with every text clean, every number finite and nesting bounded; itself when it is so already."""
    result: _Value = _clean_value(value, 0)
    return result


def _clean_value(value: Any, depth: int) -> Any:  # noqa: PLR0911 - one arm per kind of value
    kind: Any = type(value)
    if kind is str:
        return clean(value, LIMIT_CHARS)
    if _holds_no_text(kind):
        return value
    if kind is tuple:
        return _same_or(value, tuple([_clean_value(item, depth) for item in value])) if value else value
    if kind is float:
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return _mapping(value, depth + 1)
    if kind is list:
        return [_clean_value(item, depth + 1) for item in value] if depth < DEPTH else "..."
    if isinstance(value, tuple):
        return _same_or(value, kind(*[_clean_value(item, depth) for item in value]))
    return _record(value, depth)


@cache
def _holds_no_text(kind: type) -> bool:
    """Tell of a kind whether its values are fit as they are: numbers, addresses, enums."""
    return kind is not float and not issubclass(kind, (tuple, list, Mapping)) and not is_dataclass(kind)


@cache
def _fields(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _mapping(value: Mapping[str, Any], depth: int) -> Any:
    if depth > DEPTH:
        return "..."
    after = {clean(str(key), LIMIT_CHARS): _clean_value(item, depth) for key, item in value.items()}
    same = len(after) == len(value) and all(map(is_, after, value)) and all(map(is_, after.values(), value.values()))
    return value if same else after


def _record(value: Any, depth: int) -> Any:
    kind: Any = type(value)
    changed = {}
    for name in _fields(kind):
        before = getattr(value, name)
        after = _clean_value(before, depth)
        if after is not before:
            changed[name] = after
    return replace(value, **changed) if changed else value


def _same_or(before: Any, after: Any) -> Any:
    return before if all(map(is_, before, after)) else after
