"""Spring Boot Actuator of Spring Boot 1: its endpoints stand at the root, and were open to anybody until 1.5.

Specification: https://docs.spring.io/spring-boot/docs/1.5.x/reference/html/production-ready-endpoints.html. Endpoints
that hold values are asked with HEAD, so no value crosses the wire; /heapdump is never asked at all.
"""

from dataclasses import dataclass

from scanner.core.facts import Access, Exchange, Facts
from scanner.core.jsontext import as_object, as_text
from scanner.core.mood import Mood, said
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get, head
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.unheard import Unheard
from scanner.wire.reading import denied, get_or_none, shown

LINKS = "/actuator"
"""Asked for its error page; with Spring HATEOAS it lists the endpoints."""
HEALTH, MAPPINGS, BEANS, DUMP = "/health", "/mappings", "/beans", "/dump"
_HOLDS_SECRETS = ("/env", "/configprops", "/trace")
_STATES = {"UP", "DOWN", "OUT_OF_SERVICE", "UNKNOWN"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActuatorFacts(Facts):
    """What an application showed of its inside."""

    readable: str = ""
    """The endpoint that was proven readable."""


def is_spring(answer: HttpAnswer) -> bool:
    """Tell whether an answer is Spring Boot's own: its error, its list of endpoints, or one with its header."""
    document = as_object(answer.json_or_none())
    error = {"timestamp", "status", "error", "path"} <= document.keys()
    links = answer.status == 200 and isinstance(document.get("links"), list)
    return error or links or answer.has("Whitelabel Error Page") or bool(answer.header("x-application-context"))


def parse_mappings(answer: HttpAnswer | None) -> int | None:
    """Return the number of paths in a list of mappings, None for another answer."""
    document = as_object(answer.json_or_none()) if answer is not None and answer.status == 200 else {}
    own = all(as_text(as_object(one).get("bean")) or as_text(as_object(one).get("method")) for one in document.values())
    return len(document) if document and own else None


def lists(answer: HttpAnswer | None, key: str) -> bool:
    """Tell whether an answer is an array of objects that all have a key."""
    items = answer.json_or_none() if answer is not None and answer.status == 200 else None
    return isinstance(items, list) and bool(items) and all(key in as_object(item) for item in items)


def is_health(answer: HttpAnswer | None) -> bool:
    """Tell whether an answer says how an application is."""
    ok = answer is not None and answer.status in {200, 503}
    return ok and answer is not None and as_text(as_object(answer.json_or_none()).get("status")) in _STATES


async def ask(talk: HttpTalk) -> ActuatorFacts | None:
    """Look for a list that holds no values, then whether those with values answer; health alone is public by design."""
    if not is_spring(await talk.get(LINKS)):
        return None
    listed, refused = await _listed(talk)
    if listed is None and not is_health(await get_or_none(talk, HEALTH)):
        return None
    first = listed or Exchange(f"GET {HEALTH}", "200, how the application is")
    for path in _HOLDS_SECRETS:
        reply = await talk.head(path)
        if reply.status == 200 and "json" in reply.header("content-type"):
            return _facts(Access.DATA, path[1:], first, Exchange(f"HEAD {path}", "200"))
        refused = refused or (reply if denied(reply) else None)
    if listed is not None:
        return _facts(Access.METADATA, listed.sent.rpartition("/")[2], listed)
    if refused is None:
        return None
    return _facts(Access.REFUSED, "", first, Exchange(f"GET {MAPPINGS}", shown(refused)))


async def _listed(talk: HttpTalk) -> tuple[Exchange | None, HttpAnswer | None]:
    """Return the list of paths, beans or threads that was shown, and the answer that refused it."""
    mappings = await get_or_none(talk, MAPPINGS)
    if (count := parse_mappings(mappings)) is not None:
        return Exchange(f"GET {MAPPINGS}", f"200, {count} paths"), None
    if denied(mappings):
        return None, mappings
    for path, key in ((BEANS, "beans"), (DUMP, "threadName")):
        if lists(answer := await get_or_none(talk, path), key):
            return Exchange(f"GET {path}", f"200, a list with {key}"), None
        if denied(answer):
            return None, answer
    return None, None


def _facts(access: Access, readable: str, *proof: Exchange) -> ActuatorFacts:
    return ActuatorFacts(access=access, product="Spring Boot Actuator 1", proof=proof, readable=readable)


def _readable(facts: ActuatorFacts) -> str | None:
    if facts.access < Access.METADATA:
        return None
    return f"Spring Boot 1 shows its {facts.readable} endpoint to anybody."


_PAGES = (
    "https://docs.spring.io/spring-boot/docs/1.5.x/reference/html/production-ready-endpoints.html",
    "https://docs.spring.io/spring-boot/docs/1.5.x/reference/html/production-ready-monitoring.html",
)
_JSON = "application/vnd.spring-boot.actuator.v1+json;charset=UTF-8"
_ERROR = said(
    '{"timestamp":1700000000000,"status":404,"error":"Not Found","message":"No message available","path":"/x"}',
    404,
    content_type="application/json;charset=UTF-8",
)
_LOCKED = said(
    '{"timestamp":1700000000000,"status":401,"error":"Unauthorized","message":"Full authentication is required to '
    'access this resource.","path":"/mappings"}',
    401,
    content_type="application/json;charset=UTF-8",
)
_UP = said('{"status":"UP"}', content_type=_JSON)
_PATHS_SHOWN = said('{"{[/env],methods=[GET]}":{"bean":"endpointHandlerMapping","method":"x"}}', content_type=_JSON)

MOODS = (
    Mood(
        name="open-1.4",
        pages={MAPPINGS: _PATHS_SHOWN, "/env": said('{"profiles":[]}', content_type=_JSON), "*": _ERROR},
        access=Access.DATA,
    ),
    Mood(
        name="values-off",
        pages={DUMP: said('[{"threadName":"main","threadId":1}]', content_type=_JSON), HEALTH: _UP, "*": _ERROR},
        access=Access.METADATA,
    ),
    Mood(
        name="locked-1.5", pages={HEALTH: _UP, MAPPINGS: _LOCKED, "/env": _LOCKED, "*": _ERROR}, access=Access.REFUSED
    ),
    Mood(
        name="overloaded",
        pages={HEALTH: _UP, "/": _ERROR, LINKS: _ERROR, "*": said("", 503)},
        nameless=True,
        unheard=Unheard.REFUSED_LATER,
    ),
)

PROBE = Probe(
    id="spring-actuator-v1",
    moods=MOODS,
    title="Spring Boot Actuator 1",
    ports=tcp(8080, 8081),
    sends=(*map(get, (LINKS, HEALTH, MAPPINGS, BEANS, DUMP)), *map(head, _HOLDS_SECRETS)),
    ask_http=ask,
    fingerprints=(
        Fingerprint(status=404, json_key="timestamp"),
        Fingerprint(status=404, body="Whitelabel Error Page"),
        Fingerprint(header=("x-application-context", "")),
    ),
    references=_PAGES,
    rules=(
        Rule(
            id="spring-actuator-v1-readable",
            title="Spring Boot 1 shows an application's inside to anybody",
            why="Settings and requests hold passwords and tokens; paths, beans and threads show where to attack.",
            controls=Controls.CONFIG,
            holds=_readable,
            remedy=(
                "# application.properties: a login for all but health, and no endpoint that is not needed",
                "management.security.enabled=true",
                "endpoints.enabled=false",
                "endpoints.health.enabled=true",
                "# on a port of its own, for this machine alone",
                "management.port=8081",
                "management.address=127.0.0.1",
            ),
            cwe=(200, 306, 489, 526),
            attack=("T1190", "T1552.001", "T1005"),
            references=_PAGES,
        ),
    ),
)
