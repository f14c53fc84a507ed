"""IPMI: the second computer inside a server, which switches it on and off and sees its console.

Specification: IPMI 2.0 revision 1.1, sections 13.1 (RMCP) and 22.13 (Get Channel Authentication Capabilities)
"""

from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import close_to_strangers
from scanner.core.jsontext import Json
from scanner.core.probe import Probe, udp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import datagram
from scanner.core.talk import DatagramTalk

# RMCP, no session: this channel, what an administrator may use, with the flag for IPMI 2.0
ASK_CAPABILITIES = bytes.fromhex("0600ff07000000000000000000092018c88100388e04b5")
_COMMAND = 0x38
_TYPES = ((0x01, "none"), (0x02, "MD2"), (0x04, "MD5"), (0x10, "password"), (0x20, "OEM"))


@dataclass(frozen=True, slots=True, kw_only=True)
class IpmiFacts(Facts):
    """What a management controller says of its own lock."""

    without_login: bool = False
    """Whether it offers sessions without authentication, or to a user without name and password."""


def parse_capabilities(data: bytes) -> tuple[int, int, bool]:
    """Return (authentication types, status bits, whether it speaks IPMI 2.0); raises Malformed for anything else."""
    if len(data) < 29 or data[:4] != b"\x06\0\xff\x07" or data[4:13] != bytes(9) or data[19] != _COMMAND:
        raise Malformed("not an answer of IPMI")
    message = data[14 : 14 + data[13]]
    if len(message) != data[13] or len(message) < 15 or sum(message[:3]) & 0xFF or sum(message[3:]) & 0xFF:
        raise Malformed("an answer with wrong sums")
    if message[6]:
        raise Malformed(f"completion code 0x{message[6]:02x}")
    return message[8] & 0x3F, message[9], bool(message[8] & 0x80)


async def ask(talk: DatagramTalk) -> IpmiFacts | None:
    """Ask what one would need to log in; no session is opened and no hash is asked for."""
    types, status, second = parse_capabilities(await talk.ask(ASK_CAPABILITIES))
    offered: list[Json] = [name for bit, name in _TYPES if types & bit]
    anonymous = bool(status & 0x01)
    without = "none" in offered or anonymous
    said = (
        f"authentication {', '.join(map(str, offered)) or 'of IPMI 2.0 only'}{', anonymous login' if anonymous else ''}"
    )
    return IpmiFacts(
        access=Access.METADATA if without else Access.UNKNOWN,
        product="IPMI controller",
        version="2.0" if second else "1.5",
        evidence={"authentication": offered, "anonymous_login": anonymous, "null_user_names": bool(status & 0x02)},
        proof=(Exchange("Get Channel Authentication Capabilities", said),),
        note=None if without else "a management controller answers here; what it lets in can't be told without a login",
        without_login=without,
    )


def _open(facts: IpmiFacts) -> str | None:
    if not facts.without_login:
        return None
    return "By its own word it opens sessions without authentication or for a user without a name."


_PAGES = (
    "https://www.cisa.gov/news-events/alerts/2013/07/26/risks-using-intelligent-platform-management-interface-ipmi",
)

PROBE = Probe(
    id="ipmi",
    no_moods="it says alike in every state what a login takes",
    title="IPMI",
    ports=udp(623),
    sends=(datagram(ASK_CAPABILITIES, why="reads which ways of logging in exist"),),
    ask_datagram=ask,
    references=_PAGES,
    rules=(
        Rule(
            id="ipmi-no-auth",
            title="A management controller offers sessions without a login",
            why="Anybody switches the machine off, starts it from another disk and sees its console.",
            controls=Controls.HOST,
            holds=_open,
            remedy=(
                "# no sessions without authentication, no user without a name, no cipher suite 0",
                "ipmitool lan set 1 auth ADMIN MD5",
                "ipmitool user disable 1",
                "ipmitool lan set 1 cipher_privs XXXaXXXXXXXXXXX",
                "# and the controller on a network of its own",
                close_to_strangers("udp dport 623", hook="forward"),
            ),
            cwe=(306, 1188, 668),
            attack=("T1190", "T1542"),
            references=_PAGES,
        ),
    ),
)
