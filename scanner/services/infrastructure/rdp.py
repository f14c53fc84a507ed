"""Remote Desktop: a server that shows its sign-in screen before it knows who is there.

Specification: MS-RDPBCGR 2.2.1.1 and 2.2.1.2 (the X.224 negotiation, the first two packets; nobody is logged in).
"""

from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.sends import line
from scanner.core.talk import Talk

# TPKT, X.224 connection request, and a request for TLS alone: whoever insists on NLA says so.
REQUEST = bytes.fromhex("030000130ee000000000000100080001000000")
_HEADER = 4
_MOST_BYTES = 64
_CONFIRM = 0xD0
_RESPONSE, _FAILURE = 2, 3
_ANSWERS = {
    (_RESPONSE, 0): (Access.METADATA, "its own encryption, without TLS and NLA"),
    (_RESPONSE, 1): (Access.METADATA, "TLS without network-level authentication"),
    (_FAILURE, 2): (Access.METADATA, "its own encryption, without TLS and NLA"),
    (_FAILURE, 3): (Access.METADATA, "its own encryption, without TLS and NLA"),
    (_FAILURE, 5): (Access.REFUSED, "network-level authentication is required"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RdpFacts(Facts):
    """What a server agreed to."""


def parse_length(header: bytes) -> int:
    """Return how many bytes follow a TPKT header; raises Malformed."""
    length = int.from_bytes(header[2:4], "big") - _HEADER
    if header[:2] != b"\x03\x00" or not 0 < length <= _MOST_BYTES:
        raise Malformed("no TPKT header")
    return length


def parse_confirm(packet: bytes) -> tuple[Access, str]:
    """Return what a connection confirm means; raises Malformed for one that does not negotiate as RDP does."""
    if len(packet) != 15 or packet[1] != _CONFIRM or packet[9:11] != b"\x08\x00":
        raise Malformed("no negotiation of RDP")
    answer = packet[7], int.from_bytes(packet[11:15], "little")
    if answer not in _ANSWERS:
        raise Malformed("an answer that RDP does not have")
    return _ANSWERS[answer]


async def ask(talk: Talk) -> RdpFacts:
    """Offer TLS alone: a server that lets only known users near its screen refuses that."""
    await talk.send(REQUEST)
    access, meaning = parse_confirm(await talk.read_exactly(parse_length(await talk.read_exactly(_HEADER))))
    return RdpFacts(
        access=access,
        product="Remote Desktop",
        proof=(Exchange("a connection request for TLS alone", meaning),),
    )


_PAGES = (
    "https://learn.microsoft.com/openspecs/windows_protocols/ms-rdpbcgr/",
    "https://learn.microsoft.com/windows-server/remote/remote-desktop-services/remotepc/remote-desktop-allow-access",
)

PROBE = Probe(
    id="rdp",
    title="Remote Desktop (RDP)",
    ports=tcp(3389),
    sends=(line(REQUEST, why="negotiates encryption; nobody signs in"),),
    ask=ask,
    no_moods="the negotiation comes before any session, and answers alike whoever is signed in",
    references=_PAGES,
    rules=(
        Rule(
            id="rdp-no-nla",
            title="Remote Desktop shows its sign-in screen to anybody",
            why="Anybody reaches code that runs before the login (BlueKeep), sees user names and tries passwords.",
            controls=Controls.DEVICE,
            holds=reads(Access.METADATA, "The server opens a session without network-level authentication."),
            remedy=(
                "# behind a VPN or a gateway, never on the Internet, and with network-level authentication:",
                "Set-ItemProperty 'HKLM:\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\WinStations\\RDP-Tcp'"
                " UserAuthentication 1",
                "# xrdp has none: /etc/xrdp/xrdp.ini, this machine alone, and an SSH tunnel",
                "port=tcp://127.0.0.1:3389",
            ),
            cwe=(306, 668),
            attack=("T1190", "T1133"),
            references=_PAGES,
        ),
    ),
)
