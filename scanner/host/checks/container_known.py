"""A container whose image, command, name or mounts belong to a published attack: the indicators as from outside."""

from collections.abc import Iterator

from scanner.findings.compromise import candidates
from scanner.host.check import Check, Sign, Weight, about_container, sentence
from scanner.host.snapshot import Snapshot


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    for container in snapshot.containers:
        traces = {
            "image": (container.image,),
            "command": (container.command,),
            "name": (container.name,),
            "mount": container.mounts,
        }
        for found in dict.fromkeys(candidates(traces)):
            weight = Weight.STRONG if found.certain else Weight.WEAK
            check = CHECK.id if found.certain else f"{CHECK.id}/{found.id}"
            yield Sign(check, about_container(container), weight, sentence(f"{found.id}: {found.detail}"))


CHECK = Check(
    id="container-known",
    title="A container belongs to a published attack",
    reads="GET /containers/json?all=1 and GET /containers/ID/json on the local Docker and Podman sockets",
    proves="Its image or command is published as part of an attack, or it has two habits of one.",
    wrong="One habit alone (a mount of the host's root, a download) is a note: backup and monitoring tools have it.",
    decide="docker inspect {name}; docker logs {name}; docker diff {name}",
    root=True,
    attack=("T1610", "T1496.001"),
    ask=_ask,
)
