"""Nacos: without authentication a stranger reads every service's configuration, passwords included, and changes it.

Specification: https://nacos.io/docs/v2.3/manual/user/open-api/. A configuration is searched by a name that nobody has:
the right to search is proven and no content is read. The User-Agent that old versions trust is never used.
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import close_to_strangers
from scanner.core.guard import Guard
from scanner.core.image import Image
from scanner.core.jsontext import Json, as_int, as_list, as_text
from scanner.core.mood import Mood, said
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.text import clean
from scanner.core.unheard import Unheard
from scanner.wire.reading import denied, get_or_none, object_of, shown, undecided_in, unheard_in, unproven

STATE = "/nacos/v1/console/server/state"
STATE_3 = "/v3/console/server/state"
SERVICES = "/nacos/v1/ns/service/list?pageNo=1&pageSize=50"
CONFIGS = "/nacos/v1/cs/configs?search=accurate&dataId=exposure-scanner&group=NOBODY&pageNo=1&pageSize=1"


@dataclass(frozen=True, slots=True, kw_only=True)
class NacosFacts(Facts):
    """What a server showed."""


def parse_state(answer: HttpAnswer | None) -> dict[str, Json]:
    """Return the server's state, which is public by design; empty when the answer is none."""
    document = object_of(answer)
    own = "version" in document and not document.keys().isdisjoint({"standalone_mode", "startup_mode"})
    return document if own and as_text(document.get("version")) else {}


def parse_services(answer: HttpAnswer | None) -> tuple[int, tuple[str, ...]] | None:
    """Return the number of services and the first names, None for another answer."""
    document = object_of(answer)
    count = as_int(document.get("count"))
    if count is None or not isinstance(document.get("doms"), list):
        return None
    names = tuple(clean(name, 120) for name in as_list(document["doms"]) if isinstance(name, str))
    return count, names


def shows_configs(answer: HttpAnswer | None) -> bool:
    """Tell whether the search for a configuration was carried out."""
    document = object_of(answer)
    return as_int(document.get("totalCount")) is not None and isinstance(document.get("pageItems"), list)


async def ask(talk: HttpTalk) -> NacosFacts | None:
    """Read the state, then what authentication would refuse: names of services, and a search that finds nothing."""
    state = parse_state(await talk.get(STATE))
    if not state:
        return _version_3(parse_state(await get_or_none(talk, STATE_3)))
    listing, search = await get_or_none(talk, SERVICES), await get_or_none(talk, CONFIGS)
    services, configs = parse_services(listing), shows_configs(search)
    if services is not None or configs:
        access = Access.CONTROL if configs else Access.METADATA
    else:
        refused = any(denied(one) for one in (listing, search))
        access = Access.REFUSED if refused else Access.UNKNOWN
    return NacosFacts(
        access=access,
        product="Nacos",
        version=as_text(state.get("version")),
        evidence=_public(state) | ({"services": services[0], "service_names": list(services[1])} if services else {}),
        proof=(
            Exchange(f"GET {STATE}", f"200, Nacos {state['version']}"),
            Exchange(f"GET {SERVICES}", f"200, {counted(services[0], 'service')}" if services else shown(listing)),
            Exchange(f"GET {CONFIGS}", "200, the search was carried out" if configs else shown(search)),
        ),
        traces={"name": services[1] if services else ()},
        note=None if access is not Access.UNKNOWN else unproven(listing, "its services"),
        unheard=undecided_in(listing) or unheard_in(search),
    )


def _public(state: dict[str, Json]) -> dict[str, Json]:
    wanted = ("standalone_mode", "function_mode", "auth_enabled")
    return {name: state[name] for name in wanted if state.get(name) is not None}


def _version_3(state: dict[str, Json]) -> NacosFacts | None:
    if not state:
        return None
    return NacosFacts(
        product="Nacos",
        version=as_text(state.get("version")),
        evidence=_public(state),
        proof=(Exchange(f"GET {STATE_3}", f"200, Nacos {state['version']}"),),
        note="a console of version 3, whose interface wants a login unless that was switched off; it isn't asked",
    )


_PAGES = ("https://nacos.io/docs/latest/manual/admin/auth/",)

MOODS = (
    Mood(
        name="starting",
        pages={
            "/nacos/v1/console/server/state": said(
                '{"version":"2.3.0","standalone_mode":"standalone","function_mode":null,"startup_mode":"standalone"}',
                content_type="application/json",
            ),
            "*": said("server is STARTING now, please try again later!", 503, content_type="text/plain; charset=utf-8"),
        },
        unheard=Unheard.REFUSED_LATER,
    ),
)

PROBE = Probe(
    id="nacos",
    moods=MOODS,
    title="Nacos",
    ports=tcp(8848),
    sends=(get(STATE), get(STATE_3), get(SERVICES), get(CONFIGS)),
    ask_http=ask,
    # Everything lives below /nacos; the front page is Tomcat's own.
    fingerprints=(Fingerprint(status=404, title="HTTP Status 404"),),
    icons=(1227052603,),
    references=_PAGES,
    rules=(
        Rule(
            id="nacos-no-auth",
            title="Nacos answers without authentication",
            why="Anybody reads the configuration of every service, with its passwords, and changes where traffic goes.",
            controls=Controls.CONFIG,
            holds=reads(Access.METADATA, "Nacos serves its services and configurations without authentication."),
            remedy=(
                "# application.properties",
                "nacos.core.auth.enabled=true",
                "nacos.core.auth.server.identity.key=<a name of your own>",
                "nacos.core.auth.server.identity.value=<a random value>",
                "nacos.core.auth.plugin.nacos.token.secret.key=<32 random bytes in base64>",
                "# firewall: the services and nobody else",
                close_to_strangers("tcp dport { 7848, 8848, 9848 }"),
            ),
            cwe=(306, 1188, 200),
            attack=("T1190", "T1552.001", "T1213"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("nacos/nacos-server",),
        ports=(8848,),
        rule="nacos-no-auth",
        defaults=(
            ("1.0", Guard.OPEN),
            ("3.0", Guard.UNKNOWN),
        ),
        signs=(
            "closed: NACOS_AUTH_ENABLE=true",
            "open: NACOS_AUTH_ENABLE=false",
        ),
        access=Access.CONTROL,
        why="the image asks for no login before 3.0",
        source="https://nacos.io/docs/latest/manual/admin/auth/",
    ),
)
