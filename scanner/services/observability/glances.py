"""Glances in web server mode: processes with their arguments, users and disks of a host, for anybody.

Specification: https://glances.readthedocs.io/en/latest/api/restful.html. The list of processes is never asked for: its
arguments may hold passwords.
"""

from dataclasses import dataclass

from scanner.core.facts import Access, Exchange, Facts
from scanner.core.guard import Guard
from scanner.core.image import Image
from scanner.core.jsontext import Json, as_text
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.text import clean
from scanner.wire.reading import object_of

PATHS = {"4": "/api/4/system", "3": "/api/3/system"}
_KEYS = {"os_name", "hostname", "platform", "os_version", "hr_name"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GlancesFacts(Facts):
    """What a server told of its host."""


def parse_system(answer: HttpAnswer) -> dict[str, Json]:
    """Return what the system plugin says, empty when the answer is none of Glances."""
    document = object_of(answer)
    return document if document.keys() >= _KEYS and as_text(document.get("hostname")) else {}


async def ask(talk: HttpTalk) -> GlancesFacts | None:
    """Read name and system of the host in the newer interface, then in the older; a password hides the product too."""
    for interface, path in PATHS.items():
        answer = await talk.get(path)
        system = parse_system(answer)
        if system:
            return GlancesFacts(
                access=Access.METADATA,
                product="Glances",
                evidence={
                    "api": interface,
                    "host": clean(str(system["hostname"]), 120),
                    "operating_system": clean(str(system["hr_name"]), 120),
                },
                proof=(Exchange(f"GET {path}", "200, name and system of the host"),),
            )
    return None


_PAGES = ("https://glances.readthedocs.io/en/latest/quickstart.html#web-server-mode",)

PROBE = Probe(
    id="glances",
    no_moods="it shows its host alike in every state, and a password guards every page of it",
    title="Glances",
    ports=tcp(61208),
    sends=tuple(map(get, PATHS.values())),
    ask_http=ask,
    fingerprints=(Fingerprint(title="Glances"),),
    # 3 and 4
    icons=(-494520169, 840398323),
    references=_PAGES,
    rules=(
        Rule(
            id="glances-open",
            title="Glances shows a host's inner life to anybody",
            why="Programs with their arguments, users and disks show an attacker what runs there, sometimes passwords.",
            controls=Controls.TELEMETRY,
            holds=reads(Access.METADATA, "Glances shows its host's name and system without a password."),
            remedy=("# a password, and this machine alone", "glances -w --password --bind 127.0.0.1"),
            cwe=(200, 306, 497),
            attack=("T1057", "T1082"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("nicolargo/glances",),
        ports=(61208,),
        rule="glances-open",
        defaults=(("", Guard.UNKNOWN),),
        signs=(
            "closed: GLANCES_OPT=*--password*",
            "closed: --password",
            "open: GLANCES_OPT=*-w*",
            "open: -w",
        ),
        access=Access.METADATA,
        why="its web server asks for no login without --password",
        source="https://glances.readthedocs.io/en/latest/docker.html",
    ),
)
