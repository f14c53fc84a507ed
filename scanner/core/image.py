"""What is known of a container image before it runs: what opens and closes its service to strangers.

A service's file holds its images as `LINT`, a TOML check as `[[lint]]`. Signs are written in a small notation:

    open: NAME=value|value      an environment variable that has one of these values (globs, any case)
    closed: NAME                an environment variable that is not empty
    closed: --option            a word of the command line; `--option=value|value` with one of these values
    unknown: --option           something that this file does not show decides

The first sign that holds counts; where none does, the default of the image's version.
"""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import NamedTuple

from scanner.core.facts import Access
from scanner.core.guard import Guard

_SIGN = re.compile(r"(open|closed|unknown): *([^=]+)(=.*)?", re.DOTALL)
_NUMBERS = re.compile(r"\d+")


class ImageSign(NamedTuple):
    """One thing in a container's definition that opens or closes it."""

    guard: Guard
    name: str
    values: tuple[str, ...]
    """Globs in lower case; empty for any value that is not empty."""

    @property
    def is_argument(self) -> bool:
        """Whether it is a word of the command line, not an environment variable."""
        return self.name.startswith("-")

    def fits(self, value: str) -> bool:
        """Tell whether a value is one that the sign speaks of."""
        return any(fnmatchcase(value.lower(), one) for one in self.values) if self.values else bool(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """Images of one service that behave alike."""

    names: tuple[str, ...]
    """Globs of repositories, without docker.io/ and library/: redis, bitnami/*."""
    tags: tuple[str, ...] = ("*",)
    """Globs of tags that these are."""
    ports: tuple[int, ...]
    """Inside the container."""
    rule: str
    """The rule that holds when it is open."""
    defaults: tuple[tuple[str, Guard], ...] = (("", Guard.OPEN),)
    """What the image does by itself, from a version on, oldest first; a tag without a number is the newest."""
    signs: tuple[str, ...] = ()
    """In the order in which they count."""
    files: tuple[str, ...] = ()
    """Globs of paths inside the container: a file mounted there decides instead of the default."""
    access: Access = Access.DATA
    """How far a stranger gets."""
    why: str
    """What the image does by default, in one clause."""
    source: str
    """The vendor's page that says so."""

    def is_named(self, repository: str, tag: str) -> bool:
        """Tell whether an image is one of these."""
        named = any(fnmatchcase(repository, glob) for glob in self.names)
        return named and any(fnmatchcase(tag, glob) for glob in self.tags)

    def default(self, tag: str) -> Guard:
        """Return what the image does by itself in that version."""
        if len(self.defaults) == 1:
            return self.defaults[0][1]
        version = _version(tag)
        if version is None:
            return self.defaults[-1][1] if tag in {"", "latest", "alpine", "stable"} else Guard.UNKNOWN
        fitting = [guard for since, guard in self.defaults if (_version(since) or ()) <= version]
        return fitting[-1] if fitting else Guard.UNKNOWN


def image_sign(text: str) -> ImageSign:
    """Return a sign as written; raises ValueError for another notation."""
    found = _SIGN.fullmatch(text)
    if found is None:
        raise ValueError(f"`{text}` is no sign; write `closed: NAME`, `open: --option=value`")
    values = tuple(found[3][1:].lower().split("|")) if found[3] else ()
    return ImageSign(Guard(found[1]), found[2].strip(), values)


def _version(tag: str) -> tuple[int, ...] | None:
    numbers = re.match(r"v?(\d+(?:\.\d+)*)", tag)
    if numbers is None:
        return None
    found = list(map(int, _NUMBERS.findall(numbers[1])))
    # 2 and 2.0 are the same line of versions.
    while len(found) > 1 and not found[-1]:
        found.pop()
    return tuple(found)
