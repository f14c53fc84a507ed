"""NATS: whoever connects without credentials reads every message of every subject, and sends messages of his own.

Specification: https://docs.nats.io/reference/reference-protocols/nats-protocol
"""

from dataclasses import dataclass, replace

from scanner.core.errors import ClientCertificateWanted, ClosedEarly, Malformed, Reset, TlsFailed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.image import Image
from scanner.core.jsontext import Json, as_object, as_text, parse_json
from scanner.core.mood import Mood
from scanner.core.probe import Greeting, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean
from scanner.core.unheard import Unheard

CONNECT = b'CONNECT {"verbose":false,"pedantic":false,"name":"exposure-scanner"}\r\n'
PING = b"PING\r\n"
_MOST_INFO_BYTES = 32_768
_FULL = b"-ERR 'maximum "


@dataclass(frozen=True, slots=True, kw_only=True)
class NatsFacts(Facts):
    """What a NATS server showed."""

    jetstream: bool = False
    """Whether it also stores streams of messages."""


def parse_info(message: bytes) -> dict[str, Json]:
    """Return the document of an INFO message; raises Malformed for anything else."""
    if not message.startswith(b"INFO "):
        raise Malformed("no INFO message")
    document = as_object(parse_json(message[5:].strip()))
    if not as_text(document.get("server_id")) or "max_payload" not in document:
        raise Malformed("an INFO message of another protocol")
    return document


async def ask(talk: Talk) -> NatsFacts | None:
    """Read INFO, which the server sends first, then connect without credentials and wait for the PONG."""
    first = await talk.read_until(b"\r\n", _MOST_INFO_BYTES)
    if first.startswith(_FULL):
        said = clean(first, 80)
        note = "it has no connection left, and did not say whether it wants credentials"
        return NatsFacts(
            product="NATS Server",
            proof=(Exchange("(nothing)", said),),
            note=note,
            unheard=Unheard.REFUSED_LATER,
        )
    info = parse_info(first)
    if _is_between_servers(info):
        return _facts(
            info, Access.UNKNOWN, note="a port between servers of a cluster, not one for clients; nothing is sent to it"
        )
    try:
        if info.get("tls_required") is True and talk.tls is None:
            await talk.start_tls()
        await talk.send(CONNECT)
        await talk.send(PING)
        return _judged(info, await _reply(talk))
    except ClientCertificateWanted:
        return _facts(info, Access.REFUSED, "a demand for a client certificate")
    except TlsFailed as error:
        facts = _facts(info, Access.UNKNOWN, "no common TLS version", note=f"its TLS could not be spoken: {error}")
        return replace(facts, unheard=Unheard.CUT_OFF)
    except (ClosedEarly, Reset):
        return _unsaid(info, "the connection was closed", Unheard.CUT_OFF)


def _judged(info: dict[str, Json], reply: bytes) -> NatsFacts:
    said = reply[:80].decode("latin-1")
    if reply == b"PONG":
        return _facts(info, Access.DATA, said)
    if reply.startswith(b"-ERR") and any(word in said.lower() for word in ("authoriz", "authentic")):
        return _facts(info, Access.REFUSED, said)
    if reply.startswith(_FULL):
        full = _facts(info, Access.UNKNOWN, said, note="it has no connection left")
        return replace(full, unheard=Unheard.REFUSED_LATER)
    return _unsaid(info, said, Unheard.REFUSED_LATER)


def _unsaid(info: dict[str, Json], said: str, unheard: Unheard) -> NatsFacts:
    """Judge a server that neither let us in nor said why not, by what its INFO demands."""
    if info.get("auth_required") is True or info.get("tls_verify") is True:
        return _facts(info, Access.REFUSED, said)
    note = "it neither let a client without credentials in nor asked for any"
    return replace(_facts(info, Access.UNKNOWN, said, note=note), unheard=unheard)


async def _reply(talk: Talk) -> bytes:
    """Return the first line that is about our CONNECT: servers may send PING or a new INFO in between."""
    for _ in range(4):
        reply = (await talk.read_until(b"\r\n", _MOST_INFO_BYTES)).strip()
        if reply != b"PING" and not reply.startswith((b"INFO ", b"+OK")):
            return reply
    return b""


def _is_between_servers(info: dict[str, Json]) -> bool:
    """Tell whether the port is for other servers (routes, gateways, leaves): clients are numbered, servers are not."""
    return "client_id" not in info and bool({"lnoc", "gateway", "cluster", "leafnode_urls"} & info.keys())


