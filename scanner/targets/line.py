"""Reads one line of a file of targets or exclusions: a target, an optional name, `key=value` notes. Pure, fails closed.

The grammar is docs/targets.md's: `10.0.0.5  build-server  owner=Data platform  env=prod  # comment`.
"""

import difflib
import re
from dataclasses import dataclass
from typing import NamedTuple

from scanner.core.errors import UsageError
from scanner.core.text import clean
from scanner.targets.parse import masked, parse_target
from scanner.targets.span import parse_span
from scanner.targets.spec import Spec

# fmt: off
TAGS = frozenset({
    "asset", "contact", "criticality", "customer", "department", "dept", "env", "environment", "id", "location", "note",
    "os", "project", "role", "service", "site", "system", "team", "ticket",
})
# fmt: on
"""Keys that are kept as tags of a target; a key of one's own starts with `x-`."""
_KEYS = frozenset({"name", "owner"})
_LONGEST_NOTE = 128
_COMMENT = re.compile(r"(?:^|\s)#.*")
_KEY = re.compile(r"(?:^|(?<=\s))([A-Za-z0-9_.-]+)=")
_QUOTED = re.compile(r'"([^"]*)"')
_NUMBERS = re.compile(r"(?:[TU]:)?\d+(?:[-,/:]\w*)*|(?:tcp|udp|sctp)(?:[/:]\d+)?|:\d+(?:[-,]\d+)*", re.IGNORECASE)
_DASHES = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2015\u2212~")
_ENDPOINT = re.compile(r"[A-Za-z0-9_.-]+:\d+")


class Notes(NamedTuple):
    """What stands behind the target of a line."""

    name: str | None = None
    owner: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    """Sorted by key; clean."""


_NO_NOTES = Notes()


@dataclass(frozen=True, slots=True)
class Parsed:
    """One line that names a target."""

    spec: Spec
    notes: Notes


def parse_line(text: str, *, exclusion: bool = False) -> Parsed | None:
    """Return what a line says, None for an empty one or a comment.

    Raises UsageError, one line that names the word and says what to write, for everything that could be a second
    target or a part of one (a list, a range in several words, a netmask or port column), for a key that is not known,
    and in an exclusion file for any second word: half an exclusion would leave a host unprotected.
    """
    rest = (_COMMENT.sub("", text) if "#" in text else text).strip()
    if not rest:
        return None
    target, _, behind = rest.replace("\t", " ").partition(" ")
    if _KEY.match(target):
        raise UsageError(f"`{masked(rest)}` names no target; write the target first, its notes behind it")
    spec = parse_target(target)
    if not behind:
        return Parsed(spec, _NO_NOTES)
    first_key = _KEY.search(behind)
    split = first_key.start() if first_key else len(behind)
    return Parsed(spec, _notes(_name(behind[:split].strip(), exclusion=exclusion), behind[split:]))


def _name(words: str, *, exclusion: bool) -> str | None:
    if not words:
        return None
    quoted = _QUOTED.fullmatch(words)
    if quoted:
        return _kept(quoted[1])
    for word in words.split():
        _refuse_second_target(word)
    if exclusion:
        shown = masked(words)
        raise UsageError(
            f"`{shown}`: an exclusion is one target a line; put it on a line of its own to keep it out too, "
            f"or write it as a comment: # {shown}"
        )
    return _kept(words)


def _refuse_second_target(word: str) -> None:
    """Raise UsageError for a word of a name that reads like a target or a part of one."""
    shown = masked(word)
    bare = word.strip(",;")
    if not bare or word[0] in ",;" or word.startswith("//"):
        raise UsageError(f"`{shown}`: write one target a line; a comment starts with #")
    if "=" in bare:
        raise UsageError(f"`{shown}` is not a note; write it without blanks and in plain letters: owner=NAME")
    if set(bare) <= _DASHES or bare.lower() == "to":
        raise UsageError(f"`{shown}`: write a range without blanks: 10.0.0.1-10.0.0.50")
    if re.fullmatch(r"/\d{1,3}", bare):
        raise UsageError(f"`{shown}`: write the prefix at the address: 10.0.0.0/24")
    if re.fullmatch(r"(?:255|0)\.\d+\.\d+\.\d+", bare):
        raise UsageError(f"`{shown}`: a netmask is written as a prefix at the address: 10.0.0.0/24")
    if _NUMBERS.fullmatch(bare):
        raise UsageError(f'`{shown}`: a port is pinned as 10.0.0.5:6379; a name that is a number: name="{shown}"')
    if _is_target(bare):
        raise UsageError(f"`{shown}` is a second target; write one target a line")


def _is_target(word: str) -> bool:
    if word.startswith(("@", "[")) or "://" in word or "@" in word or _ENDPOINT.fullmatch(word):
        return True
    if re.match(r"\d+\.\d+\.", word):
        return True
    try:
        return parse_span(word) is not None
    except UsageError:
        # Meant as an address, though none: a wrong prefix, an octet range, a wildcard.
        return True


def _notes(name: str | None, text: str) -> Notes:
    owner: str | None = None
    tags: dict[str, str] = {}
    seen: set[str] = set()
    for key, value in _pairs(text):
        _demand_known(key)
        kept = _kept(value)
        if kept is None:
            raise UsageError(f"`{key}=` has no value; write {key}=VALUE or leave it out")
        if key in seen or (key == "name" and name is not None):
            raise UsageError(f"`{key}=` stands twice in the line; write it once")
        seen.add(key)
        if key == "owner":
            owner = kept
        elif key == "name":
            name = kept
        else:
            tags[key] = kept
    return Notes(name, owner, tuple(sorted(tags.items())))


def _pairs(text: str) -> list[tuple[str, str]]:
    keys = list(_KEY.finditer(text))
    ends = [key.start() for key in keys[1:]] + [len(text)] * bool(keys)
    return [(key[1], text[key.end() : end].strip()) for key, end in zip(keys, ends, strict=True)]


def _demand_known(key: str) -> None:
    if key in _KEYS or key in TAGS or re.fullmatch(r"x-[a-z0-9-]{1,40}", key):
        return
    near = difflib.get_close_matches(key.lower(), sorted(_KEYS | TAGS), 1, 0.6)
    hint = f"did you mean {near[0]}=?" if near else "write owner=, name=, env=, ..., or x-NAME= for a key of your own"
    raise UsageError(f"`{clean(key, 40)}=` is not a known key; {hint}")


def _kept(value: str) -> str | None:
    quoted = _QUOTED.fullmatch(value.strip())
    return clean((quoted[1] if quoted else value).strip(), _LONGEST_NOTE) or None
