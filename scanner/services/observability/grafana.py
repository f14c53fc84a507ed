"""Grafana: with anonymous access on, dashboards and the data behind them are anybody's; as administrator, all of it.

Specification: https://grafana.com/docs/grafana/latest/developers/http_api/. /api/health and /login are public.
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.guard import Guard
from scanner.core.image import Image
from scanner.core.jsontext import Json, as_int, as_object, as_text
from scanner.core.mood import Mood, said
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.text import clean
from scanner.core.unheard import Unheard
from scanner.wire.reading import denied, get_or_none, object_of, shown, undecided_in, unproven

HEALTH = "/api/health"
FRONT, LOGIN = "/", "/login"
ORG = "/api/org"
SEARCH = "/api/search?limit=100"
SOURCES = "/api/datasources"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrafanaFacts(Facts):
    """What a server showed to nobody in particular."""

    dashboards: int | None = None
    """Dashboards and folders, at most 100; None when they were not listed."""


def parse_health(answer: HttpAnswer) -> dict[str, Json]:
    """Return the health document, empty when the answer is none; it may hide the version."""
    document = as_object(answer.json_or_none()) if answer.status in {200, 503} else {}
    return document if as_text(document.get("database")) in {"ok", "failing"} else {}


def parse_org(answer: HttpAnswer | None) -> str | None:
    """Return the organisation's name, None for another answer."""
    document = object_of(answer)
    return as_text(document.get("name")) if as_int(document.get("id")) is not None else None


def count_of(answer: HttpAnswer | None, key: str) -> int | None:
    """Return the length of an array whose items all have a key, None for another answer."""
    value = answer.json_or_none() if answer is not None and answer.status == 200 else None
    if not isinstance(value, list) or not all(isinstance(item, dict) and key in item for item in value):
        return None
    return len(value)


async def ask(talk: HttpTalk) -> GrafanaFacts | None:
    """Identify by the health page, then read the organisation, which takes a login or anonymous access."""
    page = await talk.get(HEALTH)
    health = parse_health(page)
    if not health or not await _is_grafana(talk, health):
        return None
    version = as_text(health.get("version"))
    first = Exchange(f"GET {HEALTH}", f"{page.status}, Grafana {version or 'of hidden version'}")
    answer = await get_or_none(talk, ORG)
    name = parse_org(answer)
    if name is None:
        if (dashboards := count_of(await get_or_none(talk, SEARCH), "title")) is not None:
            return _listed(version, first, dashboards)
        refused = denied(answer)
        return GrafanaFacts(
            access=Access.REFUSED if refused else Access.UNKNOWN,
            product="Grafana",
            version=version,
            proof=(first, Exchange(f"GET {ORG}", shown(answer))),
            note=None if refused else unproven(answer, "its organisation"),
            unheard=undecided_in(answer),
        )
    return await _open(talk, version, first, name)


def _listed(version: str | None, first: Exchange, dashboards: int) -> GrafanaFacts:
    """Return what is open where the organisation alone is kept from strangers."""
    return GrafanaFacts(
        access=Access.DATA,
        product="Grafana",
        version=version,
        evidence={"dashboards": dashboards},
        proof=(first, Exchange(f"GET {SEARCH}", f"200, {counted(dashboards, 'entry')} (dashboards and folders)")),
        dashboards=dashboards,
    )


async def _is_grafana(talk: HttpTalk, health: dict[str, Json]) -> bool:
    """Tell whether a health page is Grafana's: by its commit, or by the start data or title of its pages."""
    if as_text(health.get("commit")):
        return True
    pages = [await get_or_none(talk, LOGIN), await get_or_none(talk, FRONT)]
    return any(page is not None and (page.has("grafanaBootData") or page.title == "Grafana") for page in pages)


async def _open(talk: HttpTalk, version: str | None, first: Exchange, name: str) -> GrafanaFacts:
    dashboards = count_of(await get_or_none(talk, SEARCH), "uid")
    sources = count_of(await get_or_none(talk, SOURCES), "type")
    proof = [first, Exchange(f"GET {ORG}", "200, the organisation's name without a login")]
    if dashboards is not None:
        proof.append(Exchange(f"GET {SEARCH}", f"200, {counted(dashboards, 'entry')} (dashboards and folders)"))
    if sources is not None:
        proof.append(Exchange(f"GET {SOURCES}", f"200, {counted(sources, 'data source')} with their addresses"))
    evidence: dict[str, Json] = {"organisation": clean(name, 120), "dashboards": dashboards, "data_sources": sources}
    listed = Access.DATA if dashboards is not None else Access.METADATA
    return GrafanaFacts(
        access=Access.CONTROL if sources is not None else listed,
        product="Grafana",
        version=version,
        evidence={key: value for key, value in evidence.items() if value is not None},
        proof=tuple(proof),
        dashboards=dashboards,
    )


