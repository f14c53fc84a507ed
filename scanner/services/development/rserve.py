"""Rserve: a session of R for whoever connects, and R runs commands of the machine.

Specification: https://www.rforge.net/Rserve/dev.html (the 32 bytes that it greets with name protocol and login).
"""

from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.number import parse_number
from scanner.core.probe import Greeting, Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.talk import Talk
from scanner.core.text import clean

_START = b"Rsrv"
_LENGTH = 32
_LOGINS = (b"ARuc", b"ARpt")
"""Attributes that demand a login, with a crypted or a plain password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RserveFacts(Facts):
    """What a server greeted with."""


def parse_greeting(data: bytes) -> tuple[str, bool]:
    """Return (version of the protocol, whether a login is due); raises Malformed."""
    words = [data[at : at + 4] for at in range(0, _LENGTH, 4)]
    if len(data) != _LENGTH or words[0] != _START or words[2] != b"QAP1" or parse_number(words[1]) is None:
        raise Malformed("no greeting of Rserve")
    return clean(words[1], 4), any(word in _LOGINS for word in words[3:])


async def ask(talk: Talk) -> RserveFacts:
    """Read the greeting; where it names no login the next message may be code."""
    protocol, login = parse_greeting(await talk.read_exactly(_LENGTH))
    return RserveFacts(
        access=Access.REFUSED if login else Access.CONTROL,
        product="Rserve",
        evidence={"protocol": protocol},
        proof=(Exchange("connecting", f"Rsrv{protocol}, {'a' if login else 'no'} login is demanded"),),
    )


_PAGES = ("https://www.rforge.net/Rserve/doc.html",)

PROBE = Probe(
    id="rserve",
    title="Rserve",
    ports=tcp(6311),
    sends=(),
    ask=ask,
    greetings=(Greeting(start=_START),),
    listens_first=True,
    no_moods="it greets every connection alike, from a process of its own",
    references=_PAGES,
    rules=(
        Rule(
            id="rserve-no-login",
            title="Rserve runs R for anybody",
            why="Anybody runs R, and with it commands of the machine as the server's user.",
            controls=Controls.HOST,
            holds=reads(Access.CONTROL, "Rserve greets this address and demands no login."),
            remedy=(
                "# Rserv.conf: this machine alone, and a login",
                "remote disable",
                "auth required",
                "pwdfile /etc/Rserve.passwords",
            ),
            cwe=(306, 1188, 749),
            attack=("T1190", "T1059"),
            references=_PAGES,
        ),
    ),
)
