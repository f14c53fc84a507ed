"""Spring Boot Actuator: the inside of an application over HTTP: settings, memory, log levels, sometimes code.

Specification: https://docs.spring.io/spring-boot/api/rest/actuator/. Endpoints that hold values are asked with HEAD, so
no value crosses the wire; /heapdump is never asked at all, for HEAD too makes the dump.
"""

from dataclasses import dataclass, replace

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.jsontext import as_object
from scanner.core.mood import Mood, said
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get, head
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.text import clean
from scanner.core.unheard import Unheard
from scanner.wire.reading import get_or_none, object_of, shown, undecided_in

LINKS = "/actuator"
HEALTH = "/actuator/health"
_OWN_TYPE = "application/vnd.spring-boot.actuator."
_TAKES_OVER = ("gateway", "jolokia")
_HOLDS_SECRETS = ("env", "configprops", "httpexchanges", "httptrace", "logfile")
_TELLS = ("mappings", "beans", "loggers", "threaddump", "metrics", "conditions")
_PATHS = {name: f"/actuator/{name}" for name in (*_HOLDS_SECRETS, *_TELLS)} | {
    "gateway": "/actuator/gateway/routes",
    "jolokia": "/actuator/jolokia/version",
}
_PUBLIC = frozenset({"self", "health", "health-path", "info"})
_MOST_NAMES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ActuatorFacts(Facts):
    """What an application showed of its inside."""

    endpoints: tuple[str, ...] = ()
    """Names of endpoints beyond health and info that are offered."""
    readable: str = ""
    """The endpoint that was proven readable."""


def parse_links(answer: HttpAnswer) -> tuple[str, ...] | None:
    """Return the names of the endpoints that are offered, None when the answer is no list of them."""
    links = as_object(object_of(answer).get("_links"))
    if "self" not in links or "actuator" not in str(as_object(links["self"]).get("href", "")):
        return None
    return tuple(sorted({clean(name.partition("-")[0], 60) for name in links} - _PUBLIC))


def is_actuator(answer: HttpAnswer | None) -> bool:
    """Tell whether an answer has the media type of an actuator."""
    return answer is not None and answer.status == 200 and _OWN_TYPE in answer.header("content-type")


async def ask(talk: HttpTalk) -> ActuatorFacts | None:
    """Read the list of endpoints and prove that the worst of them answers; health alone is public by design."""
    answer = await talk.get(LINKS)
    offered = parse_links(answer)
    if offered is None:
        return await _hidden(talk, answer)
    replies: list[tuple[str, HttpAnswer]] = []
    for name in (*_TAKES_OVER, *_HOLDS_SECRETS, *_TELLS):
        if name not in offered:
            continue
        reply = await talk.head(_PATHS[name])
        if reply.status == 200:
            return _facts(_access(name), offered, name, Exchange(f"HEAD {_PATHS[name]}", "200"))
        replies.append((name, reply))
    return _unreadable(offered, replies)


def _unreadable(offered: tuple[str, ...], replies: list[tuple[str, HttpAnswer]]) -> ActuatorFacts:
    """Judge one of which nothing could be read: each endpoint has rules of its own, so all have to be refused."""
    undecided = next(((name, reply) for name, reply in replies if undecided_in(reply)), None)
    name, reply = undecided or (replies[0] if replies else ("", None))
    last = Exchange(f"HEAD {_PATHS[name]}", shown(reply)) if reply is not None else None
    if replies and undecided is None:
        return _facts(Access.REFUSED, offered, "", last)
    note = "none of its endpoints could be proven readable"
    if not offered:
        note = "only health and information are offered, which is as it should be"
    # The dump is offered and never asked for: nobody has seen whether it is refused.
    unheard = Unheard.UNDECIDED if not replies and "heapdump" in offered else undecided_in(reply)
    return replace(_facts(Access.UNKNOWN, offered, "", last, note), unheard=unheard)


async def _hidden(talk: HttpTalk, links: HttpAnswer) -> ActuatorFacts | None:
    """Judge an application that doesn't show the list; its health page has a media type of its own."""
    if links.status not in {401, 403, 404}:
        return None
    if not is_actuator(await get_or_none(talk, HEALTH)):
        return None
    return ActuatorFacts(
        access=Access.REFUSED if links.refused else Access.UNKNOWN,
        product="Spring Boot Actuator",
        proof=(Exchange(f"GET {HEALTH}", "200, an actuator"), Exchange(f"GET {LINKS}", shown(links))),
        note=None if links.refused else "health is public by design, and nothing else was found",
    )


