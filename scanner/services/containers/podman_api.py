"""Podman's REST service on TCP: it has no authentication at all; its caller runs containers as the service's user.

Specification: https://docs.podman.io/en/latest/_static/api.html (the Docker-compatible half is read here).
"""

from dataclasses import dataclass, field

from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import close_to_strangers
from scanner.core.jsontext import Json, as_list, as_object, as_text
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.services.containers.container_engine import numbers, read_proof, withheld
from scanner.wire.engine_api import CONTAINERS, IMAGES, INFO, Inventory, inventory
from scanner.wire.reading import get_or_none, object_of, undecided_in


@dataclass(frozen=True, slots=True, kw_only=True)
class PodmanFacts(Facts):
    """What a Podman service showed."""

    inventory: Inventory = field(default_factory=Inventory)
    rootless: bool = False


def parse_identity(ping: HttpAnswer, version: HttpAnswer) -> str | None:
    """Return Podman's version when either answer carries a marker of Podman's own, else None."""
    header = ping.header("libpod-api-version") or version.header("libpod-api-version")
    if header and header[:1].isdigit():
        return header
    document = object_of(version)
    parts = map(as_object, as_list(document.get("Components")))
    return next((as_text(part.get("Version")) for part in parts if part.get("Name") == "Podman Engine"), None)


async def ask(talk: HttpTalk) -> PodmanFacts | None:
    """Identify Podman by its header, then read the lists that nobody but its owner should see."""
    ping = await talk.get("/_ping")
    if not (ping.header("libpod-api-version") or ping.refused):
        return None
    version = parse_identity(ping, await talk.get("/version"))
    if version is None:
        return None
    listing = await get_or_none(talk, CONTAINERS)
    found = inventory(listing, await get_or_none(talk, IMAGES), await get_or_none(talk, INFO))
    identity = Exchange("GET /_ping", f"Libpod-API-Version: {version}")
    if not found.open_reads:
        refused = listing is not None and listing.status == 401
        return PodmanFacts(
            access=Access.REFUSED if refused else Access.UNKNOWN,
            product="Podman",
            version=version,
            proof=(identity, Exchange(f"GET {CONTAINERS}", str(listing.status) if listing else "no answer")),
            note=None if refused else withheld(listing),
            unheard=undecided_in(listing),
        )
    rootless = found.info.get("Rootless") is True
    return PodmanFacts(
        access=Access.CONTROL if found.is_open else Access.METADATA,
        product="Podman",
        version=version,
        evidence=_evidence(found, rootless=rootless),
        proof=(identity, *read_proof(found)),
        traces=found.traces,
        inventory=found,
        rootless=rootless,
    )


def _evidence(found: Inventory, *, rootless: bool) -> dict[str, Json]:
    evidence: dict[str, Json] = {
        "host": found.info.get("Name"),
        "containers": found.containers,
        "running": found.running,
        "images": found.images,
        "host_mounts": found.host_mounts,
        "rootless": rootless,
    }
    return {name: value for name, value in evidence.items() if value is not None}


def _open(facts: PodmanFacts) -> str | None:
    if facts.access < Access.METADATA:
        return None
    who = "the user that runs it" if facts.rootless else "root"
    return f"Podman's API takes orders from anybody as {who}: {numbers(facts.inventory)}."


PROBE = Probe(
    id="podman-api",
    no_moods="the service keeps no state: each question starts the engine anew",
    title="Podman",
    ports=tcp(8080, 8888, 2375),
    sends=(get("/_ping"), get("/version"), get(CONTAINERS), get(IMAGES), get(INFO)),
    ask_http=ask,
    fingerprints=(
        Fingerprint(header=("libpod-api-version", "")),
        Fingerprint(header=("server", "Libpod/")),
        Fingerprint(status=404, header=("x-content-type-options", "nosniff"), body="Not Found\n"),
    ),
    references=("https://docs.podman.io/en/latest/markdown/podman-system-service.1.html",),
    rules=(
        Rule(
            id="podman-api-no-auth",
            title="Podman's API service answers without authentication",
            why="Anybody who reaches it runs containers as the service's user; as root that is the whole machine.",
            controls=Controls.HOST,
            holds=_open,
            remedy=(
                "# Podman's service has no login: keep it on its local socket",
                "systemctl enable --now podman.socket",
                "# remote administration goes through ssh",
                "podman system connection add server ssh://user@server/run/user/1000/podman/podman.sock",
                "# firewall, until the tcp:// listener is gone",
                close_to_strangers("tcp dport 8080"),
            ),
            cwe=(306, 1188, 668),
            attack=("T1190", "T1133", "T1610", "T1611", "T1613"),
            references=("https://docs.podman.io/en/latest/markdown/podman-system-service.1.html",),
        ),
    ),
)
