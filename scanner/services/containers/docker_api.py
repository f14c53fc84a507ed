"""Docker Engine API: whoever reaches it starts a privileged container and owns the machine.

Specification: https://docs.docker.com/reference/api/engine/version/v1.41/
"""

from dataclasses import dataclass, field

from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import close_to_strangers
from scanner.core.jsontext import Json, as_list, as_object, as_text
from scanner.core.probe import DefaultPort, Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.services.containers.container_engine import listing_unheard, numbers, read_proof, spoken_version, withheld
from scanner.services.containers.docker_images import KNOWN
from scanner.services.containers.docker_moods import MOODS
from scanner.wire.engine_api import CONTAINERS, IMAGES, INFO, Inventory, inventory, shows_containers
from scanner.wire.reading import OK, denied, get_or_none, object_of, unheard_in

PODMAN = "libpod-api-version"
_PORTS = (*tcp(2375, 4243), DefaultPort(2376, tls=True))
_NO_SUCH_PAGE = {400, 404, 405, 410}
_VERSION_KEYS = ("ApiVersion", "Version", "GoVersion", "Os", "Arch")


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerFacts(Facts):
    """What a Docker daemon showed."""

    inventory: Inventory = field(default_factory=Inventory)
    encrypted: bool = False
    """Whether the API came over TLS (and then asked for no client certificate)."""


def parse_version(answer: HttpAnswer) -> dict[str, Json]:
    """Return the /version document when it is a Docker daemon's, else an empty object."""
    document = object_of(answer)
    if not all(as_text(document.get(key)) for key in _VERSION_KEYS):
        return {}
    names = {as_text(as_object(part).get("Name")) for part in as_list(document.get("Components"))}
    return document if "Engine" in names or _is_docker(answer) else {}


async def ask(talk: HttpTalk) -> DockerFacts | None:
    """Identify the daemon by what is public, or by its containers; read what an unprotected control plane shows."""
    ping = await talk.get("/_ping")
    if ping.header(PODMAN) or not (_may_be_docker(ping) or await _lists_behind_rules(talk, ping)):
        return None
    version = await talk.get("/version")
    document = parse_version(version)
    listing = await get_or_none(talk, CONTAINERS)
    prefix = spoken_version(listing) or spoken_version(version)
    if prefix:
        version = await get_or_none(talk, f"{prefix}/version") or version
        document = document or parse_version(version)
        listing = await get_or_none(talk, prefix + CONTAINERS)
    named = document or prefix or any(map(_is_docker, (ping, version))) or _denied_by_plugin(ping)
    if not named and (listing is None or listing.header(PODMAN) or not shows_containers(listing)):
        return None
    if refusal := _refusal(listing):
        return _refused(document, refusal)
    found = inventory(listing, await get_or_none(talk, prefix + IMAGES), await get_or_none(talk, prefix + INFO))
    if not found.open_reads and (refusal := _refusal(version)):
        return _refused(document, refusal)
    return _judged(talk, document, found, listing, prefix)


def _may_be_docker(ping: HttpAnswer) -> bool:
    known = _is_docker(ping) or _pings(ping) or spoken_version(ping)
    return bool(known or denied(ping) or unheard_in(ping))


async def _lists_behind_rules(talk: HttpTalk, ping: HttpAnswer) -> bool:
    """Tell whether rules on paths in front keep the ping back and let the list of containers through."""
    at_home = any(talk.endpoint.port == home.port for home in _PORTS)
    if not at_home or ping.status not in _NO_SUCH_PAGE:
        return False
    listing = await get_or_none(talk, CONTAINERS)
    return listing is not None and listing.status == OK


def _is_docker(answer: HttpAnswer) -> bool:
    return answer.header("server").startswith("Docker/")


def _pings(answer: HttpAnswer) -> bool:
    """Tell whether this is the daemon's ping; a proxy may leave its headers out."""
    own = bool(answer.header("api-version")) and bool(answer.header("docker-experimental"))
    return answer.status == OK and (own or answer.body.strip() == b"OK")


def _denied_by_plugin(answer: HttpAnswer) -> bool:
    """Tell whether the daemon says so in its own words; it leaves its Server header out then."""
    return answer.status == 403 and "authorization denied by plugin" in str(
        as_object(answer.json_or_none()).get("message")
    )


def _refusal(answer: HttpAnswer | None) -> str | None:
    """Return how the daemon refused: an authorization plugin, or something in front that wants credentials."""
    if answer is not None and _denied_by_plugin(answer):
        return "403, authorization denied by plugin"
    if answer is not None and answer.status == 401:
        return f"{answer.status}, credentials wanted"
    return None


def _refused(document: dict[str, Json], refusal: str) -> DockerFacts:
    return DockerFacts(
        access=Access.REFUSED,
        product="Docker Engine",
        version=as_text(document.get("Version")),
        evidence=_public(document),
        proof=(Exchange(f"GET {CONTAINERS}", refusal),),
    )


