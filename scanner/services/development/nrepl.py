"""nREPL: Clojure evaluated for whoever connects.

Specification: https://nrepl.org/nrepl/design/overview.html. It is asked what it can do; nothing is evaluated.
"""

from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.sends import line
from scanner.core.talk import Talk

DESCRIBE = b"d2:op8:describee"
_END = b"8:versionsd"
_OPERATIONS = b"3:opsd"
_EVALUATES = b"4:evald"


@dataclass(frozen=True, slots=True, kw_only=True)
class NreplFacts(Facts):
    """What a server told."""


def parse_operations(reply: bytes) -> bool:
    """Tell whether a reply to describe names `eval` among its operations; raises Malformed for other replies."""
    _, found, operations = reply.partition(_OPERATIONS)
    if not reply.startswith(b"d") or not found:
        raise Malformed("no description of nREPL")
    return _EVALUATES in operations


async def ask(talk: Talk) -> NreplFacts:
    """Ask for the operations; there is no login before any of them."""
    await talk.send(DESCRIBE)
    evaluates = parse_operations(await talk.read_until(_END))
    return NreplFacts(
        access=Access.CONTROL if evaluates else Access.METADATA,
        product="nREPL",
        proof=(Exchange("describe", "eval is among its operations" if evaluates else "its operations, without eval"),),
    )


_PAGES = ("https://nrepl.org/nrepl/usage/tls.html", "https://nrepl.org/nrepl/usage/server.html")

PROBE = Probe(
    id="nrepl",
    title="nREPL",
    ports=tcp(7888),
    sends=(line(DESCRIBE, why="lists the operations; evaluates nothing"),),
    ask=ask,
    no_moods="it describes itself alike whatever its sessions do",
    references=_PAGES,
    rules=(
        Rule(
            id="nrepl-open",
            title="nREPL evaluates code for anybody",
            why="Anybody runs code in the application, with all that it may do and knows.",
            controls=Controls.HOST,
            holds=reads(Access.METADATA, "nREPL describes itself to this address; it asks nobody for a login."),
            remedy=(
                ";; this machine alone, reached through SSH, or TLS with client certificates",
                '(nrepl.server/start-server :bind "127.0.0.1" :port 7888)',
            ),
            cwe=(306, 489, 749),
            attack=("T1190", "T1059"),
            references=_PAGES,
        ),
    ),
)
