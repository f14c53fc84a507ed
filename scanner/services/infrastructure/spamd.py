"""spamd: SpamAssassin's daemon; it takes mail from anybody to judge, and may learn from it.

Specification: https://svn.apache.org/repos/asf/spamassassin/trunk/spamd/PROTOCOL
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

PING = b"PING SPAMC/1.5\r\n\r\n"
_PONG = re.compile(rb"SPAMD/(\d\.\d) 0 PONG\r\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpamdFacts(Facts):
    """What a daemon answered."""


def parse_pong(reply: bytes) -> str:
    """Return the version of the protocol; raises Malformed."""
    found = _PONG.fullmatch(reply)
    if found is None:
        raise Malformed("no answer to PING")
    return clean(found[1], 10)


async def ask(talk: Talk) -> SpamdFacts:
    """Ask whether it is there; it closes on addresses that are not on its list, and has no other login."""
    await talk.send(PING)
    protocol = parse_pong(await talk.read_until(b"\n", 200))
    return SpamdFacts(
        access=Access.METADATA,
        product="SpamAssassin spamd",
        evidence={"protocol": protocol},
        proof=(Exchange("PING", f"SPAMD/{protocol} 0 PONG"),),
    )


_PAGES = ("https://spamassassin.apache.org/full/4.0.x/doc/spamd.html",)

PROBE = Probe(
    id="spamd",
    title="SpamAssassin spamd",
    ports=tcp(783),
    sends=(line(PING, why="asks whether it is there"),),
    ask=ask,
    only_default_ports=True,
    no_moods="it answers PING from a process that is kept for it, or not at all",
    references=_PAGES,
    rules=(
        Rule(
            id="spamd-open",
            title="spamd answers an address that is not its own",
            why="Anybody keeps it busy, tests mail until it passes, and teaches it where --allow-tell is on.",
            controls=Controls.TELEMETRY,
            holds=reads(Access.METADATA, "spamd answers this address."),
            remedy=(
                "# /etc/default/spamd: this machine alone",
                'OPTIONS="--listen 127.0.0.1 --allowed-ips 127.0.0.1"',
            ),
            cwe=(306, 668),
            attack=("T1190",),
            references=_PAGES,
        ),
    ),
)
