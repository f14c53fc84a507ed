"""A container that can take over its host."""

from collections.abc import Iterator

from scanner.host.check import Check, Sign, Weight, about_container, sentence
from scanner.host.snapshot import Container, Snapshot


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    for container in snapshot.containers:
        powers = list(_powers(container))
        if powers:
            # Agents, backups and proxies have one of these; the process space of the host with all rights is rarer.
            weight = Weight.WEAK if container.privileged and len(powers) > 1 else Weight.NOTE
            yield Sign(CHECK.id, about_container(container), weight, sentence(f"it has {', '.join(powers)}"))


def _powers(container: Container) -> Iterator[str]:
    if container.privileged:
        yield "all privileges"
    yield from (f"the host's {name} namespace" for name in container.host_namespaces)
    for mount in container.mounts:
        if mount.startswith("/:") and not mount.endswith(":ro"):
            yield "the host's root folder"
        elif "docker.sock" in mount:
            yield "the engine's own socket"


CHECK = Check(
    id="container-powers",
    title="A container can take over its host",
    reads="GET /containers/ID/json on the local Docker and Podman sockets",
    proves="It is privileged and has the host's namespaces, root folder or engine socket besides.",
    wrong="Monitoring agents need some of it: a note; privileged with more is one weak sign.",
    decide="docker inspect {name} --format '{{{{.HostConfig.Privileged}}}} {{{{.Mounts}}}}'",
    root=True,
    attack=("T1611",),
    cwe=(250,),
    ask=_ask,
)
