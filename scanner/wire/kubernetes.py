"""Kubernetes API objects that a stranger may be shown: names, images and commands, never values of variables.

https://kubernetes.io/docs/reference/kubernetes-api/
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from scanner.core.jsontext import Json, as_list, as_object, as_text
from scanner.core.talk import HttpAnswer

_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
ANONYMOUS = {"system:anonymous", "system:unauthenticated"}


@dataclass(frozen=True, slots=True)
class Pods:
    """The pods of a PodList."""

    count: int = 0
    more: bool = False
    """Whether the list was cut off by its limit."""
    nodes: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    privileged: int = 0
    """Pods with a privileged container."""
    traces: dict[str, tuple[str, ...]] = field(default_factory=dict)


def items_of(answer: HttpAnswer | None, kind: str) -> list[dict[str, Json]] | None:
    """Return the items of a list of that kind, None when the answer is none."""
    if answer is None or answer.status != 200:
        return None
    document = as_object(answer.json_or_none())
    items = document.get("items")
    # A list without items comes as null from old servers.
    if document.get("kind") != kind or not as_text(document.get("apiVersion")) or not isinstance(items, list | None):
        return None
    return [as_object(item) for item in as_list(items)]


def continues(answer: HttpAnswer | None) -> bool:
    """Tell whether a list goes on behind its limit, or behind what was read of it."""
    if answer is not None and not answer.complete:
        return True
    document = as_object(answer.json_or_none()) if answer else {}
    return bool(as_text(as_object(document.get("metadata")).get("continue")))


def name_of(item: dict[str, Json]) -> str:
    """Return an object's name."""
    return as_text(as_object(item.get("metadata")).get("name")) or ""


def parse_pods(answer: HttpAnswer | None) -> Pods | None:
    """Return what a PodList tells, None when the answer is none."""
    items = items_of(answer, "PodList")
    if items is None:
        return None
    specs = [as_object(item.get("spec")) for item in items]
    containers = [part for spec in specs for part in _containers(spec)]
    return Pods(
        count=len(items),
        more=continues(answer),
        nodes=_unique(as_text(spec.get("nodeName")) for spec in specs),
        namespaces=_unique(as_text(as_object(item.get("metadata")).get("namespace")) for item in items),
        privileged=sum(_is_privileged(spec) for spec in specs),
        traces={
            "image": _unique(as_text(part.get("image")) for part in containers),
            "command": _unique(_command(part) for part in containers),
            "name": _unique(name_of(item) for item in items),
        },
    )


def anonymous_bindings(items: list[dict[str, Json]]) -> list[str]:
    """Return `binding -> role` for each binding that gives a role to strangers."""
    found = []
    for item in items:
        subjects = {as_text(as_object(subject).get("name")) for subject in as_list(item.get("subjects"))}
        if subjects & ANONYMOUS:
            found.append(f"{name_of(item)} -> {as_text(as_object(item.get('roleRef')).get('name')) or '?'}")
    return found


def _is_privileged(spec: dict[str, Json]) -> bool:
    return any(as_object(part.get("securityContext")).get("privileged") is True for part in _containers(spec))


def _containers(spec: dict[str, Json]) -> list[dict[str, Json]]:
    return [as_object(part) for kind in _CONTAINERS for part in as_list(spec.get(kind))]


def _command(container: dict[str, Json]) -> str:
    words = [*as_list(container.get("command")), *as_list(container.get("args"))]
    return " ".join(word for word in words if isinstance(word, str))


def _unique(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))[:200]
