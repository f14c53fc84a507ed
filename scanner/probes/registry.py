"""Finds every service of the catalogue by walking its folders: no list to edit, no state at import."""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from scanner.core.errors import UsageError
from scanner.core.image import Image
from scanner.core.intervals import Intervals
from scanner.core.ports import PortSet, Transport, port_key
from scanner.core.probe import Probe
from scanner.core.sends import Verb
from scanner.core.suggestion import did_you_mean
from scanner.probes.check_images import images_of
from scanner.probes.http_check import load_check


@dataclass(frozen=True, slots=True)
class Entry:
    """One service of the catalogue."""

    probe: Probe
    category: str
    """The folder's name: containers, datastores, messaging, ..."""
    images: tuple[Image, ...] = ()
    """What is known of the images that run it."""


@dataclass(frozen=True, slots=True)
class Registry:
    """A set of services, passed in where it is needed: a test builds one with two probes."""

    entries: tuple[Entry, ...]

    @property
    def probes(self) -> tuple[Probe, ...]:
        """All probes."""
        return tuple(entry.probe for entry in self.entries)

    @property
    def ports(self) -> PortSet:
        """Every default port of every service: what `--ports catalogue` means."""
        keys = (port_key(port.transport, port.port) for probe in self.probes for port in probe.ports)
        return PortSet(Intervals((key, key) for key in keys))

    @property
    def questions(self) -> dict[int, bytes]:
        """What to ask each UDP port: the first datagram of a service that is at home there."""
        asked: dict[int, bytes] = {}
        for probe in self.probes:
            first = next((send.what for send in probe.sends if send.verb is Verb.DATAGRAM), None)
            for default in probe.ports:
                if first is not None and default.transport is Transport.UDP:
                    asked.setdefault(default.port, first)
        return asked

    def find(self, service_id: str) -> Entry:
        """Return one service; raises UsageError for an unknown id."""
        for entry in self.entries:
            if entry.probe.id == service_id:
                return entry
        near = did_you_mean(service_id, (entry.probe.id for entry in self.entries))
        raise UsageError(f"no service {service_id!r}{near or '; `exposure services` lists them'}")

    def select(self, words: Iterable[str]) -> "Registry":
        """Return the services that --services names: ids and categories, `^` leaves one out; none means all.

        Opt-in services take part only when they are named. Raises UsageError for an unknown word.
        """
        named = tuple(words)
        wanted = {entry.probe.id for word in named if not word.startswith("^") for entry in self._named(word)}
        unwanted = {entry.probe.id for word in named if word.startswith("^") for entry in self._named(word[1:])}
        if not any(not word.startswith("^") for word in named):
            wanted = {entry.probe.id for entry in self.entries if entry.probe.opt_in is None}
        return Registry(tuple(e for e in self.entries if e.probe.id in wanted and e.probe.id not in unwanted))

    def with_checks(self, folder: Path) -> "Registry":
        """Return this registry and the user's own checks of a folder, their ids prefixed `local/`."""
        files = sorted(folder.glob("*.toml")) if folder.is_dir() else []
        if not files:
            raise UsageError("holds no .toml check; `exposure checks new` makes one", file=folder)
        own = tuple(Entry(load_check(file, prefix="local/"), "local") for file in files)
        return Registry((*self.entries, *own))

    def _named(self, word: str) -> list[Entry]:
        found = [entry for entry in self.entries if word in {entry.probe.id, entry.category}]
        if not found:
            known = {name for entry in self.entries for name in (entry.category, entry.probe.id)}
            near = did_you_mean(word, sorted(known))
            raise UsageError(f"no service or category {word!r}{near or '; `exposure services` lists them'}")
        return found


@cache
def load_registry() -> Registry:
    """Return every service of the catalogue, sorted by category and id."""
    import scanner.services

    root = Path(scanner.services.__path__[0])
    found = [*_modules(root), *_checks(root)]
    return Registry(tuple(sorted(found, key=lambda entry: (entry.category, entry.probe.id))))


def _modules(root: Path) -> Iterator[Entry]:
    for info in pkgutil.walk_packages([str(root)], "scanner.services."):
        if info.ispkg:
            continue
        module = importlib.import_module(info.name)
        probe = getattr(module, "PROBE", None)
        if isinstance(probe, Probe):
            yield Entry(probe, info.name.split(".")[2], getattr(module, "LINT", ()))


def _checks(root: Path) -> Iterator[Entry]:
    for file in sorted(root.glob("*/*.toml")):
        yield Entry(load_check(file), file.parent.name, images_of(file))
