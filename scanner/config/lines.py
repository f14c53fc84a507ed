"""Plain configuration syntaxes that several products share: `name value`, `name = value`, and INI; pure."""

import re
import shlex
from collections.abc import Iterator

from scanner.config.setting import Setting, Settings, Unread, collect, setting
from scanner.core.finding import Anchor

_PAIR = re.compile(r"\s*([^\s=:]+)\s*[=:]\s*(.*)")
_SECTION = re.compile(r"\s*\[([^\]]*)\]\s*")


def numbered(text: str, comments: str = "#") -> Iterator[tuple[int, str]]:
    """Yield the lines that say something, with their numbers from 1."""
    # Not splitlines: a form feed or U+2028 would shift every number that follows.
    for number, raw in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        line = raw.removeprefix("\ufeff").strip()
        if line and line[0] not in comments:
            yield number, line


def read_words(text: str, file: str, *, quoted: bool = True) -> Settings:
    """Return the settings of `name value value` lines; the values are joined by single blanks.

    Names are folded to lower case, as the products that use this form do.
    """
    return collect(_words(text, file, quoted=quoted), file)


def _words(text: str, file: str, *, quoted: bool) -> Iterator[Setting | Unread]:
    for number, line in numbered(text):
        name, _, rest = line.replace("\t", " ").partition(" ")
        try:
            value = " ".join(shlex.split(rest)) if quoted else rest.strip()
        except ValueError as error:
            yield Unread(Anchor(file=file, line=number), f"quotes are not closed: {error}")
            continue
        yield setting(name.lower(), value, file, number, line)


def read_pairs(text: str, file: str, comments: str = "#;") -> Settings:
    """Return the settings of `name = value` lines under `[section]` heads, named section.name."""
    return collect(_pairs(text, file, comments), file)


def _pairs(text: str, file: str, comments: str) -> Iterator[Setting | Unread]:
    section = ""
    for number, line in numbered(text, comments):
        head = _SECTION.fullmatch(line)
        if head is not None:
            section = head[1].strip() + "."
            continue
        pair = _PAIR.fullmatch(line)
        name, value = (pair[1], without_comment(pair[2])) if pair else (line, "")
        yield setting(section + name, value, file, number, line)


def without_comment(value: str) -> str:
    """Return a value without its quotes and without the comment that follows it."""
    text = value.strip()
    if text[:1] in {'"', "'"} and (end := text.find(text[0], 1)) > 0:
        return text[1:end]
    return re.split(r"\s[#;]", f" {text}", maxsplit=1)[0].strip()
