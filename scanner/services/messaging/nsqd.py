"""nsqd over its own protocol: without -auth-http-address anybody publishes, and takes messages away from workers.

Specification: https://nsq.io/clients/tcp_protocol_spec.html. IDENTIFY settles how this one connection is spoken over,
and its answer says whether a login is wanted. CLS, which ends a subscription that nobody has, gets an error either way:
it says whether commands are taken in clear text.
"""

import struct
from dataclasses import replace

from scanner.core.errors import ClosedEarly, Malformed, Reset, TimedOut
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import close_to_strangers
from scanner.core.image import Image
from scanner.core.jsontext import Json, as_object, as_text, parse_json
from scanner.core.mood import Mood
from scanner.core.probe import Greeting, Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.unheard import Unheard

_MAGIC = b"  V2"
_LONGEST = 16_384
_RESPONSE, _ERROR = 0, 1
_NOT_NOW = b"E_INVALID cannot CLS in current state"
_OWN_FEATURES = {"max_rdy_count", "auth_required", "max_msg_timeout"}
_TLS_WANTED = b"TLS required"


def _identify(settings: bytes) -> bytes:
    return _MAGIC + b"IDENTIFY\n" + struct.pack(">I", len(settings)) + settings


CLOSE = b"CLS\n"
# The space keeps the quotes, by which words may be spelled otherwise, out of the first word of a line.
IDENTIFY = _identify(b' {"feature_negotiation":true}') + CLOSE
IDENTIFY_TLS = _identify(b' {"feature_negotiation":true,"tls_v1":true}')


async def read_frame(talk: Talk) -> tuple[int, bytes]:
    """Return the type and the content of the next frame; raises Malformed when the bytes are none."""
    size, kind = struct.unpack(">II", await talk.read_exactly(8))
    if not 4 <= size <= _LONGEST or kind not in {_RESPONSE, _ERROR}:
        raise Malformed("no frame of nsqd")
    return kind, await talk.read_exactly(size - 4) if size > 4 else b""


def parse_features(kind: int, content: bytes) -> dict[str, Json]:
    """Return what IDENTIFY was answered with; raises Malformed when it is not nsqd's."""
    features = as_object(parse_json(content)) if kind == _RESPONSE else {}
    if not as_text(features.get("version")) or not features.keys() & _OWN_FEATURES:
        raise Malformed("no features of nsqd")
    return features


async def ask(talk: Talk) -> Facts | None:
    """Read what is wanted of clients, and whether the first command is taken, over TLS where that is wanted."""
    await talk.send(IDENTIFY)
    features = parse_features(*await read_frame(talk))
    facts = Facts(
        product="nsqd",
        version=as_text(features.get("version")),
        evidence={name: features[name] for name in ("auth_required", "tls_v1") if name in features},
        proof=(Exchange("IDENTIFY", f"nsqd {features['version']}, {_login(features)}"),),
    )
    # Before 0.2.29 there was no login, and no such field.
    if features.get("auth_required") is True:
        return replace(facts, access=Access.REFUSED)
    reply = await _next_or_none(talk)
    if reply is not None and _TLS_WANTED in reply[1]:
        reply = await _over_tls(talk)
    if reply is None and features.get("auth_required") is False:
        return replace(facts, access=Access.CONTROL)
    if reply is None or reply[0] != _ERROR or not reply[1].startswith(_NOT_NOW):
        note = "it wants no login and did not say whether it takes commands"
        return replace(facts, note=note, unheard=Unheard.UNDECIDED)
    proof = (*facts.proof, Exchange("CLS", "there is no subscription to end: commands are taken"))
    return replace(facts, access=Access.CONTROL, proof=proof)


async def _next_or_none(talk: Talk) -> tuple[int, bytes] | None:
    """Return the answer to the first command, None where it does not come: what IDENTIFY said stands."""
    try:
        return await read_frame(talk)
    except (ClosedEarly, Reset, TimedOut):
        return None


