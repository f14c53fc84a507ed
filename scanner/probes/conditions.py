"""The closed language of TOML checks: what one HTTP answer must look like. No expressions, no regular expressions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from scanner.core.jsontext import Json
from scanner.core.number import parse_number
from scanner.core.talk import HttpAnswer

_MISSING = object()
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "number": (int, float),
    "boolean": bool,
}
_FORMS = (
    {"status"},
    {"header", "contains"},
    {"header", "exists"},
    {"words"},
    {"lacks"},
    {"starts"},
    {"json", "is"},
    {"json", "exists"},
    {"json", "type"},
)


@dataclass(frozen=True, slots=True)
class Condition:
    """One statement about an answer, in one of these forms.

    `status = [200]`, `header = "server", contains = "x"`, `header = "x", exists = true`, `words = ["a", "b"]` (all in
    the body), `lacks = ["a"]`, `starts = "a"`, `json = "/pointer"` with `is = value`, `exists = true` or
    `type = "array"` (RFC 6901 pointers).
    """

    fields: tuple[tuple[str, Any], ...]

    @classmethod
    def parse(cls, table: Mapping[str, Any]) -> "Condition":
        """Return the condition; raises ValueError naming what is wrong with it."""
        if set(table) not in _FORMS:
            raise ValueError(f"{{{', '.join(sorted(table))}}} is not a condition")
        for name, wanted in (("status", list), ("words", list), ("lacks", list)):
            if name in table and not isinstance(table[name], wanted):
                raise ValueError(f"{name} takes a list")
        for name in ("header", "contains", "starts", "json"):
            if name in table and not isinstance(table[name], str):
                raise ValueError(f"{name} takes text")
        if table.get("type", "array") not in _TYPES:
            raise ValueError(f"type is one of {', '.join(_TYPES)}")
        return cls(tuple(sorted(table.items())))

    def holds(self, answer: HttpAnswer) -> bool:
        """Tell whether the answer is like that."""
        table = dict(self.fields)
        if "json" in table:
            return _json_holds(table, answer)
        if "header" in table:
            value = answer.header(table["header"])
            return table["contains"] in value if "contains" in table else bool(value) is table["exists"]
        if "status" in table:
            return answer.status in table["status"]
        if "words" in table:
            return answer.has(*table["words"])
        if "lacks" in table:
            return not any(answer.has(word) for word in table["lacks"])
        starts: str = table["starts"]
        return answer.body.startswith(starts.encode())


Conditions: TypeAlias = tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Expectation:
    """All of some conditions and, where given, at least one of others."""

    every: Conditions = ()
    some: Conditions = ()

    def holds(self, answer: HttpAnswer) -> bool:
        """Tell whether the answer is as expected; an empty expectation never holds."""
        if not self.every and not self.some:
            return False
        return all(one.holds(answer) for one in self.every) and (
            not self.some or any(one.holds(answer) for one in self.some)
        )


def at_pointer(value: Json, pointer: str) -> Json:
    """Return what a JSON pointer names, None when nothing is there."""
    found = _walk(value, pointer)
    return None if found is _MISSING else found  # type: ignore[return-value]


def _json_holds(table: Mapping[str, Any], answer: HttpAnswer) -> bool:
    found = _walk(answer.json_or_none(), table["json"])
    if "exists" in table:
        return (found is not _MISSING and found is not None) is table["exists"]
    if "type" in table:
        return isinstance(found, _TYPES[table["type"]])
    return found is not _MISSING and found == table["is"] and type(found) is type(table["is"])


def _walk(value: Json, pointer: str) -> object:
    current: object = value
    for raw in pointer.split("/")[1:]:
        step = raw.replace("~1", "/").replace("~0", "~")
        if isinstance(current, dict):
            current = current.get(step, _MISSING)
        elif isinstance(current, list) and (place := parse_number(step, most=len(current) - 1)) is not None:
            current = current[place]
        else:
            return _MISSING
    return current
