"""Kubernetes manifests, also as `helm template` and `kustomize build` print them: pods and the services before them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scanner.config.door import is_loopback
from scanner.core.errors import UsageError
from scanner.core.finding import Anchor
from scanner.core.number import parse_number
from scanner.core.ports import LAST_PORT, Transport
from scanner.core.problem import Problem, ProblemKind
from scanner.core.text import clean
from scanner.core.yamltext import Mapping, Node, Scalar, Sequence, parse_yaml
from scanner.lint.container import Container, Mount, Value, image_name, split_words
from scanner.lint.doors import Published, predictions
from scanner.lint.knowledge import images_named
from scanner.lint.prediction import LintReach, Read
from scanner.lint.reader import Reader, Source

_KIND = re.compile(r'^kind:\s*\S|"kind"\s*:\s*\S', re.MULTILINE)
_VERSION = re.compile(r'^apiVersion:\s*\S|"apiVersion"\s*:\s*\S', re.MULTILINE)
_TEMPLATE = re.compile(r"\{\{-?\s")
_REACH = {"NodePort": LintReach.NODE_PORT, "LoadBalancer": LintReach.LOAD_BALANCER}
_MOST_JOINED = 100_000
"""Ports and services before the containers of one file: a selector may join each with each."""
# What Kubernetes' YAML 1.1 takes for true where it stands without quotes.
_TRUE = frozenset({"true", "yes", "on", "y"})


@dataclass(slots=True)
class _Objects:
    """What the documents of one file define."""

    pods: list[tuple[str, Mapping, dict[str, str]]] = field(default_factory=list)
    """Name, pod specification, labels."""
    services: list[tuple[Mapping, dict[str, str]]] = field(default_factory=list)
    """With the labels that each selects; one that selects nothing is before no pod."""


def _fits(_path: str, text: str) -> bool:
    return bool(_KIND.search(text)) and bool(_VERSION.search(text))


def _read(source: Source) -> Read:
    if _TEMPLATE.search(source.text):
        why = "is a template; judge what `helm template` prints: helm template . | exposure lint -"
        return Read(problems=[Problem(ProblemKind.LINT_UNTOLD, source.shown, why)])
    objects = _Objects()
    # Of JSON, YAML forbids nothing but tabs between tokens, and a JSON string holds none (RFC 8259 section 7).
    text = source.text.replace("\t", " ") if source.text.lstrip().startswith("{") else source.text
    for document in parse_yaml(text, source.shown, unfolded=True):
        for item in _items(document):
            _sort(item, objects)
    read, joined = Read(), 0
    for name, pod, labels in objects.pods:
        services = [service for service, wanted in objects.services if wanted.items() <= labels.items()]
        for node in (*_list(pod, "containers"), *_sidecars(pod)):
            if not isinstance(node, Mapping):
                continue
            container = _container(name, pod, node)
            published = list(_published(node, services, container))
            joined += len(services) + len(published)
            if joined > _MOST_JOINED:
                why = f"has containers behind more than {_MOST_JOINED:,} services and ports"
                raise UsageError(why, file=source.shown)
            read.predictions += predictions(container, published, _whole(pod), Path())
    return read


def _items(document: Node) -> Iterator[Mapping]:
    if not isinstance(document, Mapping):
        return
    if "items" in document.pairs and _text(document, "kind").endswith("List"):
        for item in _list(document, "items"):
            yield from _items(item)
    else:
        yield document


def _sidecars(pod: Mapping) -> Iterator[Node]:
    """Yield the init containers that go on beside the others; any other one has ended before they begin."""
    for node in _list(pod, "initContainers"):
        if _text(node, "restartPolicy") == "Always":
            yield node


def _sort(item: Mapping, objects: _Objects) -> None:
    name = clean(_text(_map(item, "metadata"), "name") or "unnamed", 80)
    kind, spec = _text(item, "kind"), _map(item, "spec")
    if kind == "Service":
        wanted = _texts(_map(spec, "selector"))
        if wanted:
            objects.services.append((item, wanted))
        return
    if kind == "CronJob":
        spec = _map(_map(spec, "jobTemplate"), "spec")
    template = item if kind == "Pod" else _map(spec, "template")
    pod = _map(template, "spec")
    if "containers" in pod.pairs:
        labels = _texts(_map(_map(template, "metadata"), "labels"))
        objects.pods.append((f"{kind}/{name}", pod, labels))


def _whole(pod: Mapping) -> Anchor | None:
    """Return the line that gives a pod the node's own network."""
    host = pod.pairs.get("hostNetwork")
    return _anchor(host) if isinstance(host, Scalar) and host.plain and host.text.lower() in _TRUE else None