def _anonymous(facts: GrafanaFacts) -> str | None:
    if facts.access < Access.METADATA:
        return None
    seen = f" to {counted(facts.dashboards, 'dashboard')} and folders" if facts.dashboards is not None else ""
    return f"Grafana gives visitors without a login access{seen}."


def _administrator(facts: GrafanaFacts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    return "Grafana lists its data sources to visitors without a login: they have an administrator's role."


_PAGES = (
    "https://grafana.com/docs/grafana/latest/setup-grafana/configure-security/configure-authentication/anonymous-auth/",
    "https://grafana.com/docs/grafana/latest/setup-grafana/configure-security/",
)
_REMEDY = (
    "# grafana.ini",
    "[auth.anonymous]",
    "enabled = false",
    "[users]",
    "allow_sign_up = false",
    "[server]",
    "http_addr = 127.0.0.1",
)

MOODS = (
    Mood(
        name="database-failing",
        pages={
            "/api/health": said(
                '{"database":"failing","version":"10.2.3","commit":"abc"}', 503, content_type="application/json"
            ),
            "*": said('{"message":"Internal Server Error"}', 500, content_type="application/json"),
        },
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="protected-11",
        pages={
            "/api/health": said('{"database":"ok","version":"11.3.0","commit":"abc"}', content_type="application/json"),
            "/": said("", 302, location="/login"),
            "*": said(
                '{"extra":null,"message":"Unauthorized","messageId":"auth.unauthorized","statusCode":401,"traceID":""}',
                401,
                content_type="application/json",
            ),
        },
        access=Access.REFUSED,
    ),
    Mood(
        name="4.6",
        pages={
            "/api/health": said(
                '{"commit":"v4.6.3","database":"ok","version":"4.6.3"}', content_type="application/json"
            ),
            "*": said('{"message":"Unauthorized"}', 401, content_type="application/json"),
        },
        access=Access.REFUSED,
    ),
    Mood(name="starting", pages={"*": said("", 503)}, nameless=True, unheard=Unheard.REFUSED_LATER),
)

PROBE = Probe(
    id="grafana",
    moods=MOODS,
    title="Grafana",
    ports=tcp(3000),
    sends=(get(FRONT), get(HEALTH), get(LOGIN), get(ORG), get(SEARCH), get(SOURCES)),
    ask_http=ask,
    fingerprints=(
        Fingerprint(title="Grafana"),
        Fingerprint(body="grafanaBootData"),
        Fingerprint(status=302, header=("location", "/login")),
    ),
    # 6
    icons=(-928274465,),
    references=_PAGES,
    rules=(
        Rule(
            id="grafana-anonymous",
            title="Grafana lets visitors in without a login",
            why="Dashboards show how everything runs, and behind each stands a query that a visitor may change.",
            controls=Controls.TELEMETRY,
            holds=_anonymous,
            remedy=_REMEDY,
            cwe=(306, 1188, 200),
            attack=("T1190", "T1213"),
            references=_PAGES,
        ),
        Rule(
            id="grafana-anonymous-admin",
            title="Grafana makes every visitor an administrator",
            why="A visitor uses every data source with the password that Grafana keeps, and changes alarms and users.",
            controls=Controls.CONFIG,
            holds=_administrator,
            remedy=_REMEDY,
            cwe=(306, 269, 1188),
            attack=("T1190", "T1078.001", "T1213"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("grafana/grafana", "grafana/grafana-oss", "grafana/grafana-enterprise"),
        ports=(3000,),
        rule="grafana-anonymous",
        defaults=(("", Guard.CLOSED),),
        signs=("open: GF_AUTH_ANONYMOUS_ENABLED=true",),
        files=("*grafana.ini",),
        why="the image asks for a login",
        source="https://grafana.com/docs/grafana/latest/setup-grafana/configure-security/configure-authentication/anonymous-auth/",
    ),
)
