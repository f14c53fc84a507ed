"""A container whose image is on the user's own list."""

from collections.abc import Iterator

from scanner.host.check import Check, Sign, Weight, about_container, sentence
from scanner.host.snapshot import Snapshot


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    for container in snapshot.containers:
        image = container.image
        if {image, image.partition("@")[0], image.rpartition(":")[0] or image} & snapshot.listed.images:
            detail = f"its image {image} is listed in {snapshot.listed.file}"
            yield Sign(CHECK.id, about_container(container), Weight.STRONG, sentence(detail))


CHECK = Check(
    id="image-listed",
    title="A container's image is on your own list",
    reads="GET /containers/json on the local Docker and Podman sockets; the file of --ioc",
    proves="A container was made from an image that you listed.",
    wrong="The list is.",
    decide="docker inspect {name}",
    root=True,
    attack=("T1610",),
    ask=_ask,
)
