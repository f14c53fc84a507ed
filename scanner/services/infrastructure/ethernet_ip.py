"""EtherNet/IP: controllers that name themselves to whoever sends List Identity.

Specification: the ODVA CIP networks library, volume 2, section 2-4.2. No session is registered and no tag is read.
"""

from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.facts import Exchange, Facts
from scanner.core.probe import Probe, tcp
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean

LIST_IDENTITY = b"\x63\x00" + bytes(22)
_HEADER = 24
_MOST_BYTES = 1_024
_IDENTITY_ITEM = b"\x0c\x00"
_NAME_AT = 2 + 4 + 2 + 16 + 14
"""Where the length of the name stands: after the count, the item's head, a version, a socket address, the identity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EtherNetIpFacts(Facts):
    """What a controller told."""


def parse_length(header: bytes) -> int:
    """Return how many bytes follow a header; raises Malformed."""
    length = int.from_bytes(header[2:4], "little")
    if len(header) != _HEADER or header[:2] != LIST_IDENTITY[:2] or not _NAME_AT < length <= _MOST_BYTES:
        raise Malformed("no answer to List Identity")
    return length


def parse_identity(data: bytes) -> tuple[str, str]:
    """Return (product, revision) of the first item; raises Malformed."""
    if len(data) <= _NAME_AT or data[2:4] != _IDENTITY_ITEM or len(data) < _NAME_AT + 1 + data[_NAME_AT]:
        raise Malformed("no identity")
    major, minor = data[_NAME_AT - 8], data[_NAME_AT - 7]
    return clean(data[_NAME_AT + 1 : _NAME_AT + 1 + data[_NAME_AT]], 64), f"{major}.{minor}"


async def ask(talk: Talk) -> EtherNetIpFacts:
    """Ask for the identity, the one question that needs no session."""
    await talk.send(LIST_IDENTITY)
    product, revision = parse_identity(await talk.read_exactly(parse_length(await talk.read_exactly(_HEADER))))
    return EtherNetIpFacts(
        product=product or "EtherNet/IP device",
        version=revision,
        proof=(Exchange("List Identity", f"{product} {revision}"),),
        note="whether it takes orders from strangers is not asked",
    )


PROBE = Probe(
    id="ethernet-ip",
    title="EtherNet/IP",
    ports=tcp(44818),
    sends=(line(LIST_IDENTITY, why="asks for the name; registers no session"),),
    ask=ask,
    opt_in="it runs machines, and a controller has few connections to give",
    only_default_ports=True,
    no_moods="its identity is the same whatever its program does",
    references=("https://www.odva.org/technology-standards/key-technologies/ethernet-ip/",),
)
