"""AMQP brokers such as RabbitMQ: named by what they say before a login; logging in is not tried.

Specification: AMQP 0-9-1, sections 2.2.4 and 4.2; class connection, method start. AMQP 1.0, part 2, section 2.2.
"""

from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.facts import Exchange, Facts
from scanner.core.jsontext import Json
from scanner.core.mood import Mood
from scanner.core.probe import DefaultPort, Greeting, Probe, tcp
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean

HEADER = b"AMQP\x00\x00\x09\x01"
_START = b"\x00\x0a\x00\x0a"
_MOST_FRAME_BYTES = 65_536
_CODES = {"tbB": 1, "suU": 2, "Iif": 4, "D": 5, "lLdT": 8}
_SIZES = {ord(code): size for codes, size in _CODES.items() for code in codes}
_WANTED = ("product", "version", "platform", "cluster_name")


@dataclass(frozen=True, slots=True, kw_only=True)
class AmqpFacts(Facts):
    """What a broker said of itself."""


@dataclass(frozen=True, slots=True)
class Start:
    """The arguments of connection.start."""

    properties: dict[str, str]
    """The server-properties that are text."""
    mechanisms: tuple[str, ...]


def parse_start(payload: bytes) -> Start:
    """Return what a connection.start method frame holds; raises Malformed for any other payload."""
    if not payload.startswith(_START + b"\x00\x09") or len(payload) < 10:
        raise Malformed("no connection.start")
    table, rest = _long(payload, 6)
    mechanisms, _ = _long(payload, rest)
    return Start(_texts(table), tuple(clean(mechanisms, 200).split()))


def _long(data: bytes, at: int) -> tuple[bytes, int]:
    """Return the bytes after a four-byte length, and where they end."""
    end = at + 4 + int.from_bytes(data[at : at + 4])
    if at + 4 > len(data) or end > len(data):
        raise Malformed("a length beyond the frame's end")
    return data[at + 4 : end], end


def _texts(table: bytes) -> dict[str, str]:
    """Return the text fields of a field table (4.2.5.5), passing over the others."""
    found: dict[str, str] = {}
    at = 0
    while at < len(table):
        end = at + 1 + table[at]
        if end >= len(table):
            raise Malformed("a field name beyond the table's end")
        name, kind, at = table[at + 1 : end], table[end], end + 1
        if kind in b"SFAx":
            value, at = _long(table, at)
            if kind == ord("S"):
                found[clean(name, 100)] = clean(value, 200)
        elif kind in _SIZES:
            at += _SIZES[kind]
        elif kind != ord("V"):
            raise Malformed("a field of no known type")
    return found


async def ask(talk: Talk) -> AmqpFacts | None:
    """Send the protocol header and read what the broker starts with."""
    await talk.send(HEADER)
    first = await talk.read_exactly(7)
    if first.startswith(b"AMQP"):
        return _other_version(first + await talk.read_exactly(1))
    size = int.from_bytes(first[3:7])
    if first[:3] != b"\x01\x00\x00" or size > _MOST_FRAME_BYTES:
        raise Malformed("no method frame on channel 0")
    frame = await talk.read_exactly(size + 1)
    if frame[-1] != 0xCE:
        raise Malformed("a frame without its end")
    start = parse_start(frame[:-1])
    evidence: dict[str, Json] = {name: start.properties[name] for name in _WANTED[2:] if name in start.properties}
    product, version = (start.properties.get(name) for name in _WANTED[:2])
    anonymous = "; it offers ANONYMOUS, which RabbitMQ 4 grants to its own machine only" if _anonymous(start) else ""
    return AmqpFacts(
        product=product or "AMQP broker",
        version=version,
        evidence=evidence | {"mechanisms": list(start.mechanisms)},
        proof=(Exchange("AMQP 0-9-1", f"connection.start of {product} {version}, {' '.join(start.mechanisms)}"),),
        note=f"a broker that lets clients log in{anonymous}; logging in is not tried",
    )


def _anonymous(start: Start) -> bool:
    return "ANONYMOUS" in start.mechanisms


def _other_version(header: bytes) -> AmqpFacts:
    kind, major, minor, revision = header[4:]
    if kind not in {0, 1, 2, 3} or (major, minor, revision) not in {(1, 0, 0), (0, 9, 1), (0, 10, 0), (0, 9, 0)}:
        raise Malformed("no version of AMQP")
    version = "1.0" if major == 1 else f"{major}-{minor}"
    return AmqpFacts(
        product="AMQP broker",
        evidence={"protocol": f"AMQP {version}"},
        proof=(Exchange("AMQP 0-9-1", f"it speaks AMQP {version}"),),
        note=f"a broker that speaks AMQP {version}; logging in is not tried",
    )


MOODS = tuple(
    Mood(name=name, otherwise=b"AMQP" + bytes(header), hangs_up=True)
    for name, header in {
        "version-1.0-alone": (0, 1, 0, 0),
        "version-1.0-with-sasl": (3, 1, 0, 0),
        "version-0-10": (1, 0, 10, 0),
        "version-0-9-1-alone": (0, 0, 9, 1),
    }.items()
)

_PAGES = ("https://www.rabbitmq.com/docs/production-checklist", "https://www.rabbitmq.com/docs/access-control")

PROBE = Probe(
    id="amqp",
    title="AMQP broker",
    ports=(*tcp(5672), DefaultPort(5671, tls=True)),
    sends=(line(HEADER),),
    ask=ask,
    moods=MOODS,
    # How a broker ends a conversation in another protocol.
    greetings=(Greeting(start=b"AMQP"),),
    references=_PAGES,
)
