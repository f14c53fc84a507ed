"""What every reader of a configuration returns: settings, each with the file and the line that says so."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from scanner.core.finding import Anchor
from scanner.core.text import clean

MOST_SETTINGS = 20_000
"""Settings that are kept of one file; a file with more says so in `unread`."""
_LINE_CHARS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One thing that a file says."""

    name: str
    """As the product names it; nested ones are dotted: net.bindIp."""
    value: str
    """Without quotes; the lines of a continued value are joined by newlines."""
    anchor: Anchor
    text: str
    """The line as it stands in the file, clean."""

    def renamed(self, name: str, value: str | None = None) -> "Setting":
        """Return what the same line says, under another name, and as another value where one is given."""
        return replace(self, name=name, value=self.value if value is None else value)

    @property
    def place(self) -> str:
        """The file and the line, as in redis.conf:69."""
        return f"{self.anchor.file}:{self.anchor.line}"

    @property
    def true(self) -> bool:
        """Whether the value is one of the words that products take for yes."""
        return self.value.strip().lower() in {"yes", "true", "on", "1", "enabled"}


class Unread(NamedTuple):
    """A line that could not be understood: what the file says is then not wholly known."""

    anchor: Anchor
    why: str


@dataclass(frozen=True, slots=True)
class Settings:
    """All that one file says, or several files joined, in their order."""

    entries: tuple[Setting, ...] = ()
    unread: tuple[Unread, ...] = ()

    def __iter__(self) -> Iterator[Setting]:
        return iter(self.entries)

    def all(self, *names: str) -> tuple[Setting, ...]:
        """Return every setting of these names, in the order of the file."""
        return tuple(entry for entry in self.entries if entry.name in names)

    def last(self, *names: str) -> Setting | None:
        """Return the setting that counts where the last one wins."""
        return next((entry for entry in reversed(self.entries) if entry.name in names), None)

    def value(self, name: str, default: str = "") -> str:
        """Return the value that counts, or the default."""
        found = self.last(name)
        return default if found is None else found.value

    def true(self, name: str) -> Setting | None:
        """Return the setting that counts when it says yes."""
        found = self.last(name)
        return found if found is not None and found.true else None

    def joined(self, *others: "Settings") -> "Settings":
        """Return the settings of these files and of those that follow."""
        parts = (self, *others)
        return Settings(
            tuple(entry for part in parts for entry in part.entries),
            tuple(entry for part in parts for entry in part.unread),
        )


def setting(name: str, value: str, file: str, line: int, text: str = "") -> Setting:
    """Return a setting; the line's text is made clean."""
    shown = clean(text.strip() or f"{name} {value}", _LINE_CHARS)
    return Setting(name=name, value=value, anchor=Anchor(file=file, line=line), text=shown)


def collect(entries: Iterable[Setting | Unread], file: str) -> Settings:
    """Return what a reader yields, bounded."""
    kept: list[Setting] = []
    unread: list[Unread] = []
    for entry in entries:
        if len(kept) + len(unread) >= MOST_SETTINGS:
            unread.append(Unread(Anchor(file=file, line=0), f"it holds more than {MOST_SETTINGS} settings"))
            break
        if isinstance(entry, Unread):
            unread.append(entry)
        else:
            kept.append(entry)
    return Settings(tuple(kept), tuple(unread))
