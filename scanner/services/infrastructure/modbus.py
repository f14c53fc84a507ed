"""Modbus/TCP: controllers that read and write their process for anybody; the protocol has no login.

Specification: https://modbus.org/docs/Modbus_Application_Protocol_V1_1b3.pdf section 6.21
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import close_to_strangers
from scanner.core.jsontext import Json
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean

# transaction 1, protocol 0, 5 bytes: unit 0, function 0x2b, MEI 0x0e, basic identification from object 0
ASK_IDENTITY = bytes.fromhex("000100000005002b0e0100")
_FUNCTION, _EXCEPTION, _MEI = 0x2B, 0xAB, 0x0E
_OBJECTS = {0: "vendor", 1: "product", 2: "revision"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModbusFacts(Facts):
    """What a controller showed."""


def parse_header(header: bytes) -> int:
    """Return the length of what follows an answer's header and unit; raises Malformed unless it answers us."""
    length = int.from_bytes(header[4:6], "big")
    if len(header) != 7 or header[:4] != b"\0\x01\0\0" or not 3 <= length <= 254:
        raise Malformed("no answer of Modbus")
    return length - 1


def parse_identity(content: bytes) -> dict[str, str] | int:
    """Return the objects of an identification, or the code of an exception; raises Malformed."""
    if len(content) == 2 and content[0] == _EXCEPTION and 1 <= content[1] <= 11:
        return content[1]
    if len(content) < 7 or content[0] != _FUNCTION or content[1] != _MEI or content[2] != 1:
        raise Malformed("not a device identification")
    objects: dict[str, str] = {}
    place = 7
    for _ in range(content[6]):
        if len(content) < place + 2 or len(content) < place + 2 + content[place + 1]:
            raise Malformed("an object longer than the answer")
        end = place + 2 + content[place + 1]
        objects[_OBJECTS.get(content[place], f"object_{content[place]}")] = clean(content[place + 2 : end], 120)
        place = end
    return objects


async def ask(talk: Talk) -> ModbusFacts | None:
    """Ask the device for its name, and touch neither coils nor registers."""
    await talk.send(ASK_IDENTITY)
    found = parse_identity(await talk.read_exactly(parse_header(await talk.read_exactly(7))))
    if isinstance(found, int):
        return ModbusFacts(
            product="Modbus device",
            proof=(Exchange("Read Device Identification", f"exception {found}"),),
            note="it speaks Modbus, which has no login, and does not tell its name; nothing else was tried",
        )
    evidence: dict[str, Json] = dict(found)
    return ModbusFacts(
        access=Access.METADATA,
        product=" ".join(filter(None, (found.get("vendor"), found.get("product")))) or "Modbus device",
        version=found.get("revision") or None,
        evidence=evidence,
        proof=(Exchange("Read Device Identification", counted(len(found), "object")),),
    )


def _open(facts: ModbusFacts) -> str | None:
    if facts.access < Access.METADATA:
        return None
    return f"{facts.product} answers anybody over Modbus, which knows no login for writing either."


_PAGES = ("https://modbus.org/docs/MB-TCP-Security-v21_2018-07-24.pdf",)

PROBE = Probe(
    id="modbus",
    title="Modbus/TCP",
    ports=tcp(502),
    sends=(line(ASK_IDENTITY, why="Read Device Identification reads three texts"),),
    ask=ask,
    no_moods="its states are exception codes, which are all read",
    only_default_ports=True,
    references=_PAGES,
    rules=(
        Rule(
            id="modbus-reachable",
            title="A Modbus controller answers anybody",
            why="Modbus has no login: whoever reaches the controller reads its process and writes to it.",
            controls=Controls.DEVICE,
            holds=_open,
            remedy=(
                "# no setting of the controller helps: put it behind a firewall or VPN",
                close_to_strangers("tcp dport 502", hook="forward"),
                "# where both sides can: Modbus/TCP Security, TLS with certificates on port 802",
            ),
            cwe=(306, 1188, 668),
            attack=("T0883", "T0888"),
            references=_PAGES,
        ),
    ),
)
