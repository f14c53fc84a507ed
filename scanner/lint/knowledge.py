"""Everything that the catalogue knows of images, and the services and rules that they belong to."""

from dataclasses import dataclass
from functools import cache

from scanner.core.image import Image
from scanner.core.probe import Probe
from scanner.core.rule import Rule
from scanner.lint.container import ImageName
from scanner.probes.registry import load_registry


@dataclass(frozen=True, slots=True)
class KnownImage:
    """An image and the service that it runs."""

    probe: Probe
    image: Image


@cache
def known_images() -> tuple[KnownImage, ...]:
    """Return every image of the catalogue."""
    return tuple(KnownImage(entry.probe, image) for entry in load_registry().entries for image in entry.images)


def images_named(name: ImageName) -> list[KnownImage]:
    """Return what is known of an image; several where it runs several services."""
    return [known for known in known_images() if known.image.is_named(name.repository, name.tag or "latest")]


@cache
def probes() -> dict[str, Probe]:
    """Return the services of the catalogue by id."""
    return {entry.probe.id: entry.probe for entry in load_registry().entries}


def rule_of(service: str, rule_id: str | None) -> tuple[Probe, Rule] | None:
    """Return a service and its rule, the first where none is named; None where it has none."""
    probe = probes().get(service)
    if probe is None or not probe.rules:
        return None
    named = [rule for rule in probe.rules if rule.id == rule_id]
    return probe, (named or list(probe.rules))[0]
