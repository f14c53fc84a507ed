"""Portainer: the first visitor of an unclaimed instance becomes its administrator and owns all its Docker hosts.

https://docs.portainer.io/start/install-ce/server/setup
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import close_to_strangers
from scanner.core.jsontext import as_text
from scanner.core.mood import Mood, said
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpTalk
from scanner.wire.reading import denied, get_or_none, object_of, undecided_in, unproven

_STATUS = ("/api/system/status", "/api/status")
_ADMIN = "/api/users/admin/check"
_ENDPOINTS = "/api/endpoints"


@dataclass(frozen=True, slots=True, kw_only=True)
class PortainerFacts(Facts):
    """What a Portainer server showed."""

    unclaimed: bool = False
    environments: int | None = None
    """Docker and Kubernetes environments that it showed; None when it refused."""


async def ask(talk: HttpTalk) -> PortainerFacts | None:
    """The status page names the product; whether an administrator exists is asked by a read that Portainer offers."""
    version = None
    for path in _STATUS:
        status = object_of(await talk.get(path))
        own = as_text(status.get("InstanceID")) or {"Authentication", "EndpointManagement"} <= status.keys()
        if as_text(status.get("Version")) and own:
            version = as_text(status.get("Version"))
            break
    if version is None:
        return None
    identity = Exchange(f"GET {path}", f"200, Portainer {version}")
    check = await get_or_none(talk, _ADMIN)
    if check is not None and check.status == 404 and check.has("No administrator account found"):
        return PortainerFacts(
            access=Access.CONTROL,
            product="Portainer",
            version=version,
            evidence={"administrator": False},
            proof=(identity, Exchange(f"GET {_ADMIN}", "404, no administrator account found")),
            unclaimed=True,
        )
    listing = await get_or_none(talk, _ENDPOINTS)
    value = listing.json_or_none() if listing and listing.status == 200 else None
    if isinstance(value, list):
        return PortainerFacts(
            access=Access.CONTROL,
            product="Portainer",
            version=version,
            evidence={"environments": len(value)},
            proof=(identity, Exchange(f"GET {_ENDPOINTS}", f"200, {counted(len(value), 'environment')}")),
            environments=len(value),
        )
    # Whether it may still be claimed is another question than who may read.
    asked = check is None or check.status == 204 or denied(check)
    refused = denied(listing) and asked
    return PortainerFacts(
        access=Access.REFUSED if refused else Access.UNKNOWN,
        product="Portainer",
        version=version,
        proof=(identity, Exchange(f"GET {_ENDPOINTS}", str(listing.status) if listing else "no answer")),
        note=None if refused else unproven(listing, "its environments"),
        unheard=undecided_in(listing) if asked else undecided_in(check),
    )


def _unclaimed(facts: PortainerFacts) -> str | None:
    return "Portainer has no administrator yet: whoever comes first becomes it." if facts.unclaimed else None


def _open(facts: PortainerFacts) -> str | None:
    if facts.access < Access.CONTROL or facts.unclaimed:
        return None
    return f"Portainer shows its {counted(facts.environments, 'environment')} without a login."


_PAGES = ("https://docs.portainer.io/start/install-ce/server/setup", "https://docs.portainer.io/advanced/cli")

MOODS = (
    Mood(
        name="1.24-no-auth",
        pages={
            "/": said("<title>Portainer</title>"),
            "/api/status": said(
                '{"Authentication":false,"EndpointManagement":true,"Snapshot":true,"Ana'
                'lytics":true,"Version":"1.20.2"}',
                content_type="application/json",
            ),
            "/api/settings/public": said('{"AuthenticationMethod":1,"LogoURL":""}', content_type="application/json"),
            "/api/users/admin/check": said("", 204),
            "/api/endpoints": said('[{"Id":1,"Name":"local","Type":1}]', content_type="application/json"),
        },
        access=Access.CONTROL,
    ),
)

PROBE = Probe(
    id="portainer",
    moods=MOODS,
    title="Portainer",
    ports=(*tcp(9000), *tcp(9443, tls=True)),
    sends=(*map(get, _STATUS), get(_ADMIN), get(_ENDPOINTS)),
    ask_http=ask,
    fingerprints=(Fingerprint(title="Portainer"), Fingerprint(body='ng-app="portainer"')),
    icons=(577211297, 1382639881, -585062213),
    references=_PAGES,
    rules=(
        Rule(
            id="portainer-unclaimed",
            title="Portainer waits for its first administrator",
            why="Whoever sets the first password controls every Docker and Kubernetes environment behind it.",
            controls=Controls.FLEET,
            holds=_unclaimed,
            remedy=(
                "# give the administrator a password before the port opens",
                "portainer --admin-password-file /run/secrets/portainer --bind-https 127.0.0.1:9443",
                close_to_strangers("tcp dport { 9000, 9443 }"),
            ),
            cwe=(306, 1188),
            attack=("T1190", "T1610", "T1078"),
            references=_PAGES,
        ),
        Rule(
            id="portainer-no-auth",
            title="Portainer answers without a login",
            why="Anybody starts containers on all connected hosts.",
            controls=Controls.FLEET,
            holds=_open,
            remedy=("# remove --no-auth (Portainer 1.x) and upgrade to a release that always asks for a login",),
            cwe=(306, 1188),
            attack=("T1190", "T1610"),
            references=_PAGES,
        ),
    ),
)
