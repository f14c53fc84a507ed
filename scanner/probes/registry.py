"""Finds every service of the catalogue by walking its folders: no list to edit, no state at import.

The generated index (scanner.probes.service_index) says beforehand what a run must know of all; a service is loaded when
it is met.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from scanner.core.errors import UsageError
from scanner.core.intervals import Intervals
from scanner.core.ports import PortSet, Transport, split_key
from scanner.core.suggestion import did_you_mean
from scanner.probes.chosen import ChosenProbes
from scanner.probes.entry import AnyEntry, Entry, ListedEntry, in_order, line_of, load_entry
from scanner.probes.service_index import ServiceLine, files_of, read_index


@dataclass(frozen=True, slots=True)
class Registry:
    """A set of services, passed in where it is needed: a test builds one with two probes."""

    entries: tuple[AnyEntry, ...]

    @property
    def probes(self) -> ChosenProbes:
        """All probes; those that nobody looks at are not loaded."""
        return ChosenProbes(self.entries)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all services, sorted."""
        return tuple(sorted(entry.id for entry in self.entries))

    @property
    def ports(self) -> PortSet:
        """Every default port of every service: what `--ports catalogue` means."""
        return PortSet(Intervals((key, key) for entry in self.entries for key in entry.places))

    @property
    def questions(self) -> dict[int, bytes]:
        """What to ask each UDP port: the first datagram of a service that is at home there."""
        asked: dict[int, bytes] = {}
        for entry in self.entries:
            for transport, port in map(split_key, entry.places):
                if entry.question is not None and transport is Transport.UDP:
                    asked.setdefault(port, entry.question)
        return asked

    def find(self, service_id: str) -> AnyEntry:
        """Return one service; raises UsageError for an unknown id."""
        for entry in self.entries:
            if entry.id == service_id:
                return entry
        near = did_you_mean(service_id, (entry.id for entry in self.entries))
        raise UsageError(f"no service {service_id!r}{near or '; `exposure services` lists them'}")

    def select(self, words: Iterable[str]) -> "Registry":
        """Return the services that --services names: ids and categories, `^` leaves one out; none means all.

        Opt-in services take part only when they are named. Raises UsageError for an unknown word.
        """
        named = tuple(words)
        wanted = {entry.id for word in named if not word.startswith("^") for entry in self._named(word)}
        unwanted = {entry.id for word in named if word.startswith("^") for entry in self._named(word[1:])}
        if not any(not word.startswith("^") for word in named):
            wanted = {entry.id for entry in self.entries if not entry.named_only}
        return Registry(tuple(entry for entry in self.entries if entry.id in wanted and entry.id not in unwanted))

    def with_checks(self, folder: Path) -> "Registry":
        """Return this registry and the user's own checks of a folder, their ids prefixed `local/`."""
        from scanner.probes.http_check import load_check

        files = sorted(folder.glob("*.toml")) if folder.is_dir() else []
        if not files:
            raise UsageError("holds no .toml check; `exposure checks new` makes one", file=folder)
        own = tuple(Entry(load_check(file, prefix="local/"), "local") for file in files)
        return Registry((*self.entries, *own))

    def _named(self, word: str) -> list[AnyEntry]:
        found = [entry for entry in self.entries if word in {entry.id, entry.category}]
        if not found:
            known = {name for entry in self.entries for name in (entry.category, entry.id)}
            near = did_you_mean(word, sorted(known))
            raise UsageError(f"no service or category {word!r}{near or '; `exposure services` lists them'}")
        return found


@cache
def load_registry() -> Registry:
    """Return every service of the catalogue, sorted by category and id."""
    root = _root()
    read = read_index(root)
    if read is None:
        return Registry(in_order(_walk(root, files_of(root))))
    lines, added = read
    listed = (ListedEntry(line, root) for line in lines if line.is_service)
    return Registry(in_order((*listed, *_walk(root, added))))


def index_lines() -> Iterator[ServiceLine]:
    """Yield what the index has to say, from the services themselves."""
    root = _root()
    for file in files_of(root):
        entry = load_entry(root / file)
        yield ServiceLine(file) if entry is None else line_of(file, entry)


def _root() -> Path:
    import scanner.services

    return Path(scanner.services.__path__[0])


def _walk(root: Path, files: Iterable[str]) -> Iterator[Entry]:
    for file in files:
        entry = load_entry(root / file)
        if entry is not None:
            yield entry
