"""Node-RED: its editor runs flows, which are code on the machine; it asks for no login until one is set.

Specification: https://nodered.org/docs/api/admin/methods/. A default user may be let in for reading alone.
"""

from dataclasses import dataclass

from scanner.core.facts import Access, Exchange, Facts
from scanner.core.image import Image
from scanner.core.jsontext import Json, as_object, as_text
from scanner.core.mood import Mood, said
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpTalk
from scanner.core.text import clean
from scanner.core.unheard import Unheard
from scanner.wire.reading import denied, object_of, undecided_in, unproven

SETTINGS = "/settings"
LOGIN = "/auth/login"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRedFacts(Facts):
    """What an editor showed."""


def _reads_only(permissions: Json) -> bool:
    """Tell whether one permission, or each of a list of them, is for reading."""
    several = permissions if isinstance(permissions, list) else [permissions]
    return bool(several) and all((as_text(one) or "").rpartition(".")[2] == "read" for one in several)


async def ask(talk: HttpTalk) -> NodeRedFacts | None:
    """Read the settings, which are behind the login; who is turned away reads what the login asks for."""
    answer = await talk.get(SETTINGS)
    settings = object_of(answer)
    if "httpNodeRoot" in settings and as_text(settings.get("version")):
        reading = _reads_only(as_object(settings.get("user")).get("permissions"))
        how = "for reading" if reading else "for reading and deploying"
        return NodeRedFacts(
            access=Access.DATA if reading else Access.CONTROL,
            product="Node-RED",
            version=clean(as_text(settings["version"]) or "", 40),
            evidence={"permissions": "read" if reading else "all"},
            proof=(Exchange(f"GET {SETTINGS}", f"200, its settings, {how}"),),
        )
    if answer.status == 200:
        return None
    login = await talk.get(LOGIN)
    if as_text(object_of(login).get("type")) not in {"credentials", "strategy"}:
        return None
    identity = Exchange(f"GET {LOGIN}", "200, Node-RED's form")
    refused = denied(answer)
    return NodeRedFacts(
        access=Access.REFUSED if refused else Access.UNKNOWN,
        product="Node-RED",
        proof=(identity, Exchange(f"GET {SETTINGS}", str(answer.status))),
        note=None if refused else unproven(answer, "its settings"),
        unheard=undecided_in(answer),
    )


def _controls(facts: NodeRedFacts) -> str | None:
    return "Node-RED's editor takes flows from anybody." if facts.access >= Access.CONTROL else None


def _reads(facts: NodeRedFacts) -> str | None:
    return "Node-RED shows its flows to anybody, for reading alone." if facts.access is Access.DATA else None


_PAGES = ("https://nodered.org/docs/user-guide/runtime/securing-node-red",)
_FORM = '{"type":"credentials","prompts":[{"id":"username","type":"text"},{"id":"password","type":"password"}]}'

MOODS = (
    Mood(
        name="read-for-all",
        pages={
            "/": said("<title>Node-RED</title>", content_type="text/html; charset=utf-8"),
            SETTINGS: said(
                '{"httpNodeRoot":"/","version":"4.1.15","user":{"anonymous":true,"permissions":"read"}}',
                content_type="application/json; charset=utf-8",
            ),
            LOGIN: said(_FORM, content_type="application/json; charset=utf-8"),
        },
        access=Access.DATA,
    ),
    Mood(
        name="behind-a-full-proxy",
        pages={
            "/": said("<title>Node-RED</title>", content_type="text/html; charset=utf-8"),
            SETTINGS: said("", 503),
            LOGIN: said(_FORM, content_type="application/json; charset=utf-8"),
        },
        unheard=Unheard.REFUSED_LATER,
    ),
)

PROBE = Probe(
    id="node-red",
    moods=MOODS,
    title="Node-RED",
    ports=tcp(1880),
    sends=(get(SETTINGS), get(LOGIN)),
    ask_http=ask,
    fingerprints=(Fingerprint(title="Node-RED"), Fingerprint(body="red/red.min.js")),
    icons=(321591353,),
    references=_PAGES,
    rules=(
        Rule(
            id="node-red-no-auth",
            title="Node-RED takes flows from anybody",
            why="Anybody deploys a flow, which runs commands on the machine and uses the accounts that flows hold.",
            controls=Controls.HOST,
            holds=_controls,
            remedy=(
                "# settings.js: a login (node-red admin hash-pw makes the hash), and this machine alone",
                "uiHost: '127.0.0.1',",
                "adminAuth: { type: 'credentials', users: [{ username: 'a', password: '<hash>', permissions: '*' }] },",
            ),
            cwe=(306, 1188, 668),
            attack=("T1190", "T1059.007", "T1552.001"),
            references=_PAGES,
        ),
        Rule(
            id="node-red-readable",
            title="Node-RED shows its flows to anybody",
            why="Flows name machines, topics and accounts, and hold whatever their authors wrote into them.",
            controls=Controls.CONFIG,
            holds=_reads,
            remedy=(
                "# settings.js: take `default` out of adminAuth, so that only users read",
                "adminAuth: { users: [...] }",
            ),
            cwe=(306, 200),
            attack=("T1190", "T1552.001"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("nodered/node-red", "ghcr.io/node-red/node-red"),
        ports=(1880,),
        rule="node-red-no-auth",
        files=("/data*",),
        access=Access.CONTROL,
        why="its editor asks for no login until adminAuth is set in /data/settings.js",
        source="https://nodered.org/docs/user-guide/runtime/securing-node-red",
    ),
)