def _judged(
    talk: HttpTalk, document: dict[str, Json], found: Inventory, listing: HttpAnswer | None, prefix: str
) -> DockerFacts:
    evidence = _public(document)
    access = _access(found)
    product = f"200, Docker Engine {document.get('Version', '')}".rstrip()
    proof = [Exchange("GET /version", product)] if document else []
    if found.open_reads:
        evidence |= _private(found)
        proof += read_proof(found, prefix)
    elif listing is not None:
        proof.append(Exchange(f"GET {prefix}{CONTAINERS}", f"{listing.status}"))
    return DockerFacts(
        access=access,
        product="Docker Engine",
        version=as_text(document.get("Version")) or as_text(found.info.get("ServerVersion")),
        evidence=evidence,
        proof=tuple(proof),
        traces=found.traces,
        note=None if found.open_reads else withheld(listing),
        unheard=None if found.open_reads else listing_unheard(listing),
        inventory=found,
        encrypted=talk.scheme == "https",
    )


def _access(found: Inventory) -> Access:
    if not found.open_reads:
        return Access.UNKNOWN
    return Access.CONTROL if found.is_open else Access.METADATA


def _public(document: dict[str, Json]) -> dict[str, Json]:
    names = {"api_version": "ApiVersion", "os": "Os", "arch": "Arch", "kernel": "KernelVersion"}
    return {name: document[key] for name, key in names.items() if document.get(key)}


def _private(found: Inventory) -> dict[str, Json]:
    swarm = as_object(found.info.get("Swarm"))
    evidence: dict[str, Json] = {
        "host": found.info.get("Name"),
        "operating_system": found.info.get("OperatingSystem"),
        "containers": found.containers,
        "running": found.running,
        "images": found.images,
        "host_mounts": found.host_mounts,
        "swarm": as_text(swarm.get("LocalNodeState")),
        "swarm_manager": swarm.get("ControlAvailable") is True,
        "security_options": found.info.get("SecurityOptions"),
        "warnings": list(found.warnings),
    }
    return {name: value for name, value in evidence.items() if value not in (None, [], False)}


def _open(facts: DockerFacts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    found = facts.inventory
    how = "over TLS that asks for no client certificate" if facts.encrypted else "in clear text"
    swarm = as_object(found.info.get("Swarm"))
    manager = "; it is a Swarm manager, so all its nodes are open too" if swarm.get("ControlAvailable") is True else ""
    return f"The Docker API answers anybody {how}: {numbers(found)}{manager}."


def _partly_open(facts: DockerFacts) -> str | None:
    if facts.access is not Access.METADATA:
        return None
    found = facts.inventory
    if found.open_reads + found.broken == 3:
        return f"The Docker API answers {found.open_reads} of 3 control-plane reads to anybody; the others broke."
    return f"A filter in front of the Docker API lets {found.open_reads} of 3 control-plane reads through."


_CLOSE = (
    "# /etc/docker/daemon.json: the local socket only; remove every -H tcp:// from the service's command line",
    '{"hosts": ["unix:///var/run/docker.sock"]}',
    "# remote administration without an open port",
    "docker context create remote --docker host=ssh://user@server",
    "# if TCP has to be: a private address, and only clients with a certificate of your own authority",
    '{"hosts": ["unix:///var/run/docker.sock", "tcp://10.0.0.5:2376"], "tlsverify": true,'
    ' "tlscacert": "/etc/docker/ca.pem", "tlscert": "/etc/docker/cert.pem", "tlskey": "/etc/docker/key.pem"}',
    "# firewall: let the management network in and nobody else",
    close_to_strangers("tcp dport { 2375, 2376 }"),
    "# last resort: another port hides it from the simplest bots and protects from nobody else",
)
_PAGES = (
    "https://docs.docker.com/engine/security/protect-access/",
    "https://docs.docker.com/engine/security/#docker-daemon-attack-surface",
    "CIS Docker Benchmark 2.7",
    "CIS Docker Benchmark 2.12",
)

PROBE = Probe(
    id="docker-api",
    moods=MOODS,
    title="Docker Engine",
    ports=_PORTS,
    sends=(
        get("/_ping"),
        *(get(prefix + path) for prefix in ("", "/v{}") for path in ("/version", CONTAINERS, IMAGES, INFO)),
    ),
    ask_http=ask,
    fingerprints=(
        Fingerprint(header=("server", "Docker/")),
        # A reverse proxy replaces Server and passes the others on.
        Fingerprint(header=("docker-experimental", "")),
        Fingerprint(status=404, json_key="message", body='"page not found"'),
        # HAProxy as a filter in front of the socket, as the usual socket proxies have it.
        Fingerprint(status=403, body="Request forbidden by administrative rules"),
    ),
    mutual_tls_means_protected=True,
    references=_PAGES,
    rules=(
        Rule(
            id="docker-api-no-auth",
            title="The Docker API answers without authentication",
            why="Anybody who reaches it starts a privileged container that mounts the host's disk: root on the host.",
            controls=Controls.HOST,
            holds=_open,
            remedy=_CLOSE,
            cwe=(306, 1188, 668),
            attack=("T1190", "T1133", "T1610", "T1611", "T1613", "T1496.001"),
            references=_PAGES,
        ),
        Rule(
            id="docker-api-filter-leaks",
            title="A filter in front of the Docker API lets control-plane reads through",
            why="Names, images, commands and mounts of all containers show an attacker where to go next.",
            controls=Controls.HOST,
            holds=_partly_open,
            remedy=(
                "# the socket proxy's environment: allow no more than what its one client needs",
                "CONTAINERS=0 IMAGES=0 INFO=0 POST=0",
                "# and publish it to that client's network only, never to an address of the host",
                "docker network create --internal socket-proxy",
            ),
            cwe=(306, 497, 668),
            attack=("T1613",),
            references=_PAGES,
        ),
    ),
)

LINT = KNOWN
