"""RPyC: Python objects over the network; the classic server hands out the whole interpreter.

Specification: https://rpyc.readthedocs.io/en/latest/docs/security.html (only the root is asked for).
"""

import re
from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean

# Length, no compression, then in RPyC's own encoding: request 1, get the root, no arguments.
ROOT = b"\x00\x00\x00\x08\x00\x12QQ\x11S\x11R\x02\n"
_HEADER = 5
_MOST_BYTES = 1_024
# Reply 1 is a reference to an object, whose class is named.
_REFERENCE = re.compile(rb"\x12RQ\x11T\x12.{1,3}?([A-Za-z_][\w.]{2,200})\x16", re.DOTALL)
_CLASSIC = ("SlaveService", "ClassicService", "MasterService")


@dataclass(frozen=True, slots=True, kw_only=True)
class RpycFacts(Facts):
    """What a server told."""

    classic: bool = False
    """Whether the root is the whole interpreter."""


def parse_length(header: bytes) -> int:
    """Return how many bytes follow a header, the line end too; raises Malformed."""
    length = int.from_bytes(header[:4], "big")
    if len(header) != _HEADER or header[4] > 1 or not 0 < length <= _MOST_BYTES:
        raise Malformed("no header of RPyC")
    return length + 1


def parse_root(payload: bytes) -> str:
    """Return the class of the root; raises Malformed."""
    found = _REFERENCE.match(payload)
    if found is None:
        raise Malformed("no reference to an object")
    return clean(found[1], 200)


async def ask(talk: Talk) -> RpycFacts:
    """Ask for the root of the connection, which every client does first."""
    await talk.send(ROOT)
    name = parse_root(await talk.read_exactly(parse_length(await talk.read_exactly(_HEADER))))
    classic = name.rpartition(".")[2] in _CLASSIC
    return RpycFacts(
        access=Access.CONTROL if classic else Access.METADATA,
        product="RPyC",
        evidence={"service": name},
        proof=(Exchange("get the root", f"a reference to {name}"),),
        classic=classic,
    )


def _answers(facts: RpycFacts) -> str | None:
    if facts.access < Access.METADATA or facts.classic:
        return None
    return "The server hands its root object to this address; what it may do is up to its methods."


_PAGES = ("https://rpyc.readthedocs.io/en/latest/docs/security.html",)
_REMEDY = (
    "# this machine alone, and behind it an authenticator with certificates",
    "ThreadedServer(Service, hostname='127.0.0.1', port=18812, authenticator=SSLAuthenticator(key, cert, ca))",
)

PROBE = Probe(
    id="rpyc",
    title="RPyC",
    ports=tcp(18812),
    sends=(line(ROOT, why="asks for a reference, as every client does; nothing is called"),),
    ask=ask,
    only_default_ports=True,
    no_moods="every connection gets its root, whatever others do",
    references=_PAGES,
    rules=(
        Rule(
            id="rpyc-classic",
            title="RPyC's classic server runs Python for anybody",
            why="Anybody imports what they like and runs commands as the server's user.",
            controls=Controls.HOST,
            holds=reads(Access.CONTROL, "The root of a connection is the whole interpreter, and there is no login."),
            remedy=_REMEDY,
            cwe=(306, 1188, 749),
            attack=("T1190", "T1059.006"),
            references=_PAGES,
        ),
        Rule(
            id="rpyc-no-login",
            title="An RPyC service answers anybody",
            why="Anybody calls what the service exposes, and reaches what it forgot to hide.",
            controls=Controls.DATA,
            holds=_answers,
            remedy=_REMEDY,
            cwe=(306, 668),
            attack=("T1190", "T1059.006"),
            references=_PAGES,
        ),
    ),
)
