"""Network Block Device: disks over the network with no password of their own; whoever may list them may mostly attach.

Specification: https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md (newstyle negotiation)
"""

from dataclasses import dataclass, replace

from scanner.core.count import counted
from scanner.core.errors import Malformed, TalkError
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.jsontext import Json
from scanner.core.probe import Greeting, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean

_MAGIC = b"NBDMAGIC"
_NEW_STYLE, _OLD_STYLE = b"IHAVEOPT", b"\x00\x00\x42\x02\x81\x86\x12\x53"
_REPLY_MAGIC = b"\x00\x03\xe8\x89\x04\x55\x65\xa9"
_REPLY_BYTES = 20
_LARGEST = 8_192
_MOST_REPLIES = 1_000
_LIST = 3
_ACK, _SERVER = 1, 2
_ERRORS = {0x8000_0001: "not supported", 0x8000_0002: "forbidden by policy", 0x8000_0005: "TLS required"}

# Client flags: fixed newstyle, as the server offered it.
HELLO = b"\0\0\0\x01"
LIST = _NEW_STYLE + _LIST.to_bytes(4, "big") + bytes(4)
ABORT = _NEW_STYLE + (2).to_bytes(4, "big") + bytes(4)


@dataclass(frozen=True, slots=True, kw_only=True)
class NbdFacts(Facts):
    """What a server showed."""

    exports: tuple[str, ...] = ()
    size_bytes: int | None = None
    """Size of the one export of a server of the old style, which says it to everybody."""


def parse_reply(header: bytes) -> tuple[int, int]:
    """Return type and data length of a reply to LIST; raises Malformed for anything else."""
    if len(header) != _REPLY_BYTES or header[:8] != _REPLY_MAGIC or header[8:12] != LIST[8:12]:
        raise Malformed("not a reply of an NBD server")
    length = int.from_bytes(header[16:20], "big")
    if length > _LARGEST:
        raise Malformed("a reply too long to hold a name")
    return int.from_bytes(header[12:16], "big"), length


def parse_export(data: bytes) -> str:
    """Return the name in a reply of type SERVER, which may be empty; raises Malformed when it is cut short."""
    length = int.from_bytes(data[:4], "big")
    if len(data) < 4 or length > len(data) - 4:
        raise Malformed("the name of an export is cut short")
    return clean(data[4 : 4 + length], 255) or "(default)"


async def ask(talk: Talk) -> NbdFacts | None:
    """List the exports and leave: nothing is attached, so no disk is opened or locked."""
    greeting = await talk.read_exactly(16)
    if greeting[:8] != _MAGIC:
        return None
    if greeting[8:] == _OLD_STYLE:
        size = int.from_bytes(await talk.read_exactly(8), "big")
        proof = (Exchange("(nothing)", f"an export of {counted(size, 'byte')}"),)
        return NbdFacts(access=Access.DATA, product="NBD server", proof=proof, size_bytes=size)
    if greeting[8:] != _NEW_STYLE:
        return None
    await talk.read_exactly(2)
    await talk.send(HELLO)
    await talk.send(LIST)
    facts = await _listed(talk)
    try:
        await talk.send(ABORT)
    except TalkError:
        return facts
    return facts


async def _listed(talk: Talk) -> NbdFacts:
    facts = NbdFacts(product="NBD server", proof=(Exchange("(nothing)", "NBDMAGIC IHAVEOPT"),))
    names: list[str] = []
    kind = _SERVER
    for _ in range(_MOST_REPLIES):
        kind, length = parse_reply(await talk.read_exactly(_REPLY_BYTES))
        data = await talk.read_exactly(length) if length else b""
        if kind != _SERVER:
            break
        names.append(parse_export(data))
    if names:
        shown: list[Json] = list(names[:20])
        return replace(
            facts,
            access=Access.METADATA,
            evidence={"exports": shown},
            proof=(*facts.proof, Exchange("NBD_OPT_LIST", counted(len(names), "export"))),
            traces={"name": tuple(names)},
            exports=tuple(names),
        )
    if kind == _ACK:
        return replace(facts, note="it has no export to list")
    said = _ERRORS.get(kind, f"error 0x{kind:08x}")
    return replace(facts, note=f"it does not list its exports ({said}); whether one opens to a stranger was not tried")


def _open(facts: NbdFacts) -> str | None:
    if facts.size_bytes is not None:
        return f"Its disk of {counted(facts.size_bytes, 'byte')} is attached for whoever connects."
    if not facts.exports:
        return None
    return f"It lists {counted(len(facts.exports), 'export')} to anybody; whether they attach was not tried."


_PAGES = (
    "https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md",
    "https://manpages.debian.org/stable/nbd-server/nbd-server.5.en.html",
)

PROBE = Probe(
    id="nbd",
    title="Network Block Device",
    ports=tcp(10809),
    sends=(
        line(HELLO, why="the flags that the negotiation demands"),
        line(LIST, why="asks for names, attaches nothing"),
        line(ABORT, why="takes leave"),
    ),
    ask=ask,
    no_moods="its states are option replies, which are all read",
    greetings=(Greeting(start=_MAGIC),),
    listens_first=True,
    references=_PAGES,
    rules=(
        Rule(
            id="nbd-exports-listed",
            title="An NBD server lists its disks to anybody",
            why="NBD has no password: whoever attaches a disk reads and overwrites every file system on it.",
            controls=Controls.DATA,
            holds=_open,
            remedy=(
                "# /etc/nbd-server/config, in [generic]: this machine alone, no list, TLS with client certificates",
                "listenaddr = 127.0.0.1",
                "allowlist = false",
                "force_tls = true",
                "cacertfile = /etc/nbd-server/ca.pem",
                "# and in each export: the addresses that may attach it",
                "authfile = /etc/nbd-server/allow",
            ),
            cwe=(306, 1188, 200),
            attack=("T1190", "T1039", "T1565.001"),
            references=_PAGES,
        ),
    ),
)
