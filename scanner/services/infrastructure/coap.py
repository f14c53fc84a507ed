"""CoAP: devices that list what they measure and switch to whoever asks, without DTLS.

Specification: RFC 7252, RFC 6690 (the list of resources). Nothing of the list is read.
"""

from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.probe import Probe, udp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.sends import datagram
from scanner.core.talk import DatagramTalk
from scanner.core.text import clean

_ID = (2, 4)
# Confirmable, no token, GET; the message's id; two segments of the path.
QUESTION = b"\x40\x01\x00\x00" + b"\xbb.well-known" + b"\x04core"
_ACKNOWLEDGEMENT, _CONTENT, _UNAUTHORIZED, _FORBIDDEN = 0x60, 0x45, 0x81, 0x83
_PAYLOAD = b"\xff"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoapFacts(Facts):
    """What a device answered."""


def parse_answer(data: bytes, identifier: bytes) -> tuple[int, tuple[str, ...]]:
    """Return (code, names of the resources, as many as came) of the answer to that message; raises Malformed."""
    if len(data) < 4 or data[0] & 0xF0 != _ACKNOWLEDGEMENT or data[2:4] != identifier:
        raise Malformed("no acknowledgement of our message")
    _, found, links = data.partition(_PAYLOAD)
    if data[1] == _CONTENT and (not found or not links.startswith(b"<")):
        raise Malformed("no list of links")
    names = [clean(one[1:].partition(b">")[0], 120) for one in links.split(b",") if one.startswith(b"<")]
    return data[1], tuple(names[:50])


async def ask(talk: DatagramTalk) -> CoapFacts | None:
    """Ask for the list of resources."""
    identifier = talk.nonce(2)
    code, names = parse_answer(await talk.ask(QUESTION[:2] + identifier + QUESTION[4:]), identifier)
    refused = code in {_UNAUTHORIZED, _FORBIDDEN}
    if code != _CONTENT and not refused:
        return None
    return CoapFacts(
        access=Access.REFUSED if refused else Access.METADATA,
        product="CoAP",
        evidence={"resources": list(names)},
        proof=(Exchange("GET /.well-known/core", "refused" if refused else f"{len(names)} resources"),),
    )


_PAGES = ("https://www.rfc-editor.org/rfc/rfc7252#section-11",)

PROBE = Probe(
    id="coap",
    title="CoAP",
    ports=udp(5683),
    sends=(datagram(QUESTION, vary=(_ID,), why="lists resources; none is read"),),
    ask_datagram=ask,
    no_moods="a device lists its resources alike whatever they hold",
    references=_PAGES,
    rules=(
        Rule(
            id="coap-lists-resources",
            title="A CoAP device lists its resources to anybody",
            why="Anybody reads what it measures, switches what it switches, and has it flood others with answers.",
            controls=Controls.DEVICE,
            holds=reads(Access.METADATA, "The device lists its resources to this address without DTLS."),
            remedy=("# CoAP over DTLS (port 5684) with a key for each device, and no way in from other networks",),
            cwe=(306, 319, 406),
            attack=("T1190", "T1498.002"),
            references=_PAGES,
        ),
    ),
)
