"""Docker registry (CNCF Distribution): without authentication anybody pulls private images and, as a rule, pushes.

Specification: https://distribution.github.io/distribution/spec/api/
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.image import Image
from scanner.core.jsontext import as_list, as_object, as_text
from scanner.core.mood import Mood, said
from scanner.core.probe import DefaultPort, Fingerprint, Probe
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.unheard import Unheard
from scanner.wire.reading import get_or_none, object_of, undecided_in

_CATALOG = "/v2/_catalog?n=100"
_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryFacts(Facts):
    """What a registry showed."""

    repositories: int = 0
    more: bool = False
    """Whether the catalog goes on after its first page."""


def parse_catalog(answer: HttpAnswer | None) -> list[str] | None:
    """Return the repository names, None when the answer is no catalog."""
    names = object_of(answer).get("repositories")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return None
    return [str(name) for name in names]


async def ask(talk: HttpTalk) -> RegistryFacts | None:
    """The version check names the product; the catalog is what a protected registry refuses."""
    check = await talk.get("/v2/")
    named = check.header("docker-distribution-api-version") == "registry/2.0"
    if not named and not await _lists_without_a_name(talk, check):
        return None
    if check.status == 401:
        return RegistryFacts(
            access=Access.REFUSED,
            product="Docker registry",
            proof=(Exchange("GET /v2/", f"401, {_error_code(check)}"),),
        )
    if check.status != 200:
        return None
    identity = Exchange("GET /v2/", f"200{', Docker-Distribution-Api-Version: registry/2.0' if named else ''}")
    catalog = await get_or_none(talk, _CATALOG)
    names = parse_catalog(catalog)
    if names is None:
        status = catalog.status if catalog else 0
        refused = status in {401, 403}
        return RegistryFacts(
            access=Access.REFUSED if refused else Access.UNKNOWN,
            product="Docker registry",
            proof=(identity, Exchange(f"GET {_CATALOG}", str(status or "no answer"))),
            note=None if refused else "it answers strangers and does not list; pulling by name may be open",
            unheard=undecided_in(catalog),
        )
    return RegistryFacts(
        access=Access.DATA,
        product="Docker registry",
        evidence={"repositories": len(names), "names": [*names[:_SHOWN]]},
        proof=(identity, Exchange(f"GET {_CATALOG}", f"200, {counted(len(names), 'repository')}")),
        traces={"image": tuple(names)},
        repositories=len(names),
        more=bool(catalog and catalog.header("link")),
    )


async def _lists_without_a_name(talk: HttpTalk, check: HttpAnswer) -> bool:
    """Tell whether it is a registry whose header a proxy left out: an empty document here, and a catalog of its own."""
    if check.status != 200 or check.json_or_none() != {}:
        return False
    return parse_catalog(await get_or_none(talk, _CATALOG)) is not None


def _error_code(answer: HttpAnswer) -> str:
    errors = as_list(as_object(answer.json_or_none()).get("errors"))
    return as_text(as_object(errors[0]).get("code")) or "refused" if errors else "refused"


def _open(facts: RegistryFacts) -> str | None:
    if facts.access < Access.DATA:
        return None
    more = "at least " if facts.more else ""
    return (
        f"The registry lists {more}{counted(facts.repositories, 'repository')} to anybody, and lets anybody pull them."
    )


_PAGES = (
    "https://distribution.github.io/distribution/about/configuration/#auth",
    "https://distribution.github.io/distribution/about/deploying/#restricting-access",
)

MOODS = (
    Mood(
        name="storage-down",
        pages={
            "*": said(
                '{"errors":[{"code":"UNAVAILABLE","message":"service unavailable",'
                '"detail":"health check failed: please see /debug/health"}]}',
                503,
                content_type="application/json",
            )
        },
        nameless=True,
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="catalog-unsupported",
        pages={
            "/v2/": said("{}", docker_distribution_api_version="registry/2.0", content_type="application/json"),
            "*": said(
                '{"errors":[{"code":"UNSUPPORTED","message":"The operation is unsupported."}]}',
                405,
                docker_distribution_api_version="registry/2.0",
                content_type="application/json",
            ),
        },
        unheard=Unheard.UNDECIDED,
    ),
    Mood(
        name="too-many-requests",
        pages={
            "/v2/": said("{}", docker_distribution_api_version="registry/2.0", content_type="application/json"),
            "*": said(
                '{"errors":[{"code":"TOOMANYREQUESTS","message":"too many requests"}]}',
                429,
                docker_distribution_api_version="registry/2.0",
                content_type="application/json",
            ),
        },
        unheard=Unheard.REFUSED_LATER,
    ),
)

PROBE = Probe(
    id="docker-registry",
    moods=MOODS,
    title="Docker registry",
    ports=(DefaultPort(5000), DefaultPort(5001), DefaultPort(443, tls=True)),
    sends=(get("/v2/"), get(_CATALOG)),
    ask_http=ask,
    fingerprints=(
        Fingerprint(header=("docker-distribution-api-version", "registry/2.0")),
        Fingerprint(status=200, header=("content-length", "0")),
    ),
    references=_PAGES,
    rules=(
        Rule(
            id="docker-registry-no-auth",
            title="The Docker registry answers without authentication",
            why="Images hold code and secrets; where pushing is open too, an attacker's image runs on who pulls it.",
            controls=Controls.DATA,
            holds=_open,
            remedy=(
                "# config.yml of the registry",
                "auth:",
                "  htpasswd:",
                "    realm: registry",
                "    path: /auth/htpasswd",
                "http:",
                "  addr: 127.0.0.1:5000",
                "  tls: {certificate: /certs/cert.pem, key: /certs/key.pem}",
                "# a first user",
                "htpasswd -Bbn USER PASSWORD > /auth/htpasswd",
            ),
            cwe=(306, 1188, 200),
            attack=("T1525", "T1213", "T1552.001", "T1195.002"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("registry", "distribution/distribution"),
        ports=(5000,),
        rule="docker-registry-no-auth",
        signs=(
            "closed: REGISTRY_AUTH*",
            "closed: REGISTRY_HTTP_TLS_CLIENTCAS*",
        ),
        files=("/etc/docker/registry/*", "/etc/distribution/*"),
        access=Access.CONTROL,
        why="the image asks for no login",
        source="https://distribution.github.io/distribution/about/deploying/",
    ),
)
