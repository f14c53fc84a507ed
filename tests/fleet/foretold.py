"""Holds what `exposure lint` says of a server's own settings against what the scan proves of the running server.

`@pytest.mark.fleet("redis", "open", lint="redis:7")`: a Compose file is made of that image and of the words and
variables that the server was started with. Where `lint` names a file of the server's folder, that file is judged.
Where an image's entry point makes a configuration of variables, `given={"environment": {...}}` is what it is given for
the configuration that the server was started with.
"""

import json
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from scanner.core.guard import Guard
from scanner.lint.container import ImageName
from scanner.lint.find import lint
from scanner.lint.knowledge import images_named, known_images
from tests.fleet.server import Server

TITLE = "## Foretold by `exposure lint`"
_IMAGE_ALONE = "its vendor gives it out as an image or an archive alone"
_NO_MODULE = "its program is in no package that the tests can install"
WITHOUT = {
    "adb": "it takes an Android emulator",
    "cadvisor": _NO_MODULE,
    "couchdb": f"{_IMAGE_ALONE}; PouchDB's server stands in for it elsewhere",
    "grafana": _IMAGE_ALONE,
    "jenkins": _IMAGE_ALONE,
    "kafka-ui": _IMAGE_ALONE,
    "kibana": _IMAGE_ALONE,
    "loki": _NO_MODULE,
    "mongodb": f"{_IMAGE_ALONE}; another server of its protocol stands in for it elsewhere",
    "nacos": _IMAGE_ALONE,
    "neo4j-http": "the embedded database of the tests speaks Bolt alone",
    "nomad": _NO_MODULE,
    "ollama": "it takes longer to build than the tests may",
    "qdrant": _IMAGE_ALONE,
    "schema-registry": _IMAGE_ALONE,
}
"""Why no real server of a service is started, so that its vendor's page alone says what is known of it."""
_PROOF = {"exposed": Guard.OPEN, "protected": Guard.CLOSED}


class Foretold(NamedTuple):
    """One prediction and its proof."""

    service: str
    source: str
    """The image or the file."""
    said: str
    proven: str


def hold(
    server: Server,
    service: str,
    source: str,
    status: str,
    *,
    unsure: bool = False,
    given: Mapping[str, object] | None = None,
    port: int | None = None,
) -> Foretold:
    """Return what was said and proven; fails where they differ. `unsure`: the file leaves it to another one."""
    said = _said(server, service, source, given, port)
    wanted = {Guard.UNKNOWN} if unsure else {_PROOF[status]}
    assert {said} == wanted, f"{source}: lint says {said}, and the server is {status}"
    return Foretold(service, " ".join((source, *_shown(given or {}))), said.value, status)


def _shown(given: Mapping[str, object]) -> Iterator[str]:
    environment, volumes = given.get("environment"), given.get("volumes")
    if isinstance(environment, Mapping):
        yield from (f"{name}={value}" for name, value in environment.items())
    if isinstance(volumes, list):
        yield from map(str, volumes)


def _said(
    server: Server, service: str, source: str, given: Mapping[str, object] | None, looked_at: int | None
) -> Guard:
    with TemporaryDirectory() as folder:
        own = server.directory / source
        file = Path(folder) / (Path(source).name if own.is_file() else "compose.yaml")
        text = own.read_text() if own.is_file() else compose(server, service, source, given, looked_at)
        file.write_text(as_seen_from_outside(server, text))
        said = {one.guard for one in lint([str(file)], {}, BytesIO()).predictions if one.service == service}
    assert len(said) == 1, f"{source}: lint says {sorted(said) or 'nothing'} of {service}"
    return said.pop()


def as_seen_from_outside(server: Server, text: str) -> str:
    """Return a text with the server's own loopback address taken for every interface, as its image would have it."""
    return text.replace(server.address, "0.0.0.0").replace(str(server.directory), "/srv")


def compose(
    server: Server,
    service: str,
    image: str,
    given: Mapping[str, object] | None = None,
    looked_at: int | None = None,
) -> str:
    """Return a Compose file of one service that publishes the port that was looked at; JSON in it is YAML."""
    repository, _, tag = image.partition(":")
    named = images_named(ImageName(repository, tag))
    ports = [port for known in named if known.probe.id == service for port in known.image.ports]
    assert ports, f"{image} is not known as {service}"
    port = next((port for port in (looked_at, *server.ports) if port in ports), ports[0])
    started = {"command": [server.fill(word) for word in server.argv[1:]], "environment": dict(server.environment)}
    about = {"image": image, "ports": [f"{port}:{port}"], **(started if given is None else given)}
    return f"services:\n  it: {json.dumps(about)}\n"


def section(page: str, found: list[Foretold]) -> str:
    """Return docs/accuracy.md with the rows of a run; rows of services that took no part in it stay."""
    head, _, old = page.partition(f"\n{TITLE}\n")
    fresh = {one.service for one in found}
    rows = sorted({one for one in _rows(old) if one.service not in fresh} | set(found))
    held = {one.service for one in rows}
    known = {known.probe.id: known.image.source for known in reversed(known_images())}
    others = [
        f"| [{service}]({source}) | {WITHOUT.get(service, 'not run yet')} |"
        for service, source in sorted(known.items())
        if service not in held
    ]
    table = (f"| {one.service} | `{one.source}` | {one.said} | {one.proven} |" for one in rows)
    return "\n".join(
        (
            head.rstrip("\n"), "", TITLE, "", *_INTRODUCTION, "",
            f"Held against a running server: {len(held & known.keys())} of {len(known)} services.", "",
            "| service | image or file | said | proven |", "| --- | --- | --- | --- |", *table, "",
            "What is known of the others is from the vendor's page alone, which the name links to:", "",
            "| service | why no server is started |", "| --- | --- |", *others, "",
        )
    )  # fmt: skip


def _rows(text: str) -> Iterator[Foretold]:
    for line in text.splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip("| ").split("|")]
        if len(cells) == len(Foretold._fields) and cells[2] in set(Guard):
            yield Foretold(*cells)


_INTRODUCTION = (
    "Each server was started with the settings that `exposure lint` was given: the words and variables of a Compose",
    "file with that image, or that file; or, where variables are shown, with the configuration that the image's entry",
    "point makes of them. `said` is the prediction, `proven` what the scan of the running server says.",
    "`unknown`: the settings leave it to a file that was not given. Written by `make fleet`, which keeps the rows of",
    "services that it did not run.",
)
