"""munin-node: what a machine measures of itself, and what its plugins say, for every address that its list lets in.

Specification: https://guide.munin-monitoring.org/en/latest/master/network-protocol.html. Plugins run when they are
asked, so none is.
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.jsontext import Json
from scanner.core.probe import Greeting, Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean

_GREETING = b"# munin node at "
LIST, VERSION = b"list\n", b"version\n"
_MOST_NAMES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class MuninFacts(Facts):
    """What a node told."""


def parse_version(answer: bytes) -> str | None:
    """Return the version of `munins node on NAME version: 2.0.73`; None for any other line."""
    start, found, version = answer.partition(b" version: ")
    named = found and start.startswith(b"munins node on ")
    return clean(version.strip(), 40) or None if named else None


def parse_plugins(answer: bytes) -> list[str]:
    """Return the names of a node's plugins."""
    return [clean(name, 80) for name in answer.split()[:_MOST_NAMES]]


async def ask(talk: Talk) -> MuninFacts | None:
    """Ask for the version and for the names of the plugins."""
    greeting = await talk.read_until(b"\n")
    if not greeting.startswith(_GREETING):
        return None
    await talk.send(VERSION)
    version = parse_version(await talk.read_until(b"\n"))
    if version is None:
        return None
    await talk.send(LIST)
    plugins = parse_plugins(await talk.read_until(b"\n"))
    shown: list[Json] = list(plugins[:20])
    return MuninFacts(
        access=Access.METADATA,
        product="munin-node",
        version=version,
        evidence={"node": clean(greeting[len(_GREETING) :].strip(), 120), "plugins": shown},
        proof=(Exchange("version", f"munin-node {version}"), Exchange("list", counted(len(plugins), "plugin"))),
    )


_PAGES = ("https://guide.munin-monitoring.org/en/latest/reference/munin-node.conf.html",)

PROBE = Probe(
    id="munin-node",
    title="munin-node",
    ports=tcp(4949),
    sends=(line(VERSION), line(LIST)),
    ask=ask,
    no_moods="an address of its list is answered, any other one is hung up on before a word",
    greetings=(Greeting(start=_GREETING),),
    listens_first=True,
    references=_PAGES,
    rules=(
        Rule(
            id="munin-node-answers-anybody",
            title="munin-node answers any address",
            why="Anybody reads the load, disks, users and services of the machine, and has its plugins run.",
            controls=Controls.TELEMETRY,
            holds=reads(Access.METADATA, "munin-node lists its plugins to this address, which is not its server."),
            remedy=(
                "# munin-node.conf: your server's address alone; it has no login",
                "host 127.0.0.1",
                "allow ^10\\.0\\.0\\.5$",
            ),
            cwe=(306, 497, 668),
            attack=("T1190", "T1082"),
            references=_PAGES,
        ),
    ),
)
