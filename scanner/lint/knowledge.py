"""Everything that the catalogue knows of images, and the services and rules that they belong to."""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from scanner.core.facts import Access
from scanner.core.image import Image
from scanner.core.probe import Probe
from scanner.core.rule import Rule
from scanner.lint.container import ImageName
from scanner.probes.entry import AnyEntry
from scanner.probes.registry import load_registry


@dataclass(frozen=True, slots=True)
class KnownImage:
    """An image and the service that it runs."""

    probe: Probe
    image: Image


def known_images() -> tuple[KnownImage, ...]:
    """Return every image of the catalogue."""
    return tuple(known for entry in load_registry().entries if entry.image_names for known in _known_of(entry))


def images_named(name: ImageName) -> list[KnownImage]:
    """Return what is known of an image; several where it runs several services. Those of other images stay unread."""
    repository, tag = name.repository, name.tag or "latest"
    named = (
        entry for entry in load_registry().entries if any(fnmatchcase(repository, glob) for glob in entry.image_names)
    )
    return [known for entry in named for known in _known_of(entry) if known.image.is_named(repository, tag)]


def access_of(service: str) -> Access:
    """Return how far a stranger gets at a service that is open: what its images say, else its data."""
    entry = next((entry for entry in load_registry().entries if entry.id == service), None)
    return entry.images[0].access if entry is not None and entry.images else Access.DATA


def _known_of(entry: AnyEntry) -> Iterator[KnownImage]:
    return (KnownImage(entry.probe, image) for image in entry.images)


def rule_of(service: str, rule_id: str | None) -> tuple[Probe, Rule] | None:
    """Return a service and its rule, the first where none is named; None where it has none."""
    probe = next((entry.probe for entry in load_registry().entries if entry.id == service), None)
    if probe is None or not probe.rules:
        return None
    named = [rule for rule in probe.rules if rule.id == rule_id]
    return probe, (named or list(probe.rules))[0]
