"""The X Window System: an open display gives anybody its screen, its keystrokes and its mouse.

Specification: https://www.x.org/releases/X11R7.7/doc/xproto/x11protocol.html#Connection_Setup
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.mood import Mood
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean
from scanner.core.unheard import Unheard

# little endian, protocol 11.0, no authorisation
SETUP = b"l\0\x0b\0\0\0\0\0\0\0\0\0"
_FULL = b"Maximum number of clients reached"
_FAILED, _SUCCESS, _AUTHENTICATE = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class X11Facts(Facts):
    """What a display showed."""


def parse_header(header: bytes) -> tuple[int, int, int]:
    """Return (outcome, length of a failure's reason, bytes that follow); raises Malformed unless it is X11's."""
    outcome, following = header[0] if header else 255, 4 * int.from_bytes(header[6:8], "little")
    if len(header) != 8 or outcome > _AUTHENTICATE or following > 65_536 or not following:
        raise Malformed("not an answer of an X server")
    if outcome != _AUTHENTICATE and header[2:6] != b"\x0b\0\0\0":
        raise Malformed("another protocol than X 11.0")
    return outcome, header[1], following


def parse_setup(content: bytes) -> tuple[str, int, int]:
    """Return (vendor, release number, screens) of an accepted connection; raises Malformed."""
    if len(content) < 32:
        raise Malformed("a setup without its fixed part")
    length = int.from_bytes(content[16:18], "little")
    screens = content[20]
    if len(content) < 32 + length or not 0 < length < 256 or not screens:
        raise Malformed("a setup without a vendor or a screen")
    return clean(content[32 : 32 + length], 120), int.from_bytes(content[:4], "little"), screens


async def ask(talk: Talk) -> X11Facts | None:
    """Knock without a key: the server lets in or says why not; no window is read or made."""
    await talk.send(SETUP)
    outcome, reason_length, following = parse_header(await talk.read_exactly(8))
    content = await talk.read_exactly(following)
    if outcome != _SUCCESS:
        reason = content[: reason_length if outcome == _FAILED else None].rstrip(b"\0\n")
        if not reason or not reason.isascii():
            return None
        proof = (Exchange("setup", clean(reason, 160)),)
        if reason.startswith(_FULL):
            note = "it has no connection left, and did not say whether it wants a key"
            return X11Facts(product="X server", proof=proof, note=note, unheard=Unheard.REFUSED_LATER)
        return X11Facts(access=Access.REFUSED, product="X server", proof=proof)
    vendor, release, screens = parse_setup(content)
    return X11Facts(
        access=Access.CONTROL,
        product=vendor,
        version=_version(release),
        evidence={"screens": screens, "release": release},
        proof=(Exchange("setup", f"accepted, {vendor}, {counted(screens, 'screen')}"),),
    )


def _version(release: int) -> str:
    """Return X.Org's version from its release number: 12101007 is 21.1.7, 12004000 is 1.20.4."""
    major, minor, patch = release // 10_000_000, release // 100_000 % 100, release // 1_000 % 100
    return f"{minor}.{patch}.{release % 1_000}" if major == 1 and minor >= 21 else f"{major}.{minor}.{patch}"


def _open(facts: X11Facts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    return "The display lets anybody in: its windows and keystrokes can be read, and typed into."


_PAGES = ("https://www.x.org/releases/current/doc/man/man7/Xsecurity.7.xhtml",)


def _says(name: str, words: bytes, access: Access, unheard: Unheard | None = None) -> Mood:
    padded = words + bytes(-len(words) % 4)
    reply = bytes((0, len(words), 11, 0, 0, 0)) + (len(padded) // 4).to_bytes(2, "little") + padded
    return Mood(name=name, says={SETUP: reply}, access=access, unheard=unheard)


MOODS = (
    _says("key-wanted", b"No protocol specified\n", Access.REFUSED),
    _says("full", _FULL, Access.UNKNOWN, Unheard.REFUSED_LATER),
)

PROBE = Probe(
    id="x11",
    title="X Window System",
    ports=tcp(*range(6000, 6006)),
    sends=(line(SETUP),),
    ask=ask,
    moods=MOODS,
    waits_in_silence=True,
    references=_PAGES,
    rules=(
        Rule(
            id="x11-open-display",
            title="An X display is open to anybody",
            why="Anybody takes pictures of the screen, records what is typed, and types commands into terminals.",
            controls=Controls.DEVICE,
            holds=_open,
            remedy=(
                "# close the access list, and the port altogether",
                "xhost -",
                "Xorg :0 -nolisten tcp",
                "# programs of other machines come through ssh",
                "ssh -X user@server",
            ),
            cwe=(306, 1188, 668),
            attack=("T1190", "T1113", "T1056.001"),
            references=_PAGES,
        ),
    ),
)
