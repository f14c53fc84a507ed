"""VNC: without a password anybody sees the screen and uses the keyboard.

Specification: RFC 6143 section 7.1; VeNCrypt: https://github.com/rfbproto/rfbproto/blob/master/rfbproto.rst
"""

from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.guard import Guard
from scanner.core.image import Image
from scanner.core.jsontext import Json
from scanner.core.mood import Mood
from scanner.core.number import parse_number
from scanner.core.probe import Greeting, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean
from scanner.core.unheard import Unheard

VERSIONS = {3: b"RFB 003.003\n", 7: b"RFB 003.007\n", 8: b"RFB 003.008\n"}
CHOOSE_VENCRYPT = b"\x13"
VENCRYPT_VERSION = b"\x00\x02"
_NONE, _TLS, _VENCRYPT = 1, 18, 19
# VeNCrypt's ways in that ask for nothing: with an anonymous and with a certified key.
_WITHOUT_PASSWORD = frozenset({257, 260})
_NAMES = {1: "None", 2: "VNC password", 5: "RA2", 16: "Tight", 18: "TLS", 19: "VeNCrypt", 30: "Apple", 33: "Apple"}


@dataclass(frozen=True, slots=True, kw_only=True)
class VncFacts(Facts):
    """What a screen showed of its lock."""


def parse_version(greeting: bytes) -> tuple[int, int]:
    """Return (major, minor) of `RFB 003.008`; raises Malformed for anything else."""
    if len(greeting) != 12 or not greeting.startswith(b"RFB ") or greeting[7:8] != b"." or greeting[11:] != b"\n":
        raise Malformed("not a greeting of RFB")
    major, minor = parse_number(greeting[4:7]), parse_number(greeting[8:11])
    if major is None or minor is None:
        raise Malformed("RFB without a version")
    return major, minor


async def ask(talk: Talk) -> VncFacts | None:
    """Agree on a version and read the security types; none is chosen but VeNCrypt, to read its own list."""
    major, minor = parse_version(await talk.read_exactly(12))
    if major not in {3, 4, 5}:
        return None
    agreed = 8 if minor >= 8 or major > 3 else 7 if minor == 7 else 3
    await talk.send(VERSIONS[agreed])
    types = await _types(talk, agreed)
    version = f"{major}.{minor}"
    if not types:
        reason = clean(await talk.read_exactly(min(200, int.from_bytes(await talk.read_exactly(4), "big"))), 200)
        return VncFacts(
            product="VNC",
            proof=(Exchange("security types", f"none: {reason}"),),
            note=f"it declines: {reason}",
            unheard=Unheard.REFUSED_LATER,
        )
    if _NONE not in types and _VENCRYPT in types and agreed > 3:
        return _judge(version, types, await _vencrypt(talk))
    return _judge(version, types, ())


async def _types(talk: Talk, agreed: int) -> tuple[int, ...]:
    if agreed == 3:
        chosen = int.from_bytes(await talk.read_exactly(4), "big")
        if chosen > 255:
            raise Malformed("not a security type")
        return (chosen,) if chosen else ()
    return tuple(await talk.read_exactly((await talk.read_exactly(1))[0]))


async def _vencrypt(talk: Talk) -> tuple[int, ...]:
    """Return VeNCrypt's sub-types, which come before TLS; empty when it knows another version only."""
    await talk.send(CHOOSE_VENCRYPT)
    if await talk.read_exactly(2) != VENCRYPT_VERSION:
        return ()
    await talk.send(VENCRYPT_VERSION)
    if await talk.read_exactly(1) != b"\0":
        return ()
    count = (await talk.read_exactly(1))[0]
    data = await talk.read_exactly(4 * count)
    return tuple(int.from_bytes(data[place : place + 4], "big") for place in range(0, len(data), 4))


def _judge(version: str, types: tuple[int, ...], inner: tuple[int, ...]) -> VncFacts:
    shown: list[Json] = [_NAMES.get(kind, f"type {kind}") for kind in types]
    proof = [Exchange("security types", ", ".join(map(str, shown)))]
    if inner:
        proof.append(Exchange("VeNCrypt", ", ".join(map(str, inner))))
    access, note, unheard = Access.REFUSED, None, None
    if _NONE in types or _WITHOUT_PASSWORD & set(inner):
        access = Access.CONTROL
    elif set(types) <= {_TLS, _VENCRYPT} and not inner:
        access, note = Access.UNKNOWN, "whether it asks for a password is said inside TLS only"
        unheard = Unheard.CUT_OFF
    return VncFacts(
        access=access,
        product="VNC",
        evidence={"protocol": version, "security_types": shown},
        proof=tuple(proof),
        note=note,
        unheard=unheard,
    )


def _open(facts: VncFacts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    return "The screen and keyboard of this machine are offered to anybody without a password."


def _declines(name: str, words: bytes) -> Mood:
    reply = b"\0" + len(words).to_bytes(4) + words
    says = {b"": b"RFB 003.008\n", VERSIONS[8]: reply}
    return Mood(name=name, says=says, hangs_up=False, unheard=Unheard.REFUSED_LATER)


MOODS = (
    _declines("too-many-failures", b"Too many security failures"),
    _declines("too-many-attempts-realvnc", b"Too many authentication attempts"),
    _declines("locked", b"Your connection has been rejected"),
)

_PAGES = ("https://www.rfc-editor.org/rfc/rfc6143#section-9", "https://tigervnc.org/doc/Xvnc.html")

PROBE = Probe(
    id="vnc",
    title="VNC",
    ports=tcp(*range(5900, 5907)),
    sends=(*map(line, VERSIONS.values()), line(CHOOSE_VENCRYPT), line(VENCRYPT_VERSION)),
    ask=ask,
    moods=MOODS,
    listens_first=True,
    greetings=(Greeting(start=b"RFB 00"),),
    references=_PAGES,
    rules=(
        Rule(
            id="vnc-no-password",
            title="VNC asks for no password",
            why="Anybody sees the screen and types on it, with the rights of whoever is logged in.",
            controls=Controls.DEVICE,
            holds=_open,
            remedy=(
                "# listen on loopback with a password, and come through ssh",
                "vncpasswd",
                "vncserver -localhost yes -SecurityTypes VncAuth,TLSVnc",
                "ssh -L 5901:127.0.0.1:5901 user@server",
                "# x11vnc",
                "x11vnc -storepasswd && x11vnc -rfbauth ~/.vnc/passwd -localhost",
            ),
            cwe=(306, 1188, 668),
            attack=("T1190", "T1021.005", "T1113"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("selenium/standalone-*", "selenium/node-*"),
        ports=(5900,),
        rule="vnc-no-password",
        defaults=(("", Guard.CLOSED),),
        signs=(
            "open: SE_VNC_NO_PASSWORD=1|true",
            "open: VNC_NO_PASSWORD=1|true",
        ),
        access=Access.CONTROL,
        why="the image's password is well known",
        source="https://github.com/SeleniumHQ/docker-selenium",
    ),
)
