"""The Java Debug Wire Protocol: whoever attaches calls any method inside the Java process.

Specification: https://docs.oracle.com/en/java/javase/17/docs/specs/jdwp/jdwp-protocol.html
"""

from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean

HANDSHAKE = b"JDWP-Handshake"
# length 11, id 1, no flags, command set 1 (VirtualMachine), command 1 (Version)
ASK_VERSION = bytes.fromhex("0000000b00000001000101")
_REPLY = 0x80
_COMPOSITE = bytes([64, 100])
"""Command set Event, command Composite."""
_HEADER_BYTES = 11
_LONGEST = 16_384
_MOST_EVENTS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class JdwpFacts(Facts):
    """What a virtual machine showed."""


def parse_header(header: bytes) -> int:
    """Return the length of what follows a reply's header; raises Malformed unless it answers our packet in peace."""
    length = int.from_bytes(header[:4], "big")
    answered = len(header) == _HEADER_BYTES and header[4:9] == b"\0\0\0\x01\x80"
    if not answered or header[9:11] != b"\0\0" or not _HEADER_BYTES < length <= _LONGEST:
        raise Malformed("no reply to VirtualMachine.Version")
    return length - _HEADER_BYTES


def event_bytes(header: bytes) -> int:
    """Return the length of what follows the header of an event, 0 when it is none: a machine tells of its start."""
    length = int.from_bytes(header[:4], "big")
    event = len(header) == _HEADER_BYTES and not header[8] & _REPLY and header[9:11] == _COMPOSITE
    return length - _HEADER_BYTES if event and _HEADER_BYTES < length <= _LONGEST else 0


def parse_version(content: bytes) -> tuple[str, str, str]:
    """Return (description, version, name) of the virtual machine; raises Malformed when the lengths do not fit."""
    description, place = _text(content, 0)
    if len(content) < place + 8:
        raise Malformed("no room for the protocol's version")
    version, place = _text(content, place + 8)
    name, _ = _text(content, place)
    return description, version, name


def _text(content: bytes, place: int) -> tuple[str, int]:
    end = place + 4 + int.from_bytes(content[place : place + 4], "big")
    if place + 4 > len(content) or end > len(content):
        raise Malformed("a text longer than the packet")
    return clean(content[place + 4 : end], 200), end


async def ask(talk: Talk) -> JdwpFacts | None:
    """Shake hands, which must be the very first bytes, ask for the version, and leave."""
    await talk.send(HANDSHAKE)
    if await talk.read_exactly(len(HANDSHAKE)) != HANDSHAKE:
        return None
    await talk.send(ASK_VERSION)
    header = await _header(talk)
    description, version, name = parse_version(await talk.read_exactly(parse_header(header)))
    return JdwpFacts(
        access=Access.CONTROL,
        product="Java debugger",
        version=version,
        evidence={"machine": name, "description": description.split("\\x0a")[0]},
        proof=(
            Exchange("JDWP-Handshake", "JDWP-Handshake"),
            Exchange("VirtualMachine.Version", f"{name}, Java {version}"),
        ),
    )


async def _header(talk: Talk) -> bytes:
    """Return the header of the reply; events may come before it."""
    header = await talk.read_exactly(_HEADER_BYTES)
    for _ in range(_MOST_EVENTS):
        if not (more := event_bytes(header)):
            break
        await talk.read_exactly(more)
        header = await talk.read_exactly(_HEADER_BYTES)
    return header


def _open(facts: JdwpFacts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    return f"The debugger of a Java {facts.version} process takes commands from anybody."


_PAGES = ("https://docs.oracle.com/en/java/javase/17/docs/specs/jpda/conninv.html",)

PROBE = Probe(
    id="jdwp",
    title="Java debugger (JDWP)",
    ports=tcp(5005, 8000, 8787),
    sends=(
        line(HANDSHAKE),
        line(ASK_VERSION, why="VirtualMachine.Version reads three texts; nothing is suspended or resumed"),
    ),
    ask=ask,
    no_moods="it serves one debugger and accepts no second connection",
    speaks_first=True,
    only_default_ports=True,
    # A machine answers at once or has a debugger already; web servers on 8000 wait for the rest of a request.
    deadline_s=2.5,
    references=_PAGES,
    rules=(
        Rule(
            id="jdwp-open",
            title="A Java debugger is open to anybody",
            why="Anybody calls any method inside the process, which is running code with its rights.",
            controls=Controls.HOST,
            holds=_open,
            remedy=(
                "# drop the agent in production: remove this from JAVA_TOOL_OPTIONS and start scripts",
                "-agentlib:jdwp=transport=dt_socket,server=y,...",
                "# where it is needed: loopback (a bare port means loopback from Java 9 on) and ssh",
                "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:5005",
                "ssh -L 5005:127.0.0.1:5005 user@server",
            ),
            cwe=(489, 306, 749),
            attack=("T1190", "T1059"),
            references=_PAGES,
        ),
    ),
)
