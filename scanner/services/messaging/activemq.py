"""ActiveMQ's OpenWire port: named by the greeting that it sends first; nothing is ever sent to it.

Specification: https://activemq.apache.org/components/classic/documentation/openwire-version-2-specification. Whether a
version holds the remote code execution of CVE-2023-46604 can't be told: distributions mend it without a new number.
"""

import struct
from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.facts import Exchange, Facts
from scanner.core.jsontext import Json
from scanner.core.probe import DefaultPort, Greeting, Probe, tcp
from scanner.core.talk import Talk
from scanner.core.text import clean

_MAGIC = b"\x01ActiveMQ"
_MOST_FRAME_BYTES = 16_384
_SIZES = {0: 0, 1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 8, 7: 8, 8: 4}
_STRING = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveMqFacts(Facts):
    """What a broker's greeting says."""


@dataclass(frozen=True, slots=True)
class WireFormat:
    """The WireFormatInfo command."""

    version: int
    """Of OpenWire."""
    texts: dict[str, str]
    """Its properties that are text, such as ProviderVersion."""


def parse_wire_format(frame: bytes) -> WireFormat:
    """Return what a WireFormatInfo frame (without its length) holds; raises Malformed."""
    if not frame.startswith(_MAGIC) or len(frame) < 14:
        raise Malformed("no WireFormatInfo")
    (version,) = struct.unpack(">i", frame[9:13])
    if not 0 < version < 100:
        raise Malformed("no version of OpenWire")
    return WireFormat(version, _texts(frame[18:]) if frame[13] else {})


def _texts(properties: bytes) -> dict[str, str]:
    """Return the text properties of a marshalled map: a count, then names, types and values."""
    found: dict[str, str] = {}
    at = 4
    for _ in range(int.from_bytes(properties[:4]) & 0xFF):
        name, at = _text(properties, at)
        kind = properties[at] if at < len(properties) else -1
        at += 1
        if kind == _STRING:
            found[name], at = _text(properties, at)
        elif kind in _SIZES:
            at += _SIZES[kind]
        else:
            raise Malformed("a property of no known type")
    return found


def _text(data: bytes, at: int) -> tuple[str, int]:
    end = at + 2 + int.from_bytes(data[at : at + 2])
    if end > len(data) or at + 2 > len(data):
        raise Malformed("a text beyond the frame's end")
    return clean(data[at + 2 : end], 200), end


async def ask(talk: Talk) -> ActiveMqFacts | None:
    """Read the greeting."""
    length = int.from_bytes(await talk.read_exactly(4))
    if not 14 <= length <= _MOST_FRAME_BYTES:
        raise Malformed("no frame of OpenWire")
    greeting = parse_wire_format(await talk.read_exactly(length))
    version = greeting.texts.get("ProviderVersion")
    evidence: dict[str, Json] = {"openwire_version": greeting.version}
    return ActiveMqFacts(
        product=greeting.texts.get("ProviderName", "ActiveMQ"),
        version=version,
        evidence=evidence,
        proof=(Exchange("(nothing)", f"WireFormatInfo of ActiveMQ {version or 'of unknown version'}"),),
        note="named by its greeting; whether it lets strangers in would take a login attempt, which is not made",
    )


PROBE = Probe(
    id="activemq",
    title="ActiveMQ (OpenWire)",
    ports=(*tcp(61616), DefaultPort(61617, tls=True)),
    sends=(),
    ask=ask,
    no_moods="it greets alike in every state; a full one accepts no connection",
    greetings=(Greeting(start=b"ActiveMQ", offset=5),),
    references=(
        "https://activemq.apache.org/components/classic/documentation/security",
        "https://activemq.apache.org/news/cve-2023-46604",
    ),
)
