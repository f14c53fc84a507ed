"""Telnet: passwords and sessions in clear text; some devices hand out a shell without asking at all.

Specification: RFC 854, RFC 855
"""

import re
from dataclasses import dataclass

from scanner.core.errors import ClosedEarly, Malformed, TimedOut
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.probe import Greeting, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean

_IAC, _SB, _SE = 0xFF, 0xFA, 0xF0
_WILL, _WONT, _DO, _DONT = 0xFB, 0xFC, 0xFD, 0xFE
_MOST_BYTES = 8_192
_MOST_TURNS = 12
_LOGIN = re.compile(r"(?:login|user ?name|user|password|passcode|account)\s*:?\s*$", re.IGNORECASE)
_SHELL = re.compile(r"(?:^|[\w\])~/-])\s?[#$]\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class TelnetFacts(Facts):
    """What a terminal showed."""

    encrypted: bool = False


def parse_stream(data: bytes) -> tuple[list[tuple[int, int]], bytes]:
    """Return (options negotiated, text) of what a server sent so far; raises Malformed for unknown commands."""
    options: list[tuple[int, int]] = []
    text = bytearray()
    place = 0
    while place < len(data):
        if data[place] != _IAC:
            text.append(data[place])
            place += 1
            continue
        command = data[place + 1] if place + 1 < len(data) else 0
        if _WILL <= command <= _DONT:
            if place + 2 >= len(data):
                break
            options.append((command, data[place + 2]))
            place += 3
        elif command == _SB:
            end = data.find(bytes([_IAC, _SE]), place)
            if end < 0:
                break
            place = end + 2
        elif command == 0:
            break
        elif command == _IAC or 0xF1 <= command <= 0xF9:
            place += 2
        else:
            raise Malformed("not a command of Telnet")
    return options, bytes(text)


def parse_prompt(text: bytes) -> Access:
    """Return what the last line of a terminal stands for: a login, a shell, or nothing that can be told."""
    last = clean(text.replace(b"\0", b"").rstrip(b" ").replace(b"\r", b"\n").rpartition(b"\n")[2], 200)
    if _LOGIN.search(last):
        return Access.REFUSED
    return Access.CONTROL if _SHELL.search(last) else Access.UNKNOWN


async def ask(talk: Talk) -> TelnetFacts | None:
    """Refuse every option that the server brings up, and read on to its prompt; nothing is typed."""
    heard = await talk.read_some(_MOST_BYTES)
    options, text = parse_stream(heard)
    if not options or heard[0] != _IAC:
        return None
    answered = 0
    for _ in range(_MOST_TURNS):
        for command, option in options[answered:]:
            if command in {_WILL, _DO}:
                await talk.send(bytes([_IAC, _DONT if command == _WILL else _WONT, option]))
        answered = len(options)
        try:
            more = await talk.read_some(_MOST_BYTES)
        except (TimedOut, ClosedEarly):
            break
        heard += more
        if not more or len(heard) > _MOST_BYTES:
            break
        options, text = parse_stream(heard)
        if parse_prompt(text) is not Access.UNKNOWN:
            break
    return _judge(options, text, encrypted=talk.tls is not None)


def _judge(options: list[tuple[int, int]], text: bytes, *, encrypted: bool) -> TelnetFacts:
    access = parse_prompt(text)
    # A shell's prompt may hold names: what is kept is what it stands for.
    what = {Access.REFUSED: "it asks for a login", Access.CONTROL: "a shell's prompt"}.get(access, "no prompt")
    return TelnetFacts(
        access=access,
        product="Telnet",
        evidence={"options": len(options)},
        proof=(Exchange("every option refused", what),),
        note=None if access is not Access.UNKNOWN else "it negotiates options and shows no prompt",
        encrypted=encrypted,
    )


def _shell(facts: TelnetFacts) -> str | None:
    return "It shows a shell's prompt without asking who is there." if facts.access is Access.CONTROL else None


def _clear_text(facts: TelnetFacts) -> str | None:
    if facts.encrypted:
        return None
    return "Logins and sessions cross the network in clear text."


_PAGES = (
    "https://www.rfc-editor.org/rfc/rfc4949",
    "https://www.cisa.gov/news-events/directives/binding-operational-directive-23-02",
)
_REMEDY = (
    "# switch it off and take ssh",
    "systemctl disable --now inetd telnet.socket",
    "apt-get purge inetutils-telnetd telnetd",
    "systemctl enable --now ssh",
    "# network devices (Cisco IOS)",
    "line vty 0 4",
    " transport input ssh",
)

PROBE = Probe(
    id="telnet",
    title="Telnet",
    ports=tcp(23, 2323),
    sends=(
        line(bytes([_IAC, _WONT, 0]), vary=((2, 3),), why="refuses an option"),
        line(bytes([_IAC, _DONT, 0]), vary=((2, 3),), why="refuses an option"),
    ),
    ask=ask,
    no_moods="a full one says so in words of its own before any option, and then it is no telnet that can be told",
    listens_first=True,
    greetings=tuple(Greeting(start=bytes([_IAC, command])) for command in (_WILL, _DO)),
    references=_PAGES,
    rules=(
        Rule(
            id="telnet-shell-no-login",
            title="Telnet hands out a shell without a login",
            why="Anybody who connects types commands.",
            controls=Controls.HOST,
            holds=_shell,
            remedy=_REMEDY,
            cwe=(306, 319),
            attack=("T1190", "T1059"),
            references=_PAGES,
        ),
        Rule(
            id="telnet-clear-text",
            title="Telnet is in use",
            why="Whoever sits on the path reads passwords and takes sessions over.",
            controls=Controls.HOST,
            holds=_clear_text,
            remedy=_REMEDY,
            cwe=(319,),
            attack=("T1040", "T1557"),
            references=_PAGES,
            clear_text=True,
        ),
    ),
)
