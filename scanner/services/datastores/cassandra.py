"""Cassandra and ScyllaDB: with AllowAllAuthenticator anybody reads and writes every keyspace.

Protocol: https://github.com/apache/cassandra/blob/trunk/doc/native_protocol_v4.spec
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.errors import TalkError
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import close_to_strangers
from scanner.core.guard import Guard
from scanner.core.image import Image
from scanner.core.jsontext import Json
from scanner.core.mood import Mood
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean
from scanner.core.unheard import Unheard
from scanner.wire import cql

_VERSIONS = (4, 3)
_NOBODY_NOW = {0x0000, 0x1000, 0x1001, 0x1002}
"""Server error, unavailable, overloaded, bootstrapping (section 9 of the specification)."""
_LOCAL = "SELECT cluster_name, release_version FROM system.local"
_KEYSPACES = "SELECT keyspace_name FROM system_schema.keyspaces"


@dataclass(frozen=True, slots=True, kw_only=True)
class CassandraFacts(Facts):
    """What a node showed."""

    keyspaces: int = 0


async def ask(talk: Talk) -> CassandraFacts | None:
    """OPTIONS names the protocol; STARTUP is answered READY where nobody has to log in."""
    words = ""
    for version in _VERSIONS:
        await talk.send(cql.frame(version, cql.OPTIONS))
        answer = await cql.read_frame(talk)
        if answer.opcode == cql.SUPPORTED:
            return await _start(talk, version, cql.parse_supported(answer.body))
        if answer.opcode != cql.ERROR:
            return None
        code, words = cql.parse_error(answer.body)
        if code in _NOBODY_NOW:
            return _later("OPTIONS", words)
        if "protocol version" not in words:
            return _later("OPTIONS", words, note=_NEITHER)
        await talk.reopen()
    note = "it speaks none of the protocol's versions 3 and 4, and did not say whether it wants a login"
    return _later("OPTIONS", words, note=note)


_NEITHER = "it neither started a session nor asked for a login"
_BUSY = "it starts, or has too much to do, and did not say whether it wants a login"


def _later(sent: str, words: str, product: str = "Apache Cassandra", note: str = _BUSY) -> CassandraFacts:
    return CassandraFacts(
        product=product,
        proof=(Exchange(sent, clean(words, 160)),),
        note=note,
        unheard=Unheard.REFUSED_LATER,
    )


async def _start(talk: Talk, version: int, options: dict[str, list[str]]) -> CassandraFacts | None:
    native = options.get("CQL_VERSION") or ["unknown"]
    scylla = any(name.startswith("SCYLLA_") for name in options)
    product = "ScyllaDB" if scylla else "Apache Cassandra"
    await talk.send(cql.startup(version))
    answer = await cql.read_frame(talk)
    if answer.opcode == cql.AUTHENTICATE:
        authenticator = cql.Reader(answer.body).string().rpartition(".")[2]
        return CassandraFacts(
            access=Access.REFUSED,
            product=product,
            evidence={"cql": native[0], "authenticator": authenticator},
            proof=(Exchange("STARTUP", f"AUTHENTICATE by {authenticator}"),),
        )
    if answer.opcode == cql.ERROR:
        code, words = cql.parse_error(answer.body)
        return _later("STARTUP", words, product, _BUSY if code in _NOBODY_NOW else _NEITHER)
    if answer.opcode != cql.READY:
        return _later("STARTUP", f"opcode {answer.opcode}", product, _NEITHER)
    local = await _rows(talk, version, _LOCAL)
    cluster, release = (local[0][0], local[0][1]) if local and len(local[0]) == 2 else (None, None)
    keyspaces = [name for row in await _rows(talk, version, _KEYSPACES) if (name := row[0])]
    shown: list[Json] = [*keyspaces]
    return CassandraFacts(
        access=Access.CONTROL,
        product=product,
        version=release,
        evidence={"cql": native[0], "cluster": cluster, "keyspaces": shown},
        proof=(Exchange("STARTUP", "READY, no login"), Exchange(_KEYSPACES, counted(len(keyspaces), "keyspace"))),
        traces={"name": tuple(keyspaces)},
        keyspaces=len(keyspaces),
    )


async def _rows(talk: Talk, version: int, text: str) -> list[list[str | None]]:
    try:
        await talk.send(cql.query(version, text))
        answer = await cql.read_frame(talk)
        return cql.parse_text_rows(answer.body) if answer.opcode == cql.RESULT else []
    except TalkError:
        return []


def _open(facts: CassandraFacts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    return (
        f"{facts.product} opens sessions for anybody without a login and lists {counted(facts.keyspaces, 'keyspace')}."
    )


def _reply(version: int, opcode: int, body: bytes) -> bytes:
    return bytes((0x80 | version, 0, 0, 0, opcode)) + len(body).to_bytes(4) + body


def _error(name: str, code: int, words: str) -> Mood:
    error = _reply(4, cql.ERROR, code.to_bytes(4) + cql.string(words))
    return Mood(name=name, otherwise=error, hangs_up=True, unheard=Unheard.REFUSED_LATER)


_SUPPORTED = _reply(4, cql.SUPPORTED, b"\0\1" + cql.string("CQL_VERSION") + b"\0\1" + cql.string("3.4.6"))
MOODS = (
    _error("overloaded", 0x1001, "Server is in overloaded state. Cannot accept more requests at this point"),
    _error("bootstrapping", 0x1002, "Cannot read from a bootstrapping node"),
    _error("breaking", 0x0000, "java.lang.OutOfMemoryError"),
    Mood(
        name="login",
        says={
            cql.frame(4, cql.OPTIONS): _SUPPORTED,
            cql.startup(4): _reply(4, cql.AUTHENTICATE, cql.string("org.apache.cassandra.auth.PasswordAuthenticator")),
        },
        access=Access.REFUSED,
    ),
    Mood(
        name="overloaded-at-startup",
        says={
            cql.frame(4, cql.OPTIONS): _SUPPORTED,
            cql.startup(4): _reply(4, cql.ERROR, (0x1001).to_bytes(4) + cql.string("overloaded")),
        },
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="newer-protocol-alone",
        otherwise=_reply(
            5,
            cql.ERROR,
            (10).to_bytes(4) + cql.string("Invalid or unsupported protocol version (4); supported versions are (5/v5)"),
        ),
        hangs_up=True,
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="overloaded-after-startup",
        says={
            cql.frame(4, cql.OPTIONS): _SUPPORTED,
            cql.startup(4): _reply(4, cql.READY, b""),
        },
        otherwise=_reply(4, cql.ERROR, (0x1001).to_bytes(4) + cql.string("Request on table system.local")),
        access=Access.CONTROL,
    ),
)

_PAGES = ("https://cassandra.apache.org/doc/latest/cassandra/managing/operating/security.html",)

PROBE = Probe(
    id="cassandra",
    title="Apache Cassandra",
    ports=(*tcp(9042), *tcp(9142, tls=True)),
    sends=tuple(
        line(data, why="reads system tables and changes nothing")
        for version in _VERSIONS
        for data in (
            cql.frame(version, cql.OPTIONS),
            cql.startup(version),
            cql.query(version, _LOCAL),
            cql.query(version, _KEYSPACES),
        )
    ),
    ask=ask,
    moods=MOODS,
    references=_PAGES,
    rules=(
        Rule(
            id="cassandra-no-auth",
            title="Cassandra opens sessions without a login",
            why="Every keyspace can be read, changed and dropped; user-defined functions have led to code on the host.",
            controls=Controls.DATA,
            holds=_open,
            remedy=(
                "# cassandra.yaml",
                "authenticator: PasswordAuthenticator",
                "authorizer: CassandraAuthorizer",
                "rpc_address: 10.0.0.5",
                "client_encryption_options: {enabled: true, optional: false, require_client_auth: true}",
                "# then replace the default superuser",
                "cqlsh -u cassandra -e \"CREATE ROLE admin WITH SUPERUSER=true AND PASSWORD='<long random>'\"",
                close_to_strangers("tcp dport { 7000, 7199, 9042, 9160 }"),
            ),
            cwe=(306, 1188, 200),
            attack=("T1190", "T1213.006"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("cassandra",),
        ports=(9042,),
        rule="cassandra-no-auth",
        files=("*cassandra.yaml", "/etc/cassandra"),
        why="the image's authenticator allows everybody",
        source="https://cassandra.apache.org/doc/latest/cassandra/managing/operating/security.html",
    ),
    Image(
        names=("bitnami/cassandra", "bitnamilegacy/cassandra"),
        ports=(9042,),
        rule="cassandra-no-auth",
        defaults=(("", Guard.CLOSED),),
        signs=("open: CASSANDRA_AUTHENTICATOR=allowallauthenticator",),
        why="the image asks for a password",
        source="https://hub.docker.com/r/bitnami/cassandra",
    ),
    Image(
        names=("scylladb/scylla",),
        ports=(9042,),
        rule="cassandra-no-auth",
        signs=("closed: --authenticator=*password*",),
        files=("*scylla.yaml",),
        why="the image's authenticator allows everybody",
        source="https://docs.scylladb.com/manual/stable/operating-scylla/security/authentication.html",
    ),
)