def _access(name: str) -> Access:
    return Access.CONTROL if name in _TAKES_OVER else Access.DATA if name in _HOLDS_SECRETS else Access.METADATA


def _facts(
    access: Access, offered: tuple[str, ...], readable: str, last: Exchange | None, note: str | None = None
) -> ActuatorFacts:
    first = Exchange(f"GET {LINKS}", f"200, {counted(len(offered), 'endpoint')} beyond health and info")
    return ActuatorFacts(
        access=access,
        product="Spring Boot Actuator",
        evidence={"endpoints": list(offered[:_MOST_NAMES])},
        proof=(first, last) if last else (first,),
        note=note,
        endpoints=offered,
        readable=readable,
    )


def _readable(facts: ActuatorFacts) -> str | None:
    if facts.access not in {Access.METADATA, Access.DATA}:
        return None
    memory = "; heapdump is offered too" if "heapdump" in facts.endpoints else ""
    return f"Actuator's {facts.readable} endpoint answers anybody{memory}."


def _takes_over(facts: ActuatorFacts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    return f"Actuator's {facts.readable} endpoint, which changes the running application, answers anybody."


_PAGES = (
    "https://docs.spring.io/spring-boot/reference/actuator/endpoints.html#actuator.endpoints.security",
    "https://docs.spring.io/spring-boot/reference/actuator/endpoints.html#actuator.endpoints.exposing",
)
_REMEDY = (
    "# application.properties: health alone",
    "management.endpoints.web.exposure.include=health",
    "management.endpoint.env.show-values=never",
    "# on a port of its own, for this machine alone",
    "management.server.port=8081",
    "management.server.address=127.0.0.1",
    "# or, with spring-boot-starter-security, a rule in the SecurityFilterChain",
    'http.securityMatcher(EndpointRequest.toAnyEndpoint()).authorizeHttpRequests(r -> r.anyRequest().hasRole("OPS"));',
)

MOODS = (
    Mood(
        name="public-pages-alone",
        pages={
            LINKS: said(
                '{"_links":{"self":{"href":"http://h/actuator"},"health":{"href":"http://h/actuator/health"}}}',
                content_type=f"{_OWN_TYPE}v3+json",
            )
        },
    ),
    Mood(
        name="heap-dump-alone",
        pages={
            LINKS: said(
                '{"_links":{"self":{"href":"http://h/actuator"},"heapdump":{"href":"http://h/actuator/heapdump"}}}',
                content_type=f"{_OWN_TYPE}v3+json",
            )
        },
        unheard=Unheard.UNDECIDED,
    ),
    Mood(
        name="out-of-service",
        pages={
            LINKS: said("", 401),
            HEALTH: said('{"status":"OUT_OF_SERVICE"}', 503, content_type=f"{_OWN_TYPE}v3+json"),
        },
        nameless=True,
        unheard=Unheard.REFUSED_LATER,
    ),
)

PROBE = Probe(
    id="spring-actuator",
    moods=MOODS,
    title="Spring Boot Actuator",
    ports=tcp(8080, 8081),
    sends=(get(LINKS), get(HEALTH), *map(head, _PATHS.values())),
    ask_http=ask,
    fingerprints=(
        Fingerprint(status=404, json_key="timestamp"),
        Fingerprint(status=404, body="Whitelabel Error Page"),
        Fingerprint(header=("www-authenticate", 'realm="Realm"')),
    ),
    # Spring Boot's own, until 2.1: whether the actuator is there is what is asked.
    icons=(116323821,),
    references=_PAGES,
    rules=(
        Rule(
            id="spring-actuator-readable",
            title="Spring Boot Actuator shows an application's inside to anybody",
            why="Settings, requests and memory hold passwords and tokens; paths and beans show where to attack.",
            controls=Controls.CONFIG,
            holds=_readable,
            remedy=_REMEDY,
            cwe=(200, 306, 489, 526),
            attack=("T1190", "T1552.001", "T1005"),
            references=_PAGES,
        ),
        Rule(
            id="spring-actuator-takes-over",
            title="Spring Boot Actuator lets anybody change the application",
            why="Routes and management beans of a running application lead to code of the attacker's choice.",
            controls=Controls.HOST,
            holds=_takes_over,
            remedy=_REMEDY,
            cwe=(306, 489, 749),
            attack=("T1190", "T1059"),
            references=_PAGES,
        ),
    ),
)
