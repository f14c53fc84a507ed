"""Selenium Grid: whoever reaches it starts browsers in the network it stands in, and reads files through them.

Specification: https://www.selenium.dev/documentation/grid/advanced_features/endpoints/
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import close_to_strangers
from scanner.core.image import Image
from scanner.core.jsontext import Json, as_list, as_object, as_text
from scanner.core.mood import Mood, said
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.text import clean
from scanner.wire.reading import get_or_none

STATUS, STATUS_3 = "/status", "/wd/hub/status"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeleniumFacts(Facts):
    """What a grid showed."""

    nodes: int | None = None
    """Machines with browsers; None on a server that is no grid of several."""


def parse_grid(answer: HttpAnswer) -> tuple[str | None, list[Json]] | None:
    """Return (version of the first node, nodes) of Selenium 4's status; None for any other answer."""
    value = as_object(as_object(answer.json_or_none()).get("value")) if answer.status == 200 else {}
    message = as_text(value.get("message")) or ""
    if not isinstance(value.get("ready"), bool) or not message.startswith("Selenium Grid"):
        return None
    nodes = as_list(value.get("nodes"))
    version = next((text for node in nodes if (text := as_text(as_object(node).get("version")))), None)
    return clean(version.split(" ")[0], 40) if version else None, nodes


def parse_server(answer: HttpAnswer) -> str | None:
    """Return the version of Selenium 3's status, which names its Java too; None for any other answer."""
    value = as_object(as_object(answer.json_or_none()).get("value")) if answer.status == 200 else {}
    build = as_object(value.get("build"))
    version = as_text(build.get("version"))
    if version is None or not as_text(build.get("revision")) or not as_object(value.get("java")).get("version"):
        return None
    return clean(version, 40)


async def ask(talk: HttpTalk) -> SeleniumFacts | None:
    """Read the status of either generation: both keep it behind the password where one is set."""
    answer = await get_or_none(talk, STATUS)
    grid = parse_grid(answer) if answer is not None else None
    if grid is not None:
        return _open_grid(*grid)
    version = parse_server(await talk.get(STATUS_3))
    if version is None:
        return None
    return SeleniumFacts(
        access=Access.CONTROL,
        product="Selenium Server",
        version=version,
        proof=(Exchange(f"GET {STATUS_3}", f"200, version {version}, on the interface that starts browsers"),),
    )


def _open_grid(version: str | None, nodes: list[Json]) -> SeleniumFacts:
    slots = sum(len(as_list(as_object(node).get("slots"))) for node in nodes)
    return SeleniumFacts(
        access=Access.CONTROL,
        product="Selenium Grid",
        version=version,
        evidence={"nodes": len(nodes), "slots": slots},
        proof=(
            Exchange(f"GET {STATUS}", f"200, Selenium Grid, {counted(len(nodes), 'node')}, {counted(slots, 'slot')}"),
        ),
        nodes=len(nodes),
    )


def _open(facts: SeleniumFacts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    return f"{facts.product} {facts.version or ''} starts browsers for anybody."


_PAGES = (
    "https://www.selenium.dev/documentation/grid/getting_started/#warning",
    "https://www.selenium.dev/documentation/grid/configuration/cli_options/",
)

MOODS = (
    Mood(
        name="no-node-yet",
        pages={
            STATUS: said(
                '{"value": {"ready": false, "message": "Selenium Grid not ready.", "nodes": []}}',
                content_type="application/json",
            )
        },
        access=Access.CONTROL,
    ),
)

PROBE = Probe(
    id="selenium-grid",
    moods=MOODS,
    title="Selenium Grid",
    ports=tcp(4444, 5555),
    sends=(get(STATUS), get(STATUS_3)),
    ask_http=ask,
    fingerprints=(
        Fingerprint(title="Selenium"),
        Fingerprint(header=("location", "/ui")),
        Fingerprint(body="/grid/console"),
        Fingerprint(body='Selenium <span class="se-type">'),
    ),
    icons=(-841919122,),
    references=_PAGES,
    rules=(
        Rule(
            id="selenium-grid-no-auth",
            title="Selenium Grid starts browsers for anybody",
            why="Anybody runs browsers inside the network, reaches its internal sites and files through them, and with "
            "options of their own starts other programs.",
            controls=Controls.HOST,
            holds=_open,
            remedy=(
                "# a password (Selenium 4), on loopback",
                "java -jar selenium-server.jar standalone --host 127.0.0.1 --username ci --password <long and random>",
                "# firewall: the test runners and nobody else",
                close_to_strangers("tcp dport { 4442, 4443, 4444, 5555 }"),
            ),
            cwe=(306, 1188, 668),
            attack=("T1190", "T1059", "T1090"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("selenium/hub", "selenium/standalone-*", "seleniarm/*"),
        ports=(4444,),
        rule="selenium-grid-no-auth",
        signs=(
            "closed: SE_ROUTER_USERNAME & SE_ROUTER_PASSWORD & >=4",
            "unknown: SE_OPTS=*--username*",
        ),
        access=Access.CONTROL,
        why="the image asks for no login",
        source="https://github.com/SeleniumHQ/docker-selenium",
    ),
)
