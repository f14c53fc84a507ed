"""What is known of a container image before it runs: what opens and closes its service to strangers.

A service's file holds its images as `LINT`, a TOML check as `[[lint]]`. Signs are written in a small notation:

    open: NAME=value|value      an environment variable that has one of these values (globs, any case)
    closed: NAME                an environment variable that is not empty
    closed: --option            a word of the command line; `--option=value|value` with one of these values
    closed: --option=@loopback  its value names addresses of the container alone
    open: NAME=tcp://*:{port}   an entry of its list, up to a comma, speaks of the port that is published
    unknown: --option           something that this file does not show decides
    unknown: */casc*            something is mounted at such a path
    closed: NAME & --option     both hold
    closed: !--option           it is not given
    closed: NAME & <5           of versions before 5; `>=5` from 5 on

The first sign that holds counts; where none does, the default of the image's version.
"""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import NamedTuple

from scanner.core.address import names_this_machine
from scanner.core.facts import Access
from scanner.core.guard import Guard

LOOPBACK = "@loopback"
"""The value of a sign that stands for addresses of the container alone."""
_PORT = "{port}"
UNTOLD_TAG = "?"
"""The tag of an image whose version only the deployment knows."""
_SIGN = re.compile(r"(open|closed|unknown): *(.+)", re.DOTALL)
_TERM = re.compile(r"(!?)([^=<>!&]+)(=.*)?", re.DOTALL)
_VERSION_TERM = re.compile(r"(<|>=) *(\d+(?:\.\d+)*)")
_NUMBERS = re.compile(r"\d+")
_ADDRESS = re.compile(r"(?:[a-z]+://)?-?(?:\[(?P<six>[^\]]*)\]|(?P<plain>[^\[\]/:]*))(?::\d+)?/?", re.IGNORECASE)
_SIX = re.compile(r"-?(?P<six>[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*)", re.IGNORECASE)
_NEWEST = frozenset(
    {"", "latest", "stable", "lts", "release", "alpine", "slim", "bookworm", "bullseye", "trixie", "jammy", "noble",
     "management", "openssl", "dind", "rootless", "jdk", "openjdk"}
)  # fmt: skip
"""Words of tags that name no version: the newest one."""


class SignTerm(NamedTuple):
    """One condition of a sign."""

    name: str
    """Of a variable, of an option, a glob of a mounted path, or `<` and `>=`."""
    values: tuple[str, ...] = ()
    """Globs in lower case; empty for any value that is not empty. Of `<` and `>=` the version."""
    negated: bool = False
    listed: bool = False
    """Whether its values are held against each entry of a list."""

    @property
    def is_argument(self) -> bool:
        """Whether it is a word of the command line, not an environment variable."""
        return self.name.startswith("-")

    @property
    def is_mount(self) -> bool:
        """Whether it is a path inside the container at which something is mounted."""
        return self.name.startswith(("/", "*"))

    @property
    def is_version(self) -> bool:
        """Whether it speaks of the image's version."""
        return self.name in {"<", ">="}

    @property
    def is_loopback(self) -> bool:
        """Whether it asks for addresses of the container alone."""
        return LOOPBACK in self.values

    def fits(self, value: str) -> bool:
        """Tell whether a value is one that the term speaks of."""
        if self.is_loopback and only_loopback(value):
            return True
        entries = re.split(r"\s*,\s*", value.lower().strip()) if self.listed else [value.lower()]
        return any(fnmatchcase(entry, one) for one in self.values for entry in entries) if self.values else bool(value)

    def fits_version(self, tag: str) -> bool | None:
        """Tell whether the version of a tag is one that the term speaks of; None where the tag does not tell it."""
        version = _version(tag)
        if version is None:
            return self.name == ">=" if _is_newest(tag) else None
        return (version < (_version(self.values[0]) or ())) == (self.name == "<")


class ImageSign(NamedTuple):
    """Things in a container's definition that open or close it when they hold together."""

    guard: Guard
    terms: tuple[SignTerm, ...]


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
    named_files: tuple[str, ...] = ()
    """The same for files that the service reads only where its command line names them."""
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

    def tells_version(self, tag: str) -> bool:
        """Tell whether a tag says which version it is, as far as the default depends on it."""
        return len(self.defaults) == 1 or _version(tag) is not None or _is_newest(tag)

    def default(self, tag: str) -> Guard:
        """Return what the image does by itself in that version."""
        if len(self.defaults) == 1:
            return self.defaults[0][1]
        version = _version(tag)
        if version is None:
            return self.defaults[-1][1] if _is_newest(tag) else Guard.UNKNOWN
        fitting = [guard for since, guard in self.defaults if (_version(since) or ()) <= version]
        return fitting[-1] if fitting else Guard.UNKNOWN


def image_sign(text: str, port: int = 0) -> ImageSign:
    """Return a sign as written, of a port that is published; raises ValueError for another notation."""
    found = _SIGN.fullmatch(text)
    if found is None:
        raise ValueError(f"`{text}` is no sign; write `closed: NAME`, `open: --option=value`")
    return ImageSign(Guard(found[1]), tuple(_term(part.strip(), port, text) for part in found[2].split(" & ")))


def _term(part: str, port: int, text: str) -> SignTerm:
    if version := _VERSION_TERM.fullmatch(part):
        return SignTerm(version[1], (version[2],))
    found = _TERM.fullmatch(part)
    if found is None:
        raise ValueError(f"`{text}` is no sign: `{part}` is no name, no `NAME=value` and no version")
    values = tuple(found[3][1:].lower().replace(_PORT, str(port)).split("|")) if found[3] else ()
    return SignTerm(found[2].strip(), values, bool(found[1]), _PORT in part)


def only_loopback(text: str) -> bool:
    """Tell whether a list of addresses, with or without ports and schemes, names the loopback interface alone."""
    words = [word for word in re.split(r"[\s,;]+", text.strip("\"'")) if word]
    return bool(words) and all(map(_is_loopback, words))


def _is_loopback(word: str) -> bool:
    found = _SIX.fullmatch(word) or _ADDRESS.fullmatch(word)
    named = "" if found is None else found["six"] or found.groupdict().get("plain") or ""
    return names_this_machine(named.lower())


def _is_newest(tag: str) -> bool:
    return all(part.rstrip("0123456789.") in _NEWEST for part in tag.lower().split("-"))


def _version(tag: str) -> tuple[int, ...] | None:
    numbers = re.match(r"v?(\d+(?:\.\d+)*)", tag)
    if numbers is None:
        return None
    found = list(map(int, _NUMBERS.findall(numbers[1])))
    # 2 and 2.0 are the same line of versions.
    while len(found) > 1 and not found[-1]:
        found.pop()
    return tuple(found)
