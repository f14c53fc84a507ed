"""Tells whether two answers are the same but for what changes from one moment to the next: times, numbers, echoes."""

import re
from collections.abc import Mapping

from scanner.core.jsontext import Json
from scanner.core.talk import HttpAnswer

_VARYING = re.compile(rb"[0-9a-fA-F]{6,}|[0-9]+")
_ENOUGH_VALUES = 2


def alike(one: HttpAnswer, other: HttpAnswer) -> bool:
    """Tell whether two bodies are the same: JSON by keys and most values, anything else by all but its numbers."""
    if not one.body or not other.body:
        return False
    if one.body == other.body:
        return True
    left, right = one.json_or_none(), other.json_or_none()
    if left is None or right is None:
        return left is right and _VARYING.sub(b"#", one.body) == _VARYING.sub(b"#", other.body)
    return _alike_json(left, right)


def _alike_json(left: Json, right: Json) -> bool:
    if isinstance(left, list) and isinstance(right, list):
        return left == right or (bool(left and right) and _alike_json(left[0], right[0]))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        # An envelope such as {"code": ..., "msg": ...} has the same keys around anything; its values tell.
        same = sum(left[key] == right.get(key) for key in left)
        return left.keys() == right.keys() and same >= _ENOUGH_VALUES and same * 2 >= len(left)
    return left == right


def same_kind(one: HttpAnswer, other: HttpAnswer) -> bool:
    """Tell whether two answers to one question agree in what they are: status, JSON or not, most keys."""
    left, right = one.json_or_none(), other.json_or_none()
    if one.status != other.status or (left is None) != (right is None):
        return False
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return len(left.keys() & right.keys()) * 2 >= max(len(left), len(right))
    return isinstance(left, list) == isinstance(right, list)
