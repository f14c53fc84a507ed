"""Reads a configuration file with the files that it takes in and those that lie beside it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from scanner.config.kind import ConfigKind, kind_of_file
from scanner.config.setting import Settings
from scanner.host.reading.files import Files

_DEPTH = 8
_MOST_FILES = 200


def read_config(files: Files, kind: ConfigKind, path: Path, folders: Iterable[Path] = ()) -> Settings:
    """Return what a file says, what it includes in the place where it does so, and what its companions say.

    Companions lie beside it, in one of `folders`, or in the folder that the file itself names.
    """
    settings = _Reader(files, kind).read(path)
    if settings is None:
        return Settings()
    named = settings.value(kind.folder_setting) if kind.folder_setting else ""
    places = [path.parent, *folders, *([_below(files, path.parent, named)] if named else [])]
    for name in kind.companions:
        other, beside = kind_of_file(name), _first(files, name, places)
        if other is not None and beside is not None:
            settings = settings.joined(other.read(*beside))
    return settings


def _first(files: Files, name: str, folders: Iterable[Path]) -> tuple[str, str] | None:
    for folder in folders:
        text = files.text(folder / name)
        if text is not None:
            return text, files.shown(folder / name)
    return None


@dataclass(slots=True)
class _Reader:
    files: Files
    kind: ConfigKind
    left: int = _MOST_FILES

    def read(self, path: Path, depth: int = _DEPTH) -> Settings | None:
        text = self.files.text(path) if depth >= 0 and self.left > 0 else None
        if text is None:
            return None
        self.left -= 1
        own = self.kind.read(text, self.files.shown(path))
        found = Settings((), own.unread)
        for entry in own:
            patterns = self.kind.included(entry)
            parts = [self.read(one, depth - 1) for pattern in patterns for one in self._fitting(path, pattern)]
            # What can't be read may say anything: the line stays, and the kind knows what it means.
            if not parts or None in parts:
                found = found.joined(Settings((entry,)))
            found = found.joined(*(part for part in parts if part is not None))
        return found

    def _fitting(self, path: Path, pattern: str) -> Iterator[Path]:
        return self.files.find(str(_below(self.files, path.parent, pattern).relative_to(self.files.root)))


def _below(files: Files, folder: Path, text: str) -> Path:
    """Return where a path of a configuration leads: below the root, or below the folder that the file lies in."""
    return files.root / text.lstrip("/") if text.startswith("/") else folder / text
