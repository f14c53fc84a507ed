"""Eureka: whoever reaches the registry sees every service and registers himself in its place.

Specification: https://github.com/Netflix/eureka/wiki/Eureka-REST-operations
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.image import Image
from scanner.core.jsontext import Json, as_list, as_object, as_text
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.text import clean
from scanner.wire.reading import get_or_none, object_of

APPS = "/eureka/apps"
APPS_2 = "/eureka/v2/apps"
_MOST_NAMES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class EurekaFacts(Facts):
    """What a registry showed."""

    applications: int = 0
    instances: int = 0


def parse_applications(answer: HttpAnswer) -> tuple[tuple[str, ...], int] | None:
    """Return names of applications and the number of instances, None when the answer is no registry's."""
    document = as_object(object_of(answer).get("applications"))
    if not {"versions__delta", "apps__hashcode"} <= document.keys():
        return None
    listed: Json = document.get("application")
    apps = [as_object(app) for app in (listed if isinstance(listed, list) else [listed] if listed else [])]
    names = (as_text(app.get("name")) for app in apps)
    return tuple(clean(name, 120) for name in names if name), sum(len(as_list(app.get("instance"))) for app in apps)


async def ask(talk: HttpTalk) -> EurekaFacts | None:
    """Read the registry; where it is refused, a start page that is left open names the product."""
    answers: list[tuple[str, HttpAnswer]] = []
    for path in (APPS, APPS_2):
        answer = await talk.get(path, headers={"Accept": "application/json"})
        found = parse_applications(answer)
        if found is not None:
            return _open(path, *found)
        answers.append((path, answer))
    path, refusal = next(((path, answer) for path, answer in answers if answer.refused), ("", None))
    start = await get_or_none(talk, "/") if refusal is not None else None
    if refusal is None or start is None or start.status != 200 or start.title != "Eureka":
        return None
    return EurekaFacts(
        access=Access.REFUSED,
        product="Eureka",
        proof=(Exchange("GET /", "200, Eureka"), Exchange(f"GET {path}", str(refusal.status))),
    )


def _open(path: str, names: tuple[str, ...], instances: int) -> EurekaFacts:
    return EurekaFacts(
        access=Access.CONTROL,
        product="Eureka",
        evidence={"applications": list(names[:_MOST_NAMES]), "instances": instances},
        proof=(
            Exchange(f"GET {path}", f"200, {counted(len(names), 'application')}, {counted(instances, 'instance')}"),
        ),
        traces={"name": names},
        applications=len(names),
        instances=instances,
    )


def _registry(facts: EurekaFacts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    return (
        f"The Eureka registry asks for no login: {counted(facts.applications, 'application')}, "
        f"{counted(facts.instances, 'instance')}."
    )


_PAGES = ("https://docs.spring.io/spring-cloud-netflix/reference/spring-cloud-netflix.html#securing-the-eureka-server",)

PROBE = Probe(
    id="eureka",
    no_moods="its registry answers alike in every state, empty while it starts",
    title="Eureka",
    ports=tcp(8761),
    sends=(get(APPS), get(APPS_2), get("/")),
    ask_http=ask,
    fingerprints=(Fingerprint(title="Eureka"),),
    references=_PAGES,
    rules=(
        Rule(
            id="eureka-open",
            title="The Eureka registry asks for no login",
            why="Anybody registers his own machine under a service's name and receives its traffic.",
            controls=Controls.CONFIG,
            holds=_registry,
            remedy=(
                "# pom.xml: org.springframework.boot:spring-boot-starter-security; application.properties",
                "spring.security.user.name=eureka",
                "spring.security.user.password=${EUREKA_PASSWORD}",
                "server.address=10.0.0.5",
                "# clients",
                "eureka.client.serviceUrl.defaultZone=https://eureka:${EUREKA_PASSWORD}@registry:8761/eureka",
            ),
            cwe=(306, 1188, 668),
            attack=("T1190", "T1018", "T1557"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("springcloud/eureka",),
        ports=(8761,),
        rule="eureka-open",
        access=Access.CONTROL,
        why="the image asks for no login",
        source="https://docs.spring.io/spring-cloud-netflix/reference/spring-cloud-netflix.html",
    ),
)
