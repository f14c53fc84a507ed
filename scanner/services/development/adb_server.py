"""The server of adb on a computer: started for all addresses, it gives anybody a shell on every device that it holds.

Specification: https://android.googlesource.com/platform/packages/modules/adb/+/main/docs/dev/services.md
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.errors import Malformed, TalkError
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import close_to_strangers
from scanner.core.number import parse_number
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean

_LARGEST = 16_384


def request(service: bytes) -> bytes:
    """Return a request: its length in four hexadecimal digits, and the service's name."""
    return b"%04x" % len(service) + service


VERSION, DEVICES = request(b"host:version"), request(b"host:devices")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdbServerFacts(Facts):
    """What a server showed."""

    devices: int = 0


def parse_length(status: bytes) -> int:
    """Return the length that follows OKAY; raises Malformed for anything else."""
    length = parse_number(status[4:], base=16, most=_LARGEST)
    if len(status) != 8 or status[:4] != b"OKAY" or length is None:
        raise Malformed("no answer of adb's server, or one too long for it")
    return length


def parse_devices(data: bytes) -> list[str]:
    """Return the states of the devices of a list: device, offline, unauthorized; serial numbers are left out."""
    rows = (row.split(b"\t") for row in data.splitlines())
    return [clean(row[1], 20) for row in rows if len(row) == 2]


async def ask(talk: Talk) -> AdbServerFacts | None:
    """Ask for the version, then, on a connection of its own, for the list of devices; none of them is talked to."""
    said = await _answer(talk, VERSION)
    version = parse_number(said, base=16)
    if len(said) != 4 or version is None:
        return None
    await talk.reopen()
    try:
        states = parse_devices(await _answer(talk, DEVICES))
    except TalkError:
        states = []
    return AdbServerFacts(
        access=Access.CONTROL,
        product="adb server",
        version=f"1.0.{version}",
        evidence={"devices": len(states)},
        proof=(Exchange("host:version", str(version)), Exchange("host:devices", counted(len(states), "device"))),
        devices=len(states),
    )


async def _answer(talk: Talk, question: bytes) -> bytes:
    await talk.send(question)
    length = parse_length(await talk.read_exactly(8))
    return await talk.read_exactly(length) if length else b""


def _open(facts: AdbServerFacts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    return f"The adb server answers anybody; {counted(facts.devices, 'device', 'is', 'are')} attached to it."


_PAGES = ("https://developer.android.com/tools/adb",)

PROBE = Probe(
    id="adb-server",
    title="adb server",
    ports=tcp(5037),
    sends=(line(VERSION), line(DEVICES, why="lists the devices; none is opened")),
    ask=ask,
    no_moods="it has no login and no state: without a device its list is empty",
    waits_in_silence=True,
    references=_PAGES,
    rules=(
        Rule(
            id="adb-server-open",
            title="An adb server listens on the network",
            why="Anybody opens a shell on each attached device, and has ports of this computer forwarded.",
            controls=Controls.HOST,
            holds=_open,
            remedy=(
                "# without -a it listens on this machine alone",
                "adb kill-server",
                "adb start-server",
                close_to_strangers("tcp dport 5037"),
            ),
            cwe=(306, 668),
            attack=("T1190", "T1059"),
            references=_PAGES,
        ),
    ),
)