def _published(node: Mapping, services: list[Mapping], container: Container) -> Iterator[Published]:
    named: dict[str, int] = {}
    for entry in _list(node, "ports"):
        port, outside = _number(entry, "containerPort"), _number(entry, "hostPort")
        if isinstance(entry, Mapping) and port:
            named[_text(entry, "name")] = port
        if port and outside and isinstance(entry, Mapping):
            address = _text(entry, "hostIP") or "0.0.0.0"
            if not is_loopback(address):
                yield Published(port, address, outside, _transport(entry), LintReach.HOST_PORT, _anchor(entry))
    known = _ports(container)
    for service in services:
        spec = _map(service, "spec")
        reach = _REACH.get(_text(spec, "type")) or (LintReach.EXTERNAL_ADDRESS if _list(spec, "externalIPs") else None)
        for entry in _list(spec, "ports") if reach else ():
            inside = named.get(_text(entry, "targetPort")) or _number(entry, "targetPort") or _number(entry, "port")
            inside = inside if inside in known else (_number(entry, "targetPort") or inside)
            outside = _number(entry, "nodePort") if reach is LintReach.NODE_PORT else 0
            if inside and reach is not None and isinstance(entry, Mapping):
                port = outside or _number(entry, "port") or inside
                yield Published(inside, "0.0.0.0", port, _transport(entry), reach, _anchor(entry))


def _ports(container: Container) -> set[int]:
    known = images_named(container.image) if container.image else []
    return {port for one in known for port in one.image.ports}


def _container(name: str, pod: Mapping, node: Mapping) -> Container:
    image = _text(node, "image")
    environment: dict[str, Value] = {}
    for entry in _list(node, "env"):
        if isinstance(entry, Mapping):
            value = entry.pairs.get("value")
            text = value.text if isinstance(value, Scalar) else None if "valueFrom" in entry.pairs else ""
            environment[_text(entry, "name")] = Value(text, _anchor(entry))
    words = [item for key in ("command", "args") for item in _list(node, key) if isinstance(item, Scalar)]
    files = {_text(volume, "name"): volume for volume in _list(pod, "volumes") if isinstance(volume, Mapping)}
    return Container(
        name=name,
        image=image_name(image) if image else None,
        environment=environment,
        words=split_words(Value(word.text, _anchor(word), "$(" in word.text) for word in words),
        mounts=tuple(_mounts(node, files)),
        elsewhere=("envFrom",) if "envFrom" in node.pairs else (),
    )


def _mounts(node: Mapping, volumes: dict[str, Mapping]) -> Iterator[Mount]:
    for entry in _list(node, "volumeMounts"):
        if not isinstance(entry, Mapping):
            continue
        volume = volumes.get(_text(entry, "name"))
        if volume is not None and not {"configMap", "secret", "projected", "hostPath"}.isdisjoint(volume.pairs):
            folder, key = _text(entry, "mountPath"), _text(entry, "subPath")
            for target in [folder, *(f"{folder}/{name}" for name in _keys(volume))] if not key else [folder]:
                yield Mount(target, None, _anchor(entry))


def _keys(volume: Mapping) -> list[str]:
    """Return the file names of a volume: those listed, else one that any pattern of configuration files may fit."""
    items = _list(_map(volume, "configMap"), "items")
    return [_text(item, "path") for item in items if isinstance(item, Mapping)]


def _map(node: Node, key: str) -> Mapping:
    value = node.pairs.get(key) if isinstance(node, Mapping) else None
    return value if isinstance(value, Mapping) else Mapping({}, node.file, node.line)


def _list(node: Node, key: str) -> tuple[Node, ...]:
    value = node.pairs.get(key) if isinstance(node, Mapping) else None
    return value.items if isinstance(value, Sequence) else ()


def _texts(node: Mapping) -> dict[str, str]:
    return {key: value.text for key, value in node.pairs.items() if isinstance(value, Scalar)}


def _text(node: Node, key: str) -> str:
    value = node.pairs.get(key) if isinstance(node, Mapping) else None
    return value.text if isinstance(value, Scalar) and not value.is_null else ""


def _number(node: Node, key: str) -> int:
    return parse_number(_text(node, key), most=LAST_PORT) or 0


def _transport(node: Node) -> Transport:
    return Transport.UDP if _text(node, "protocol").upper() == "UDP" else Transport.TCP


def _anchor(node: Node) -> Anchor:
    return Anchor(file=node.file, line=node.line)


READER = Reader(
    id="kubernetes", title="Kubernetes manifests", rank=30, fits=_fits, names=("*.yaml", "*.yml", "*.json"), read=_read
)
