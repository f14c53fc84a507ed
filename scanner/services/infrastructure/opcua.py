"""OPC UA: industrial servers, named by the first message of the connection protocol.

Specification: OPC 10000-6 section 7.1 (HEL, ACK, ERR). No channel is opened and nothing is browsed.
"""

from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.facts import Exchange, Facts
from scanner.core.probe import Probe, tcp
from scanner.core.sends import line
from scanner.core.talk import Talk

_URL = b"opc.tcp://scanner.invalid"
_SIZE = (65_536).to_bytes(4, "little")
_BODY = bytes(4) + 2 * _SIZE + bytes(8) + len(_URL).to_bytes(4, "little") + _URL
HELLO = b"HELF" + (8 + len(_BODY)).to_bytes(4, "little") + _BODY
_HEADER = 8
_ACKNOWLEDGED = 28
_MOST_ERROR = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class OpcUaFacts(Facts):
    """What a server answered."""


def parse_header(data: bytes) -> bool:
    """Tell whether a header is of an acknowledgement, and not of an error; raises Malformed for others."""
    length = int.from_bytes(data[4:8], "little")
    if data[:4] == b"ACKF" and length == _ACKNOWLEDGED:
        return True
    if data[:4] == b"ERRF" and _HEADER < length <= _MOST_ERROR:
        return False
    raise Malformed("neither an acknowledgement nor an error of OPC UA")


async def ask(talk: Talk) -> OpcUaFacts:
    """Say hello; either answer is of this protocol alone."""
    await talk.send(HELLO)
    acknowledged = parse_header(await talk.read_exactly(_HEADER))
    return OpcUaFacts(
        product="OPC UA server",
        proof=(Exchange("HEL", "ACK" if acknowledged else "ERR"),),
        note="which of its endpoints take anonymous users is not asked",
    )


PROBE = Probe(
    id="opcua",
    title="OPC UA",
    ports=tcp(4840),
    sends=(line(HELLO, why="greets; opens no channel"),),
    ask=ask,
    opt_in="it runs machines, and some of its servers have few connections to give",
    only_default_ports=True,
    no_moods="an acknowledgement and an error name it alike",
    references=("https://reference.opcfoundation.org/Core/Part6/v105/docs/7.1",),
)
