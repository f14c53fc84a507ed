"""OpenVPN's management interface: who is let in stops the tunnel, answers its password prompts and sees its clients.

Specification: https://github.com/OpenVPN/openvpn/blob/master/doc/management-notes.txt. It serves one client at a time.
"""

from dataclasses import dataclass

from scanner.core.facts import Access, Exchange, Facts
from scanner.core.probe import Greeting, Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.talk import Talk

BANNER = b">INFO:OpenVPN Management Interface Version "
PROMPT = b"ENTER PASSWORD:"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenVpnFacts(Facts):
    """What a management interface told."""


async def ask(talk: Talk) -> OpenVpnFacts | None:
    """Hear whether it asks for its password; whoever is let in without one could give orders now, and gives none."""
    greeting = await talk.read_exactly(len(PROMPT))
    if greeting == PROMPT:
        access, heard = Access.REFUSED, "a prompt for its password"
    elif greeting + await talk.read_exactly(len(BANNER) - len(greeting)) == BANNER:
        access, heard = Access.CONTROL, "its banner, and no prompt for a password"
    else:
        return None
    return OpenVpnFacts(access=access, product="OpenVPN", proof=(Exchange("connecting", heard),))


_PAGES = ("https://github.com/OpenVPN/openvpn/blob/master/doc/management-notes.txt",)

PROBE = Probe(
    id="openvpn-management",
    title="OpenVPN management interface",
    ports=tcp(7505),
    sends=(),
    ask=ask,
    greetings=(Greeting(start=BANNER), Greeting(start=PROMPT)),
    listens_first=True,
    no_moods="it greets alike whether the tunnel is up, down or on hold",
    references=_PAGES,
    rules=(
        Rule(
            id="openvpn-management-no-password",
            title="OpenVPN's management interface asks for no password",
            why="Anybody stops the tunnel, throws clients out, reads who is in it and answers its password prompts.",
            controls=Controls.CONFIG,
            holds=reads(Access.CONTROL, "The management interface answers this address without a password."),
            remedy=(
                "# server.conf: a socket of this machine, or this address alone with a password",
                "management /run/openvpn/management.sock unix",
                "management 127.0.0.1 7505 /etc/openvpn/management-password",
            ),
            cwe=(306, 1188, 668),
            attack=("T1190", "T1489", "T1018"),
            references=_PAGES,
        ),
    ),
)
