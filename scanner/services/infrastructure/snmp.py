"""SNMP: a known community name reads a machine's configuration, routes and programs.

Specification: RFC 3412 and RFC 3414 section 4 (discovery), RFC 1901 and RFC 3416 (the community name)
"""

from dataclasses import dataclass, replace

from scanner.core.errors import Malformed, TimedOut
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.probe import Probe, udp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import datagram
from scanner.core.talk import DatagramTalk
from scanner.core.text import clean
from scanner.wire.ber import INTEGER, NULL, OCTETS, SEQUENCE, encode, encode_oid, parse_item, parse_items

_SYS_DESCR = encode_oid("1.3.6.1.2.1.1.1.0")
_UNKNOWN_ENGINES = encode_oid("1.3.6.1.6.3.15.1.1.4.0")
_GET, _RESPONSE, _REPORT = 0xA0, 0xA2, 0xA8
_ID = b"\x24\x68\x13\x57"
_GLOBAL = encode(
    SEQUENCE,
    encode(INTEGER, _ID),
    encode(INTEGER, b"\0\xff\xe3"),
    encode(OCTETS, b"\x04"),
    encode(INTEGER, b"\x03"),
)
_NOBODY = encode(
    SEQUENCE,
    encode(OCTETS),
    encode(INTEGER, b"\0"),
    encode(INTEGER, b"\0"),
    encode(OCTETS),
    encode(OCTETS),
    encode(OCTETS),
)


def _pdu(*variables: bytes) -> bytes:
    zero = encode(INTEGER, b"\0")
    return encode(_GET, encode(INTEGER, _ID), zero, zero, encode(SEQUENCE, *variables))


DISCOVER = encode(
    SEQUENCE,
    encode(INTEGER, b"\x03"),
    _GLOBAL,
    encode(OCTETS, _NOBODY),
    encode(SEQUENCE, encode(OCTETS), encode(OCTETS), _pdu()),
)
ASK_PUBLIC = encode(
    SEQUENCE,
    encode(INTEGER, b"\x01"),
    encode(OCTETS, b"public"),
    _pdu(encode(SEQUENCE, _SYS_DESCR, encode(NULL))),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SnmpFacts(Facts):
    """What an agent showed."""

    community: bool = False
    """Whether it answers to the community name public."""


def parse_report(data: bytes) -> str:
    """Return the engine's id, in hex, of the report that answers a discovery; raises Malformed for anything else."""
    message, _ = parse_item(data)
    parts = parse_items(message.content)
    if message.tag != SEQUENCE or len(parts) != 4 or parts[0].number != 3:
        raise Malformed("not a message of SNMPv3")
    security = parse_items(parse_item(parts[2].content)[0].content)
    scoped = parse_items(parts[3].content)
    if len(security) != 6 or len(scoped) != 3 or scoped[2].tag != _REPORT or _UNKNOWN_ENGINES not in scoped[2].content:
        raise Malformed("no report of an unknown engine")
    return security[0].content[:32].hex()


def parse_description(data: bytes) -> str:
    """Return sysDescr of a response to the community name; raises Malformed for anything else."""
    message, _ = parse_item(data)
    parts = parse_items(message.content)
    if message.tag != SEQUENCE or len(parts) != 3 or parts[0].number != 1 or parts[2].tag != _RESPONSE:
        raise Malformed("not a response of SNMPv2c")
    pdu = parse_items(parts[2].content)
    if len(pdu) != 4 or pdu[0].content != _ID or pdu[1].number != 0:
        raise Malformed("an error, or an answer to somebody else")
    variable = parse_items(parse_item(pdu[3].content)[0].content)
    if len(variable) != 2 or variable[1].tag != OCTETS:
        raise Malformed("no description")
    return clean(variable[1].content, 200)


async def ask(talk: DatagramTalk) -> SnmpFacts | None:
    """Discover the engine, which is public, then ask for the description under the name that vendors ship with."""
    facts: SnmpFacts | None = None
    try:
        engine = parse_report(await talk.ask(DISCOVER))
        facts = SnmpFacts(
            product="SNMP agent",
            evidence={"engine": engine},
            proof=(Exchange("SNMPv3 discovery", f"engine {engine}"),),
            note="it does not answer to the community name public; others were not tried",
        )
    except TimedOut:
        # Agents of SNMPv1 and v2c alone do not answer a discovery.
        pass
    try:
        description = parse_description(await talk.ask(ASK_PUBLIC))
    except TimedOut:
        return facts
    facts = facts or SnmpFacts(product="SNMP agent")
    return replace(
        facts,
        access=Access.METADATA,
        evidence={**facts.evidence, "description": description},
        proof=(*facts.proof, Exchange("GET sysDescr.0, community public", "the description")),
        community=True,
        note=None,
    )


def _public(facts: SnmpFacts) -> str | None:
    if not facts.community:
        return None
    return "It answers to the community name public, which every product ships with."


_PAGES = ("https://www.cisa.gov/news-events/alerts/2017/06/05/reducing-risk-snmp-abuse",)

PROBE = Probe(
    id="snmp",
    no_moods="an agent answers its community or nobody",
    title="SNMP",
    ports=udp(161),
    sends=(
        datagram(DISCOVER, why="SNMPv3 discovery: no user, no community"),
        datagram(ASK_PUBLIC, why="GET reads one text"),
    ),
    ask_datagram=ask,
    opt_in="a community name is a credential: naming this service asks for the one that every product ships with",
    references=_PAGES,
    rules=(
        Rule(
            id="snmp-community-public",
            title="SNMP answers to the community name public",
            why="Anybody reads interfaces, routes, programs and often user names, and changes what may be written.",
            controls=Controls.CONFIG,
            holds=_public,
            remedy=(
                "# snmpd.conf: no community; users of SNMPv3 with authentication and encryption",
                "agentaddress udp:10.0.0.5:161",
                "createUser monitor SHA-256 <long random> AES <long random>",
                "rouser monitor authPriv",
                "# delete every line of these two",
                "# rocommunity public",
                "# com2sec readonly default public",
            ),
            cwe=(1392, 200, 319),
            attack=("T1602.001", "T1082"),
            references=_PAGES,
        ),
    ),
)
