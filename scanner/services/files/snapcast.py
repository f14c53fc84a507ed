"""Snapcast's control port: what plays in which room, and how loud, for whoever asks.

Specification: https://github.com/badaix/snapcast/blob/develop/doc/json_rpc_api/control.md
"""

from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.jsontext import as_list, as_object, parse_json
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean

# Spaces: a first word with quotes would look like a command in quotes.
STATUS = b'{ "id": 1, "jsonrpc": "2.0", "method": "Server.GetStatus" }\r\n'
_MOST_BYTES = 262_144


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapcastFacts(Facts):
    """What a server told."""


def parse_status(reply: bytes) -> tuple[str, int]:
    """Return (version, groups of players) of a reply to Server.GetStatus; raises Malformed."""
    server = as_object(as_object(as_object(parse_json(reply)).get("result")).get("server"))
    snapserver = as_object(as_object(server.get("server")).get("snapserver"))
    if snapserver.get("name") != "Snapserver" or not isinstance(server.get("groups"), list):
        raise Malformed("no status of a Snapserver")
    return clean(str(snapserver.get("version", "")), 40), len(as_list(server["groups"]))


async def ask(talk: Talk) -> SnapcastFacts:
    """Read the status; the same connection would set volumes and streams."""
    await talk.send(STATUS)
    version, groups = parse_status(await talk.read_until(b"\n", _MOST_BYTES))
    return SnapcastFacts(
        access=Access.CONTROL,
        product="Snapserver",
        version=version,
        evidence={"groups": groups},
        proof=(Exchange("Server.GetStatus", f"Snapserver {version}, {groups} groups"),),
    )


_PAGES = ("https://github.com/badaix/snapcast/blob/develop/doc/configuration.md",)

PROBE = Probe(
    id="snapcast",
    title="Snapcast",
    ports=tcp(1705),
    sends=(line(STATUS, why="reads what plays where"),),
    ask=ask,
    only_default_ports=True,
    no_moods="it tells its status whether anything plays or not",
    references=_PAGES,
    rules=(
        Rule(
            id="snapcast-open",
            title="Snapcast takes orders from anybody",
            why="Anybody learns which rooms there are and when they are used, and plays what they like in them.",
            controls=Controls.DEVICE,
            holds=reads(Access.CONTROL, "The control port answers this address without a login."),
            remedy=("# snapserver.conf: this machine alone", "[tcp]", "bind_to_address = 127.0.0.1"),
            cwe=(306, 668),
            attack=("T1190", "T1082"),
            references=_PAGES,
        ),
    ),
)
