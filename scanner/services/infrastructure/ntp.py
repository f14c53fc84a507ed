"""NTP servers that answer questions about themselves: mode 6 tells versions and peers, mode 7 floods others.

Specification: RFC 5905, RFC 9327 (mode 6); mode 7 is ntpd's own, see https://www.ntp.org/support/securitynotice/
"""

import re
from dataclasses import dataclass, replace

from scanner.core.count import counted
from scanner.core.errors import Malformed, TalkError
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.jsontext import Json
from scanner.core.probe import Probe, udp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import datagram
from scanner.core.talk import DatagramTalk
from scanner.core.text import clean

# version 4, mode 3: what every client sends
ASK_TIME = b"\x23" + bytes(39) + b"\x4d\x53\x13\x57\x24\x68\x10\x01"
# version 2, mode 6, read variables, sequence 1
ASK_VARIABLES = bytes.fromhex("160200010000000000000000")
# version 2, mode 7, implementation XNTPD, MON_GETLIST_1, padded as clients pad it
ASK_MONLIST = bytes.fromhex("1700032a00000000") + bytes(184)
_MOST_BYTES = 4_096
"""What is read of an answer: RFC 9327 keeps one fragment below 500 bytes."""
_VARIABLE = re.compile(rb'(version|processor|system|refid|stratum)=("[^"]{0,200}"|[^,\r\n"]{1,60})')
_SERVER, _CONTROL, _PRIVATE = 4, 6, 7


@dataclass(frozen=True, slots=True, kw_only=True)
class NtpFacts(Facts):
    """What a time server showed."""

    mode6: bool = False
    monlist: int | None = None
    """Clients that the answer to one small question names; None when it is refused."""


def parse_time(data: bytes) -> int:
    """Return the stratum of an answer to a client; raises Malformed unless it repeats our own timestamp."""
    if len(data) < 48 or data[0] & 7 != _SERVER or data[24:32] != ASK_TIME[40:48]:
        raise Malformed("not an answer of a time server")
    return data[1]


def parse_variables(data: bytes) -> dict[str, str]:
    """Return the variables that name the product, of an answer of mode 6; raises Malformed for anything else."""
    if len(data) < 12 or data[0] & 7 != _CONTROL or data[1] & 0xDF != 0x82 or data[2:4] != b"\0\x01":
        raise Malformed("not an answer of mode 6")
    return {name.decode(): clean(value.strip(b'"'), 120) for name, value in _VARIABLE.findall(data[12:_MOST_BYTES])}


def parse_monlist(data: bytes) -> int:
    """Return the clients that one packet of a monlist names; raises Malformed for errors and anything else."""
    if len(data) < 8 or data[0] & 0x87 != 0x87 or data[3] != ASK_MONLIST[3] or data[4] >> 4:
        raise Malformed("not a list of clients")
    return int.from_bytes(data[4:6], "big") & 0x0FFF


async def ask(talk: DatagramTalk) -> NtpFacts | None:
    """Ask for the time as every client does, then for the variables, then for the clients."""
    stratum = parse_time(await talk.ask(ASK_TIME))
    facts = NtpFacts(
        product="NTP server",
        evidence={"stratum": stratum},
        proof=(Exchange("time", f"stratum {stratum}"),),
        note="it tells the time, which is public, and answers no questions about itself",
    )
    try:
        found = parse_variables(await talk.ask(ASK_VARIABLES))
    except TalkError:
        found = None
    if found is not None:
        evidence: dict[str, Json] = {
            **facts.evidence,
            **{name: found[name] for name in ("system", "processor") if name in found},
        }
        facts = replace(
            facts,
            access=Access.METADATA,
            product=_product(found.get("version", "")),
            version=_version(found.get("version", "")),
            evidence=evidence,
            proof=(*facts.proof, Exchange("mode 6, read variables", f"{counted(len(found), 'variable')} of itself")),
            note=None,
            mode6=True,
        )
    return await _monlist(talk, facts)


async def _monlist(talk: DatagramTalk, facts: NtpFacts) -> NtpFacts:
    try:
        answer = await talk.ask(ASK_MONLIST)
        clients = parse_monlist(answer)
    except TalkError:
        return facts
    return replace(
        facts,
        access=Access.METADATA,
        evidence={**facts.evidence, "clients": clients, "answer_bytes": len(answer)},
        proof=(
            *facts.proof,
            Exchange("mode 7, monlist", f"{counted(clients, 'client')} in {counted(len(answer), 'byte')}"),
        ),
        note=None,
        monlist=clients,
    )


def _product(text: str) -> str:
    return "NTPsec" if "ntpsec" in text else "ntpd" if text.startswith("ntpd") else "NTP server"


def _version(text: str) -> str | None:
    found = re.search(r"\d+\.\d+[\w.]*", text)
    return found[0] if found else None


def _mode6(facts: NtpFacts) -> str | None:
    return "It tells anybody its version and machine (mode 6)." if facts.mode6 else None


def _floods(facts: NtpFacts) -> str | None:
    return None if facts.monlist is None else "It lists its clients to anybody (monlist): a lever against others."


_PAGES = ("https://www.ntp.org/support/securitynotice/", "https://docs.ntpsec.org/latest/accopt.html")
_REMEDY = (
    "# ntp.conf: the time for everybody, questions for this machine alone",
    "restrict default kod limited nomodify nopeer noquery",
    "restrict 127.0.0.1",
    "restrict ::1",
    "disable monitor",
    "# ntpd before 4.2.7p26: replace it, with chrony say",
    "apt-get install chrony",
)

PROBE = Probe(
    id="ntp",
    no_moods="a clock that is not set says so in the same answer",
    title="NTP",
    ports=udp(123),
    sends=(
        datagram(ASK_TIME),
        datagram(ASK_VARIABLES, why="reads variables"),
        datagram(ASK_MONLIST, why="reads a list"),
    ),
    ask_datagram=ask,
    # Two questions that a good server never answers.
    deadline_s=12.0,
    references=_PAGES,
    rules=(
        Rule(
            id="ntp-monlist",
            title="An NTP server lists its clients to anybody",
            why="A small forged question makes it send a long answer to a victim; the list itself names its clients.",
            controls=Controls.RELAY,
            holds=_floods,
            remedy=_REMEDY,
            cwe=(406, 200),
            attack=("T1498.002",),
            references=_PAGES,
        ),
        Rule(
            id="ntp-mode6",
            title="An NTP server tells strangers about itself",
            why="Version, kernel and peers help who prepares an attack; the answers are longer than the questions.",
            controls=Controls.TELEMETRY,
            holds=_mode6,
            remedy=_REMEDY,
            cwe=(200, 497),
            attack=("T1082",),
            references=_PAGES,
        ),
    ),
)
