"""SIP: telephone servers, named by what they answer to OPTIONS.

Specification: RFC 3261 section 11. Nobody is called and nobody registers; what a stranger may dial can't be told so.
"""

import re
from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.facts import Exchange, Facts
from scanner.core.number import parse_number
from scanner.core.probe import Probe, udp
from scanner.core.sends import datagram
from scanner.core.talk import DatagramTalk
from scanner.core.text import clean

_CALL = b"exposure-1@scanner.invalid"
QUESTION = (
    b"OPTIONS sip:info@scanner.invalid SIP/2.0\r\nVia: SIP/2.0/UDP scanner.invalid;rport;branch=z9hG4bKexposure\r\n"
    b"Max-Forwards: 0\r\nFrom: <sip:info@scanner.invalid>;tag=1\r\nTo: <sip:info@scanner.invalid>\r\n"
    b"Call-ID: " + _CALL + b"\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)
_STATUS = re.compile(rb"SIP/2\.0 ([1-6]\d\d) ")
_NAME = re.compile(rb"^(?:Server|User-Agent):[ \t]*([^\r\n]{1,120})", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SipFacts(Facts):
    """What a server answered."""


def parse_answer(data: bytes) -> tuple[int, str | None]:
    """Return (status, what the server calls itself) of the answer to our call; raises Malformed."""
    status = _STATUS.match(data)
    if status is None or _CALL not in data:
        raise Malformed("no answer of SIP")
    name = _NAME.search(data)
    return parse_number(status[1]) or 0, clean(name[1], 120) if name else None


async def ask(talk: DatagramTalk) -> SipFacts:
    """Ask for what it can do, with no hop left, so that nobody else is asked."""
    status, name = parse_answer(await talk.ask(QUESTION))
    return SipFacts(
        product=name or "SIP server",
        evidence={"status": status},
        proof=(Exchange("OPTIONS", str(status)),),
        note="who may call through it can't be told without calling",
    )


PROBE = Probe(
    id="sip",
    title="SIP server",
    ports=udp(5060),
    sends=(datagram(QUESTION, why="asks what it can do; nobody is called"),),
    ask_datagram=ask,
    no_moods="any status of the protocol names it as well",
    references=("https://www.rfc-editor.org/rfc/rfc3261#section-11",),
)
