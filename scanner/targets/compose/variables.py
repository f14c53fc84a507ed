"""Variables in Compose files and `.env` files (compose-spec 12, interpolation); pure.

A variable without a value is blank to Compose; here its name is kept, because the machine that deploys may have it.
"""

import re
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

Lookup: TypeAlias = Callable[[str], str | None]

_MOST_CHARS = 64 << 10
"""Longest text with variables, and longest result, in characters."""
_MOST_DEPTH = 16
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FORM = re.compile(r":?[-+?]")


class Filled(NamedTuple):
    """A text with its variables put in."""

    text: str
    unset: tuple[str, ...] = ()
    """Variables that had no value where one was used."""


def fill(text: str, lookup: Lookup) -> Filled:
    """Return a text with its variables put in; raises ValueError for what Compose calls an invalid template."""
    if "$" not in text:
        return Filled(text)
    if len(text) > _MOST_CHARS:
        raise ValueError(f"a text with variables is longer than {_MOST_CHARS:,} characters")
    return _fill(text, lookup, 0)


def _fill(text: str, lookup: Lookup, depth: int) -> Filled:
    if depth > _MOST_DEPTH:
        raise ValueError(f"variables are nested deeper than {_MOST_DEPTH} levels")
    parts: list[str] = []
    unset: list[str] = []
    at = 0
    while (dollar := text.find("$", at)) >= 0:
        parts.append(text[at:dollar])
        value, at = _one(text, dollar + 1, lookup, depth)
        parts.append(value.text)
        unset += value.unset
    parts.append(text[at:])
    filled = "".join(parts)
    if len(filled) > _MOST_CHARS:
        raise ValueError(f"variables make a text longer than {_MOST_CHARS:,} characters")
    return Filled(filled, tuple(dict.fromkeys(unset)))


def _one(text: str, at: int, lookup: Lookup, depth: int) -> tuple[Filled, int]:
    """Return what follows a dollar sign, filled in, and where the rest of the text begins."""
    if text.startswith("$", at):
        return Filled("$"), at + 1
    if text.startswith("{", at):
        end = _closing(text, at)
        return _braced(text[at + 1 : end], lookup, depth), end + 1
    name = _NAME.match(text, at)
    if name is None:
        return Filled("$"), at
    return _value(name[0], lookup), name.end()


def _braced(inner: str, lookup: Lookup, depth: int) -> Filled:
    name = _NAME.match(inner)
    if name is None:
        raise ValueError(f"`${{{inner[:40]}}}` names no variable")
    if name.end() == len(inner):
        return _value(name[0], lookup)
    form = _FORM.match(inner, name.end())
    if form is None:
        raise ValueError(f"`${{{inner[:40]}}}` is no form of a variable")
    value = lookup(name[0])
    missing = value is None or (form[0].startswith(":") and not value)
    if form[0].endswith("+"):
        return Filled(value or "") if missing else _fill(inner[form.end() :], lookup, depth + 1)
    if not missing:
        return Filled(value or "")
    if form[0].endswith("-"):
        return _fill(inner[form.end() :], lookup, depth + 1)
    return Filled("", (name[0],))


def _value(name: str, lookup: Lookup) -> Filled:
    value = lookup(name)
    return Filled("", (name,)) if value is None else Filled(value)


def _closing(text: str, at: int) -> int:
    """Return where the brace at `at` is closed, as compose-go counts: nested braces of any kind."""
    depth = 0
    for brace in re.finditer(r"[{}]", text[at:]):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return at + brace.start()
    raise ValueError(f"`${text[at : at + 40]}` is not closed")
