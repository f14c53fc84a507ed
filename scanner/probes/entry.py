"""One service of the catalogue: loaded, or known by its line of the index until somebody asks for more."""

import importlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from scanner.core.image import Image
from scanner.core.ports import Transport, port_key
from scanner.core.probe import Probe
from scanner.core.sends import Verb
from scanner.probes.service_index import ServiceLine


@dataclass(frozen=True, slots=True)
class Entry:
    """A service that is loaded."""

    probe: Probe
    category: str
    """The folder's name: containers, datastores, messaging, ..."""
    images: tuple[Image, ...] = ()
    """What is known of the images that run it."""

    @property
    def id(self) -> str:
        """The probe's."""
        return self.probe.id

    @property
    def named_only(self) -> bool:
        """Whether it is asked only when the user names it."""
        return self.probe.opt_in is not None

    @property
    def places(self) -> tuple[int, ...]:
        """Keys of the default ports (scanner.core.ports.port_key), each once."""
        return tuple(dict.fromkeys(port_key(port.transport, port.port) for port in self.probe.ports))

    @property
    def question(self) -> bytes | None:
        """What is asked first on its UDP ports."""
        if all(port.transport is not Transport.UDP for port in self.probe.ports):
            return None
        return next((send.what for send in self.probe.sends if send.verb is Verb.DATAGRAM), None)

    @property
    def image_names(self) -> tuple[str, ...]:
        """Globs of the repositories of all its images, each once."""
        return tuple(dict.fromkeys(name for image in self.images for name in image.names))


class ListedEntry:
    """A service of the index; its file is read when its probe or its images are asked for."""

    def __init__(self, line: ServiceLine, root: Path) -> None:
        """Know a service by its line; `root` holds the folders of the catalogue."""
        self._line = line
        self.id = line.id
        self.category = line.file.partition("/")[0]
        self.named_only = line.named_only
        self.places = line.places
        self.question = line.question
        self.image_names = line.image_names
        self._file = root / line.file

    @cached_property
    def loaded(self) -> Entry:
        """The service itself; raises RuntimeError where its file says something else than its line."""
        entry = load_entry(self._file)
        if entry is None or line_of(self._line.file, entry) != self._line:
            raise RuntimeError(f"{self._file}: the index of services is not current; run `make docs`")
        return entry

    @property
    def probe(self) -> Probe:
        """The loaded service's."""
        return self.loaded.probe

    @property
    def images(self) -> tuple[Image, ...]:
        """The loaded service's."""
        return self.loaded.images if self.image_names else ()


AnyEntry: TypeAlias = Entry | ListedEntry


def load_entry(file: Path) -> Entry | None:
    """Return the service that a file of the catalogue holds; None for a part that several services share."""
    category = file.parent.name
    if file.suffix == ".toml":
        from scanner.probes.check_images import images_of
        from scanner.probes.http_check import load_check

        return Entry(load_check(file), category, images_of(file))
    module = importlib.import_module(f"scanner.services.{category}.{file.stem}")
    probe = getattr(module, "PROBE", None)
    return Entry(probe, category, getattr(module, "LINT", ())) if isinstance(probe, Probe) else None


def line_of(file: str, entry: Entry) -> ServiceLine:
    """Return the line of the index for a service."""
    return ServiceLine(file, entry.id, entry.named_only, entry.image_names, entry.places, entry.question)


def in_order(entries: Iterable[AnyEntry]) -> tuple[AnyEntry, ...]:
    """Return services in the order of the catalogue: by category and id."""
    return tuple(sorted(entries, key=lambda entry: (entry.category, entry.id)))
