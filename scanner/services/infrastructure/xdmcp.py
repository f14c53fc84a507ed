"""XDMCP: a graphical login over the network, in clear text.

Specification: https://www.x.org/releases/X11R7.6/doc/libXdmcp/xdmcp.html, Query and Willing; no session is requested.
"""

from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.probe import Probe, udp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.sends import datagram
from scanner.core.talk import DatagramTalk
from scanner.core.text import clean

# Version 1, Query, one byte more: no names of authentications.
QUERY = bytes.fromhex("00010002000100")
_WILLING, _UNWILLING = 5, 6
_HEADER = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class XdmcpFacts(Facts):
    """What a display manager answered."""


def parse_answer(data: bytes) -> tuple[bool, tuple[str, ...]]:
    """Return (whether it is willing, the texts that it sends: names and status); raises Malformed."""
    opcode, length = int.from_bytes(data[2:4], "big"), int.from_bytes(data[4:6], "big")
    if data[:2] != b"\0\1" or opcode not in {_WILLING, _UNWILLING} or len(data) != _HEADER + length:
        raise Malformed("no answer of XDMCP")
    texts: list[str] = []
    at = _HEADER
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if end > len(data):
            raise Malformed("a text that is longer than its packet")
        texts.append(clean(data[at + 2 : end], 120))
        at = end
    return opcode == _WILLING, tuple(texts)


async def ask(talk: DatagramTalk) -> XdmcpFacts:
    """Ask whether it manages displays of strangers."""
    willing, texts = parse_answer(await talk.ask(QUERY))
    host, status = (*texts[-2:], "", "")[:2]
    return XdmcpFacts(
        access=Access.METADATA if willing else Access.REFUSED,
        product="XDMCP",
        evidence={"host": host, "status": status},
        proof=(Exchange("Query", "Willing" if willing else "Unwilling"),),
    )


_PAGES = ("https://manpages.debian.org/stable/xdm/xdm.1.en.html",)

PROBE = Probe(
    id="xdmcp",
    title="XDMCP display manager",
    ports=udp(177),
    sends=(datagram(QUERY, why="asks whether it is willing; requests no session"),),
    ask_datagram=ask,
    no_moods="it is willing or unwilling, and says so",
    references=_PAGES,
    rules=(
        Rule(
            id="xdmcp-willing",
            title="A display manager offers its login to the network",
            why="Anybody gets the login screen and tries passwords; whoever listens reads every key that is pressed.",
            controls=Controls.DEVICE,
            holds=reads(Access.METADATA, "The display manager is willing to manage this address."),
            remedy=("# xdm-config: no XDMCP; use SSH", "DisplayManager.requestPort: 0"),
            cwe=(319, 306, 668),
            attack=("T1190", "T1040"),
            references=_PAGES,
            clear_text=True,
        ),
    ),
)
