"""Node.js's inspector: whoever reaches it runs JavaScript inside the process, with all its rights.

Specification: https://nodejs.org/en/learn/getting-started/debugging
"""

from dataclasses import dataclass, replace

from scanner.core.count import counted
from scanner.core.errors import TalkError
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpTalk
from scanner.wire.devtools import LIST, VERSION, find_version, parse_targets


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFacts(Facts):
    """What an inspector showed."""

    targets: int = 0


async def ask(talk: HttpTalk) -> NodeFacts | None:
    """Read the version page, then the list whose sockets run code; the sockets are never opened."""
    named, host = await find_version(talk)
    if named is None or named[0] != "node.js":
        return None
    facts = NodeFacts(
        product="Node.js inspector",
        version=named[1].removeprefix("v"),
        proof=(Exchange(f"GET {VERSION}", f"200, {'/'.join(named)}"),),
    )
    try:
        answer = await talk.get(LIST, host=host)
    except TalkError as error:
        return replace(facts, note=f"GET {LIST} was not answered: {error}")
    found = parse_targets(answer)
    if found is None or not found.attachable:
        access = Access.REFUSED if answer.refused else Access.UNKNOWN
        note = None if answer.refused else "nothing to debug is listed; another debugger may be attached"
        return replace(
            facts, access=access, note=note, proof=(*facts.proof, Exchange(f"GET {LIST}", str(answer.status)))
        )
    return replace(
        facts,
        access=Access.CONTROL,
        evidence={"targets": found.attachable, "title": found.titles[0]},
        proof=(*facts.proof, Exchange(f"GET {LIST}", f"200, {counted(found.attachable, 'debugging socket')}")),
        targets=found.attachable,
    )


def _open(facts: NodeFacts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    return f"The inspector of a Node.js {facts.version} process hands anybody the socket that runs code in it."


_PAGES = ("https://nodejs.org/en/learn/getting-started/debugging#security-implications",)

PROBE = Probe(
    id="node-inspector",
    no_moods="it has no login and no state but running",
    title="Node.js inspector",
    ports=tcp(9229, 9230),
    sends=(get(VERSION), get(LIST)),
    ask_http=ask,
    fingerprints=(Fingerprint(status=400, body="WebSockets request was expected"),),
    references=_PAGES,
    rules=(
        Rule(
            id="node-inspector-open",
            title="Node.js's inspector is open to anybody",
            why="Anybody runs code inside the process and with it reads its memory, its secrets and its files.",
            controls=Controls.HOST,
            holds=_open,
            remedy=(
                "# listen on loopback, and only while debugging",
                "node --inspect=127.0.0.1:9229 app.js",
                "# from elsewhere, through ssh",
                "ssh -L 9229:127.0.0.1:9229 user@server",
                "# switch it off for good, SIGUSR1 included",
                "NODE_OPTIONS=--disable-sigusr1 node app.js",
            ),
            cwe=(489, 306, 749),
            attack=("T1190", "T1059.007"),
            references=_PAGES,
        ),
    ),
)