def _facts(info: dict[str, Json], access: Access, answer: str | None = None, *, note: str | None = None) -> NatsFacts:
    wanted = ("server_name", "cluster", "go", "jetstream", "auth_required", "tls_required", "headers", "max_payload")
    version = as_text(info.get("version"))
    asked = (Exchange("CONNECT without credentials, PING", answer),) if answer is not None else ()
    return NatsFacts(
        access=access,
        product="NATS Server",
        version=version,
        evidence={name: info[name] for name in wanted if info.get(name) not in (None, "", False)},
        proof=(Exchange("(nothing)", f"INFO, NATS {version}"), *asked),
        note=note,
        jetstream=info.get("jetstream") is True,
    )


def _open(facts: NatsFacts) -> str | None:
    if facts.access < Access.DATA:
        return None
    streams = " and reach its stored streams" if facts.jetstream else ""
    return f"NATS accepts clients without credentials: they may subscribe and publish{streams}."


_INFO = b'INFO {"server_id":"NA","version":"2.10.4","proto":1,"go":"go1.21","client_id":5,"max_payload":1048576}\r\n'
MOODS = (
    Mood(name="full", says={b"": _FULL + b"connections exceeded'\r\n"}, hangs_up=True, unheard=Unheard.REFUSED_LATER),
    Mood(
        name="full-after-its-greeting",
        says={b"": _INFO, CONNECT: _FULL + b"connections exceeded'\r\n"},
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(name="broken", says={b"": _INFO, CONNECT: b"-ERR 'Stale Connection'\r\n"}, unheard=Unheard.REFUSED_LATER),
    Mood(name="closing-after-its-greeting", says={b"": _INFO}, unheard=Unheard.CUT_OFF),
    Mood(
        name="login-that-closes",
        says={b"": _INFO.replace(b'"proto":1', b'"auth_required":true,"proto":1')},
        access=Access.REFUSED,
    ),
    Mood(name="login", says={b"": _INFO, CONNECT: b"-ERR 'Authorization Violation'\r\n"}, access=Access.REFUSED),
)

_PAGES = (
    "https://docs.nats.io/running-a-nats-service/configuration/securing_nats",
    "https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro",
)

PROBE = Probe(
    id="nats",
    title="NATS Server",
    ports=tcp(4222),
    sends=(line(CONNECT, why="opens a session, subscribes to nothing"), line(PING)),
    ask=ask,
    moods=MOODS,
    greetings=(Greeting(start=b"INFO {"), Greeting(start=_FULL)),
    references=_PAGES,
    rules=(
        Rule(
            id="nats-no-auth",
            title="NATS accepts clients without credentials",
            why="Anybody reads all messages by subscribing to '>' and injects messages that services act on.",
            controls=Controls.DATA,
            holds=_open,
            remedy=(
                "# nats-server.conf: users with passwords (made by `nats server passwd`), over TLS",
                'authorization { users = [ { user: app, password: "$2a$11$..." } ] }',
                'tls { cert_file: "/etc/nats/cert.pem", key_file: "/etc/nats/key.pem" }',
                "# or listen on this machine alone",
                "host: 127.0.0.1",
            ),
            cwe=(306, 1188, 200),
            attack=("T1190", "T1040", "T1213"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("nats",),
        ports=(4222,),
        rule="nats-no-auth",
        signs=(
            "closed: --user",
            "closed: --auth",
            "closed: --pass",
            "closed: --tlsverify",
            "unknown: --config",
            "unknown: -c",
        ),
        files=("*.conf",),
        why="the image asks for no login",
        source="https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro",
    ),
    Image(
        names=("bitnami/nats", "bitnamilegacy/nats"),
        ports=(4222,),
        rule="nats-no-auth",
        signs=(
            "closed: NATS_ENABLE_AUTH=yes|true|1 & NATS_PASSWORD",
            "closed: NATS_ENABLE_AUTH=yes|true|1 & NATS_TOKEN",
            "unknown: NATS_ENABLE_AUTH=yes|true|1",
        ),
        files=("*.conf",),
        why="the image asks for no login unless NATS_ENABLE_AUTH is yes",
        source="https://github.com/bitnami/containers/blob/main/bitnami/nats/README.md",
    ),
)
