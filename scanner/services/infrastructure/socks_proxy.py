"""SOCKS 5: a proxy that wants no password relays anybody's connections, into the network it stands in as well.

Specification: RFC 1928 section 3
"""

from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import PLACEHOLDER
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk

OFFER_NOTHING = b"\x05\x01\x00"
OFFER_PASSWORD = b"\x05\x01\x02"
_NO_METHOD = 0xFF


@dataclass(frozen=True, slots=True, kw_only=True)
class SocksFacts(Facts):
    """What a proxy agreed to."""


def parse_method(reply: bytes, offered: int) -> bool:
    """Return whether the method that was offered is accepted; raises Malformed for any other reply."""
    if len(reply) != 2 or reply[0] != 5 or reply[1] not in {offered, _NO_METHOD}:
        raise Malformed("not a choice of method")
    return reply[1] == offered


async def ask(talk: Talk) -> SocksFacts | None:
    """Offer no authentication, then a password alone, each on its own connection; no relay is ever asked for."""
    await talk.send(OFFER_NOTHING)
    free = parse_method(await talk.read_exactly(2), 0)
    await talk.reopen()
    await talk.send(OFFER_PASSWORD)
    password = parse_method(await talk.read_exactly(2), 2)
    proof = (
        Exchange("offer of a password", "accepted" if password else "no acceptable method"),
        Exchange("offer of no authentication", "accepted" if free else "no acceptable method"),
    )
    if free:
        return SocksFacts(access=Access.CONTROL, product="SOCKS 5 proxy", evidence={"password": password}, proof=proof)
    if password:
        return SocksFacts(access=Access.REFUSED, product="SOCKS 5 proxy", proof=proof)
    return SocksFacts(product="SOCKS 5 proxy", proof=proof, note="it takes neither strangers nor passwords")


def _open(facts: SocksFacts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    return "The proxy lets anybody in without authentication; where it connects to was not tried."


_PAGES = ("https://www.rfc-editor.org/rfc/rfc1928#section-9",)

PROBE = Probe(
    id="socks-proxy",
    title="SOCKS 5 proxy",
    ports=tcp(1080, 1081, 9050, 10808),
    sends=(line(OFFER_NOTHING), line(OFFER_PASSWORD, why="a method is named, no password is sent")),
    ask=ask,
    no_moods="its answer is one byte, the method it chose; a full one accepts no connection",
    references=_PAGES,
    rules=(
        Rule(
            id="socks-proxy-no-auth",
            title="A SOCKS proxy wants no authentication",
            why="Anybody reaches the network behind it and hides behind its address, as far as its rules let them.",
            controls=Controls.RELAY,
            holds=_open,
            remedy=(
                "# microsocks: a user and a password, on the inner address",
                "microsocks -i 10.0.0.5 -p 1080 -u proxy -P <long random password>",
                "# dante (danted.conf)",
                "socksmethod: username",
                f"client pass {{ from: {PLACEHOLDER} to: 0.0.0.0/0 }}",
            ),
            cwe=(306, 441, 668),
            attack=("T1190", "T1090"),
            references=_PAGES,
        ),
    ),
)