async def _over_tls(talk: Talk) -> tuple[int, bytes]:
    await talk.reopen()
    await talk.send(IDENTIFY_TLS)
    parse_features(*await read_frame(talk))
    await talk.start_tls()
    await read_frame(talk)
    await talk.send(CLOSE)
    return await read_frame(talk)


def _login(features: dict[str, Json]) -> str:
    return "a login is required" if features.get("auth_required") is True else "no login is required"


def _frame(kind: int, content: bytes) -> bytes:
    return struct.pack(">II", len(content) + 4, kind) + content


_FEATURES = b'{"max_rdy_count":2500,"version":"%b","max_msg_timeout":900000,"msg_timeout":60000%b}'
_INVALID = _frame(_ERROR, _NOT_NOW)

MOODS = (
    Mood(
        name="open",
        says={IDENTIFY[:14]: _frame(_RESPONSE, _FEATURES % (b"1.3.0", b',"auth_required":false')) + _INVALID},
        otherwise=_frame(_ERROR, b"E_BAD_PROTOCOL"),
        hangs_up=True,
        access=Access.CONTROL,
    ),
    Mood(
        name="before-0.2.29-without-logins",
        says={IDENTIFY[:14]: _frame(_RESPONSE, _FEATURES % (b"0.2.24", b"")) + _INVALID},
        otherwise=_frame(_ERROR, b"E_BAD_PROTOCOL"),
        hangs_up=True,
        access=Access.CONTROL,
    ),
    Mood(
        name="login",
        says={IDENTIFY[:14]: _frame(_RESPONSE, _FEATURES % (b"1.3.0", b',"auth_required":true')) + _INVALID},
        otherwise=_frame(_ERROR, b"E_BAD_PROTOCOL"),
        hangs_up=True,
        access=Access.REFUSED,
    ),
    Mood(
        name="first-command-fails",
        says={
            IDENTIFY[:14]: _frame(_RESPONSE, _FEATURES % (b"1.3.0", b',"auth_required":false'))
            + _frame(_ERROR, b"E_INVALID cannot CLS: exiting")
        },
        otherwise=_frame(_ERROR, b"E_BAD_PROTOCOL"),
        hangs_up=True,
        unheard=Unheard.UNDECIDED,
    ),
)

_PAGES = ("https://nsq.io/clients/tcp_protocol_spec.html", "https://nsq.io/components/nsqd.html#auth")

PROBE = Probe(
    id="nsqd",
    title="nsqd",
    ports=tcp(4150),
    sends=(
        line(IDENTIFY, why="settles how this connection is spoken over; there is no subscription that CLS could end"),
        line(IDENTIFY_TLS, why="asks for TLS"),
        line(CLOSE, why="there is no subscription that it could end"),
    ),
    ask=ask,
    greetings=(Greeting(start=b"\0\0\0\x12\0\0\0\x01E_BAD_PROTOCOL"),),
    mutual_tls_means_protected=True,
    moods=MOODS,
    references=_PAGES,
    rules=(
        Rule(
            id="nsqd-open",
            title="nsqd takes commands from anybody",
            why="Anybody publishes messages that workers act on, and takes messages that were meant for them.",
            controls=Controls.DATA,
            holds=reads(Access.CONTROL, "nsqd takes commands of clients that have no login."),
            remedy=(
                "# a login for every client, over TLS",
                "nsqd -auth-http-address=127.0.0.1:4181 -tls-required=true -tls-cert=... -tls-key=...",
                "# or certificates of your own authority",
                "nsqd -tls-client-auth-policy=require-verify -tls-root-ca-file=ca.pem -tls-required=true",
                close_to_strangers("tcp dport { 4150, 4151 }"),
            ),
            cwe=(306, 1188, 668),
            attack=("T1190", "T1213"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("nsqio/nsq",),
        ports=(4150,),
        rule="nsqd-open",
        signs=("closed: -auth-http-address",),
        why="its protocol asks for no login",
        source="https://nsq.io/components/nsqd.html#auth",
    ),
)
