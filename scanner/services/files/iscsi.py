"""iSCSI targets: disks over the network; where discovery asks for no password, anybody learns their names.

Specification: RFC 7143 sections 11.12 (login) and 11.10 (text), 4.2.3 (SendTargets)
"""

from dataclasses import dataclass, replace

from scanner.core.count import counted
from scanner.core.errors import Malformed, TalkError
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.jsontext import Json
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean
from scanner.core.unheard import Unheard

_HEADER_BYTES = 48
_LARGEST = 65_536
_LOGIN_RESPONSE, _TEXT_RESPONSE = 0x23, 0x24
_ISID = b"\x80\x4d\x53\x13\0\0"
_TAG = b"\0\0\0\x01"


def _pdu(head: bytes, rest: bytes, *pairs: str) -> bytes:
    data = "".join(f"{pair}\0" for pair in pairs).encode()
    padded = data + bytes(-len(data) % 4)
    return head + b"\0" + len(data).to_bytes(3, "big") + rest.ljust(40, b"\0") + padded


# Immediate, from operational negotiation to the full feature phase: a discovery session without authentication.
LOGIN = _pdu(
    b"\x43\x87\0\0",
    _ISID + b"\0\0" + _TAG,
    "InitiatorName=iqn.2004-01.invalid:exposure-check",
    "SessionType=Discovery",
    "AuthMethod=None",
)
SEND_TARGETS = _pdu(b"\x04\x80\0\0", bytes(8) + _TAG + b"\xff" * 4 + b"\0\0\0\x01" + b"\0\0\0\x01", "SendTargets=All")


@dataclass(frozen=True, slots=True, kw_only=True)
class IscsiFacts(Facts):
    """What a portal showed."""

    targets: tuple[str, ...] = ()


def parse_header(header: bytes, opcode: int) -> int:
    """Return the length of the data, with padding, behind a response's header; raises Malformed for another PDU."""
    if len(header) != _HEADER_BYTES or header[0] & 0x3F != opcode or header[16:20] != _TAG:
        raise Malformed("not the response of an iSCSI target")
    length = int.from_bytes(header[5:8], "big")
    if length > _LARGEST:
        raise Malformed("a response too long to be an answer")
    return 4 * header[4] + length + -length % 4


def parse_pairs(data: bytes) -> list[tuple[str, str]]:
    """Return the key=value pairs of a text, in their order."""
    pairs = [pair.partition(b"=") for pair in data.split(b"\0") if b"=" in pair]
    return [(clean(key, 63), clean(value, 255)) for key, _, value in pairs[:2_000]]


async def ask(talk: Talk) -> IscsiFacts | None:
    """Open a discovery session, which touches no disk, and ask for the names of the targets."""
    await talk.send(LOGIN)
    header = await talk.read_exactly(_HEADER_BYTES)
    await talk.read_exactly(parse_header(header, _LOGIN_RESPONSE))
    group, detail = header[36], header[37]
    if group == 2:
        said = "a password is wanted" if detail == 1 else f"refused, status 0x02{detail:02x}"
        return IscsiFacts(access=Access.REFUSED, product="iSCSI target", proof=(Exchange("discovery login", said),))
    facts = IscsiFacts(
        product="iSCSI target", proof=(Exchange("discovery login", f"status 0x{group:02x}{detail:02x}"),)
    )
    if group:
        note = "it answered the login with an error that says nothing of passwords"
        return replace(facts, note=note, unheard=Unheard.REFUSED_LATER)
    await talk.send(SEND_TARGETS)
    try:
        data = await talk.read_exactly(parse_header(await talk.read_exactly(_HEADER_BYTES), _TEXT_RESPONSE))
    except TalkError:
        return replace(facts, note="it let us in and named no targets", unheard=Unheard.CUT_OFF)
    targets = tuple(dict.fromkeys(value for key, value in parse_pairs(data) if key == "TargetName"))
    if not targets:
        return replace(facts, note="it names no target to this address")
    shown: list[Json] = list(targets[:20])
    return replace(
        facts,
        access=Access.METADATA,
        evidence={"targets": shown},
        proof=(*facts.proof, Exchange("SendTargets=All", counted(len(targets), "target"))),
        traces={"name": targets},
        targets=targets,
    )


def _open(facts: IscsiFacts) -> str | None:
    if not facts.targets:
        return None
    return (
        "Discovery without a password names "
        f"{counted(len(facts.targets), 'target')}; whether their disks open was not tried."
    )


_PAGES = (
    "https://www.rfc-editor.org/rfc/rfc7143#section-9",
    "https://github.com/fujita/tgt/blob/master/doc/README.iscsi",
)

PROBE = Probe(
    id="iscsi",
    title="iSCSI",
    ports=tcp(3260),
    sends=(
        line(LOGIN, why="a discovery session, which reaches no disk, without authentication"),
        line(SEND_TARGETS, why="asks for names"),
    ),
    ask=ask,
    no_moods="its states are login statuses, which are all read",
    waits_in_silence=True,
    references=_PAGES,
    rules=(
        Rule(
            id="iscsi-discovery-no-password",
            title="iSCSI names its targets without a password",
            why="Names lead to disks, which open without a password as a rule where discovery does.",
            controls=Controls.DATA,
            holds=_open,
            remedy=(
                "# tgt: CHAP for discovery and for each target, and known initiators only",
                "tgtadm --lld iscsi --op new --mode account --user storage --password <16 random characters>",
                "tgtadm --lld iscsi --op bind --mode account --tid 1 --user storage",
                "tgtadm --lld iscsi --op bind --mode target --tid 1 --initiator-address 10.0.0.6",
                "# LIO",
                "targetcli /iscsi set discovery_auth enable=1 userid=storage password=<16 random characters>",
            ),
            cwe=(306, 200, 668),
            attack=("T1190", "T1135"),
            references=_PAGES,
        ),
    ),
)
