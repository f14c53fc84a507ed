"""gdbserver: whoever attaches reads and changes the memory of a program, or starts others.

Specification: https://sourceware.org/gdb/current/onlinedocs/gdb.html/Remote-Protocol.html
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.errors import Malformed
from scanner.core.facts import Exchange, Facts
from scanner.core.probe import Probe, tcp
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean

ASK_FEATURES = b"$qSupported#37"
_LONGEST = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class GdbFacts(Facts):
    """What a stub showed."""


def parse_features(packet: bytes) -> tuple[str, ...]:
    """Return the features of `$...#xx`, its sum checked; raises Malformed for anything else."""
    start = packet.find(b"$")
    body, mark, digits = packet[start + 1 :].rpartition(b"#")
    if start not in {0, 1} or not mark or packet[:start] not in {b"", b"+"}:
        raise Malformed("not a packet of the remote protocol")
    if digits.lower() != b"%02x" % (sum(body) % 256) or not body.startswith(b"PacketSize="):
        raise Malformed("not an answer to qSupported")
    return tuple(clean(word, 60) for word in body.split(b";"))


async def ask(talk: Talk) -> GdbFacts | None:
    """Ask for the features and leave: every other packet would touch the program."""
    await talk.send(ASK_FEATURES)
    packet = await talk.read_until(b"#", _LONGEST) + await talk.read_exactly(2)
    features = parse_features(packet)
    return GdbFacts(
        product="gdb stub",
        evidence={"features": len(features)},
        proof=(Exchange("qSupported", f"{counted(len(features), 'feature')}, {features[0]}"),),
        note="a debugger without a login answers here; what it debugs can't be read without stopping it",
    )


PROBE = Probe(
    id="gdbserver",
    title="gdbserver",
    ports=tcp(2345),
    sends=(line(ASK_FEATURES, why="qSupported names features; the program is neither stopped nor read"),),
    ask=ask,
    no_moods="it serves one client and says nothing to a second",
    speaks_first=True,
    only_default_ports=True,
    opt_in="a debugger serves one client at a time, and some stop the program as soon as one connects",
    references=("https://sourceware.org/gdb/current/onlinedocs/gdb.html/Server.html",),
)
