"""Command lines as settings: one for each option, with the file and line that wrote it; pure."""

import shlex
from collections.abc import Iterator, Sequence

from scanner.config.setting import Setting, Settings, setting


def split_command(entry: Setting) -> tuple[Setting, ...]:
    """Return the words of a command in a file, each with its own line (systemd.service(5), shell quoting)."""
    words: list[Setting] = []
    for offset, part in enumerate(entry.value.split("\n")):
        line = entry.anchor.line + offset
        try:
            found = shlex.split(part)
        except ValueError:
            found = part.split()
        words += [setting("", word, entry.anchor.file, line, part if offset else entry.text) for word in found]
    return tuple(words)


def words_of(command: Sequence[str], file: str) -> tuple[Setting, ...]:
    """Return a process's arguments as words of one line; `file` says where they were seen, the line is 0."""
    line = " ".join(command)
    return tuple(setting("", word, file, 0, line) for word in command)


def options(words: Sequence[Setting]) -> Settings:
    """Return the options of a command without its program: --name value, --name=value, -n value and -nvalue.

    Which options take a value is not known: a word that follows one and is no option itself is taken for its value,
    and is kept as an argument (named "") too.
    """
    return Settings(tuple(_options(words)))


def _options(words: Sequence[Setting]) -> Iterator[Setting]:
    for index, word in enumerate(words):
        text = word.value
        following = words[index + 1].value if index + 1 < len(words) else ""
        value = "" if following.startswith("-") and not following[1:2].isdigit() else following
        if text.startswith("--") and len(text) > 2:
            name, equals, given = text.partition("=")
            yield word.renamed(name, given if equals else value)
        elif text.startswith("-") and text[1:2].isalpha():
            yield word.renamed(text[:2], text[2:].removeprefix("=") or value)
            if len(text) > 2:
                name, equals, given = text.partition("=")
                yield word.renamed(name, given if equals else value)
        else:
            yield word


def renamed(given: Settings, names: dict[str, str]) -> Settings:
    """Return the options under the names that the product's file gives to them; an option without a value says yes."""
    return Settings(
        tuple(entry.renamed(names[entry.name], entry.value or "true") for entry in given if entry.name in names),
        given.unread,
    )
