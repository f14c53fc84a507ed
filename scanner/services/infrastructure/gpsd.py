"""gpsd: tells everybody where the machine is, and takes orders to set its receivers.

Specification: https://gpsd.gitlab.io/gpsd/gpsd_json.html. There is no login.
"""

from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.jsontext import as_list, as_object, parse_json
from scanner.core.probe import Greeting, Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean

GREETING = b'{"class":"VERSION","release":"'
DEVICES = b"?DEVICES;\n"
_MOST_BYTES = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class GpsdFacts(Facts):
    """What a daemon told."""


def parse_devices(reply: bytes) -> int:
    """Return how many receivers a reply to ?DEVICES names; raises Malformed."""
    said = as_object(parse_json(reply))
    if said.get("class") != "DEVICES" or not isinstance(said.get("devices"), list):
        raise Malformed("no list of receivers")
    return len(as_list(said["devices"]))


async def ask(talk: Talk) -> GpsdFacts | None:
    """Read the version that it greets with, then the list of receivers; positions are not asked for."""
    greeting = await talk.read_until(b"\r\n", _MOST_BYTES)
    if not greeting.startswith(GREETING):
        return None
    version = clean(str(as_object(parse_json(greeting)).get("release", "")), 40)
    await talk.send(DEVICES)
    count = parse_devices(await talk.read_until(b"\r\n", _MOST_BYTES))
    return GpsdFacts(
        access=Access.DATA,
        product="gpsd",
        version=version,
        evidence={"receivers": count},
        proof=(Exchange("?DEVICES", f"gpsd {version}, {count} receivers"),),
    )


_PAGES = ("https://gpsd.gitlab.io/gpsd/gpsd.html",)

PROBE = Probe(
    id="gpsd",
    title="gpsd",
    ports=tcp(2947),
    sends=(line(DEVICES, why="lists the receivers"),),
    ask=ask,
    greetings=(Greeting(start=GREETING),),
    listens_first=True,
    no_moods="it greets and lists its receivers whether they have a fix or not",
    references=_PAGES,
    rules=(
        Rule(
            id="gpsd-open",
            title="gpsd answers the network",
            why="Anybody follows where the machine is, and changes the speed and mode of its receivers.",
            controls=Controls.TELEMETRY,
            holds=reads(Access.DATA, "gpsd answers this address; it has no login."),
            remedy=("# /etc/default/gpsd: without -G it listens on this machine alone", 'GPSD_OPTIONS="-n"'),
            cwe=(306, 200, 668),
            attack=("T1190", "T1082"),
            references=_PAGES,
        ),
    ),
)
