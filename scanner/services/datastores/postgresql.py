"""PostgreSQL: under `trust` anybody logs in by name alone, and a superuser runs programs on the host.

Protocol: https://www.postgresql.org/docs/current/protocol-flow.html
"""

from dataclasses import dataclass, field, replace

from scanner.core.count import counted
from scanner.core.errors import TalkError
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import PLACEHOLDER, close_to_strangers
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
from scanner.wire.pgwire import (
    SSL_REQUEST,
    TERMINATE,
    parse_error,
    parse_first_column,
    parse_parameter,
    query,
    read_message,
    startup,
)

_STARTUP = startup(user="postgres", database="postgres")
_DATABASES = query("SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1 LIMIT 50")
_METHODS = {2: "Kerberos", 3: "a password", 5: "a password (md5)", 7: "GSSAPI", 9: "SSPI", 10: "a password (SCRAM)"}
_MOST_MESSAGES = 200
_LONGEST_ERROR = 4_096
_NO_SUCH_NAME = ("no such database", "no such user")
"""Words of PgBouncer, which looks names up before anybody is let in (src/client.c)."""
_NOBODY_NOW = {"57P03", "57P01", "57P02", "53300", "53200", "53000", "58000"}
"""Starting, stopping, a replica that does not answer yet; no connection, memory or process left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresFacts(Facts):
    """What a PostgreSQL server showed."""

    superuser: bool = False
    tls_offered: bool = False
    parameters: dict[str, str] = field(default_factory=dict)


async def ask(talk: Talk) -> PostgresFacts | None:
    """Ask for TLS, name the user `postgres`, send no password, and see what the server wants."""
    await talk.send(SSL_REQUEST)
    offer = await talk.read_exactly(1)
    if offer == b"E":
        return await _old_error(talk)
    if offer not in {b"S", b"N"}:
        return None
    if offer == b"S":
        await talk.start_tls()
    await talk.send(_STARTUP)
    first = await read_message(talk)
    if first.kind == "R" and len(first.body) >= 4:
        method = int.from_bytes(first.body[:4], "big")
        facts = await _session(talk) if method == 0 else _wants(method)
    elif first.kind == "E":
        facts = _error(parse_error(first.body))
    else:
        return None
    if facts is None:
        return None
    return replace(facts, tls_offered=offer == b"S", evidence={**facts.evidence, "tls_offered": offer == b"S"})


async def _old_error(talk: Talk) -> PostgresFacts | None:
    """Judge the error of a server that can't even start a process: a message, or words alone as in protocol 2."""
    words = await talk.read_exactly(4)
    if not words[0] and (length := int.from_bytes(words)) < _LONGEST_ERROR:
        return _error(parse_error(await talk.read_exactly(max(0, length - 4))))
    words += await talk.read_until(b"\0", 512)
    if b"fork" not in words and b"connection" not in words and b"client" not in words:
        return None
    proof = (Exchange("SSLRequest", clean(words[:-1], 160)),)
    note = "it serves nobody at the moment: whether it wants a password was not learned"
    return PostgresFacts(product="PostgreSQL", proof=proof, note=note, unheard=Unheard.REFUSED_LATER)


def _wants(method: int) -> PostgresFacts | None:
    if method not in _METHODS:
        return None
    return PostgresFacts(
        access=Access.REFUSED,
        product="PostgreSQL",
        proof=(Exchange("startup as user postgres", f"authentication request {method}: it wants {_METHODS[method]}"),),
    )


def _error(fields: dict[str, str]) -> PostgresFacts | None:
    """Judge an error by its SQLSTATE and by the routine that raised it: messages are translated, those are not."""
    code, routine = fields.get("C", ""), fields.get("R", "")
    if len(code) != 5 or not fields.get("M"):
        return None
    proof = (Exchange("startup as user postgres", f"{code} {fields['M']}"),)
    if code == "3D000" and not fields["M"].startswith(_NO_SUCH_NAME):
        # The database is looked up after the user was let in.
        return PostgresFacts(access=Access.DATA, product="PostgreSQL", proof=proof)
    if code in {"28000", "28P01"} and routine != "InitializeSessionUserId":
        return PostgresFacts(access=Access.REFUSED, product="PostgreSQL", proof=proof)
    if code == "28000" or fields["M"].startswith(_NO_SUCH_NAME):
        note = "there is no user postgres, or no such database: other names may need no password"
        return PostgresFacts(product="PostgreSQL", proof=proof, note=note)
    now = code in _NOBODY_NOW or fields["M"].startswith("no more connections allowed")
    other = "it refused for another reason than a login"
    note = "it serves nobody at the moment" if now else other
    note += ": whether it wants a password was not learned"
    return PostgresFacts(product="PostgreSQL", proof=proof, note=note, unheard=Unheard.REFUSED_LATER)


async def _session(talk: Talk) -> PostgresFacts | None:
    """Read what follows AuthenticationOk: the server looks the user up only after that."""
    parameters: dict[str, str] = {}
    for _ in range(_MOST_MESSAGES):
        message = await read_message(talk)
        if message.kind == "E":
            return _after_login(parse_error(message.body))
        if message.kind == "Z":
            break
        if message.kind == "S":
            name, value = parse_parameter(message.body)
            parameters[name] = value
    names = await _databases(talk)
    superuser = parameters.get("is_superuser") == "on"
    cockroach = "crdb_version" in parameters
    shown: list[Json] = [*names]
    return PostgresFacts(
        access=Access.CONTROL if superuser or cockroach else Access.DATA,
        product="CockroachDB" if cockroach else "PostgreSQL",
        version=parameters.get("crdb_version") or parameters.get("server_version"),
        evidence={"superuser": superuser, "databases": shown, "encoding": parameters.get("server_encoding")},
        proof=(
            Exchange("startup as user postgres, no password", "AuthenticationOk"),
            Exchange("SELECT datname FROM pg_database", counted(len(names), "database")),
        ),
        traces={"name": tuple(names)},
        superuser=superuser,
        parameters=parameters,
    )


def _after_login(fields: dict[str, str]) -> PostgresFacts | None:
    """Judge an error after AuthenticationOk: that there is no such user is said to whom no password was asked."""
    facts = _error(fields)
    if facts is None or fields.get("C") != "28000":
        return facts
    passed = Exchange("startup as user postgres, no password", "AuthenticationOk")
    return replace(facts, access=Access.METADATA, proof=(passed, *facts.proof), note=None)


async def _databases(talk: Talk) -> list[str]:
    names: list[str] = []
    try:
        await talk.send(_DATABASES)
        for _ in range(_MOST_MESSAGES):
            message = await read_message(talk)
            if message.kind == "D" and (name := parse_first_column(message.body)) is not None:
                names.append(name)
            elif message.kind in {"Z", "E"}:
                break
        await talk.send(TERMINATE)
    except TalkError:
        return names
    return names


def _open(facts: PostgresFacts) -> str | None:
    if facts.access < Access.METADATA:
        return None
    if facts.access is Access.METADATA:
        return f"{facts.product} asks for no password: there is no user postgres, and any user that there is gets in."
    who = "the superuser postgres" if facts.superuser else "the user postgres"
    return f"{facts.product} lets anybody log in as {who} without a password."


def _error_message(code: str, words: str) -> bytes:
    fields = f"SFATAL\0VFATAL\0C{code}\0M{words}\0\0".encode()
    return b"E" + (4 + len(fields)).to_bytes(4) + fields


def _says(name: str, code: str, words: str, access: Access = Access.UNKNOWN) -> Mood:
    reply = _error_message(code, words)
    unheard = Unheard.REFUSED_LATER if access is Access.UNKNOWN else None
    return Mood(name=name, says={SSL_REQUEST: b"N", _STARTUP: reply}, access=access, unheard=unheard)


MOODS = (
    _says("starting", "57P03", "the database system is starting up"),
    _says("replica-not-ready", "57P03", "the database system is not yet accepting connections"),
    _says("stopping", "57P03", "the database system is shutting down"),
    _says("too-many-clients", "53300", "sorry, too many clients already"),
    _says("slots-reserved", "53300", "remaining connection slots are reserved for roles with the SUPERUSER attribute"),
    _says("pgbouncer-full", "08P01", "no more connections allowed (max_client_conn)"),
    _says("pgbouncer-without-server", "08P01", "server_login_failed, PgBouncer cannot connect to server"),
    _says("pgbouncer-out-of-time", "08P01", "query_wait_timeout"),
    _says("before-7.4", "0A000", "unsupported frontend protocol 3.0: server supports 1.0 to 2.0"),
    _says("no-entry-for-host", "28000", 'no pg_hba.conf entry for host "192.0.2.9", no encryption', Access.REFUSED),
    _says("wrong-password", "28P01", 'password authentication failed for user "postgres"', Access.REFUSED),
    Mood(
        name="full-before-tls",
        says={SSL_REQUEST: _error_message("53300", "sorry, too many clients already")},
        hangs_up=True,
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="no-such-database-pgbouncer",
        says={SSL_REQUEST: b"N", _STARTUP: _error_message("3D000", "no such database: postgres")},
    ),
    Mood(
        name="no-process-left",
        says={SSL_REQUEST: b"Ecould not fork new process for connection: Cannot allocate memory\n\0"},
        hangs_up=True,
        unheard=Unheard.REFUSED_LATER,
    ),
)

_PAGES = (
    "https://www.postgresql.org/docs/current/auth-trust.html",
    "https://www.postgresql.org/docs/current/auth-pg-hba-conf.html",
)

PROBE = Probe(
    id="postgresql",
    title="PostgreSQL",
    ports=tcp(5432, 5433, 6432),
    sends=(
        line(SSL_REQUEST),
        line(_STARTUP, why="names a user and sends no password"),
        line(_DATABASES, why="one SELECT, sent only where no password was wanted"),
        line(TERMINATE),
    ),
    ask=ask,
    moods=MOODS,
    references=_PAGES,
    rules=(
        Rule(
            id="postgresql-trust",
            title="PostgreSQL lets anybody log in without a password",
            why="All databases can be read and changed; a superuser runs commands on the host by COPY ... PROGRAM.",
            controls=Controls.DATA,
            holds=_open,
            remedy=(
                "# pg_hba.conf: no line with `trust` for a network; passwords and TLS instead",
                f"hostssl all all {PLACEHOLDER} scram-sha-256",
                "# postgresql.conf",
                "listen_addresses = 'localhost'",
                "password_encryption = scram-sha-256",
                "# then",
                "psql -c \"ALTER USER postgres PASSWORD '<long random>'\" -c 'SELECT pg_reload_conf()'",
                "# containers: set POSTGRES_PASSWORD and remove POSTGRES_HOST_AUTH_METHOD=trust",
                close_to_strangers("tcp dport 5432"),
            ),
            cwe=(306, 1188, 200),
            attack=("T1190", "T1213.006", "T1059"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("postgres", "postgis/postgis", "timescale/timescaledb", "*/pgvector", "tensorchord/pgvecto-rs"),
        ports=(5432,),
        rule="postgresql-trust",
        defaults=(("", Guard.CLOSED),),
        signs=("open: POSTGRES_HOST_AUTH_METHOD=trust",),
        files=("*pg_hba.conf",),
        why="the image does not start without a password",
        source="https://hub.docker.com/_/postgres",
    ),
    Image(
        names=("bitnami/postgresql", "bitnamilegacy/postgresql"),
        ports=(5432,),
        rule="postgresql-trust",
        defaults=(("", Guard.CLOSED),),
        signs=("closed: POSTGRES*_PASSWORD*", "open: ALLOW_EMPTY_PASSWORD=yes|true|1"),
        files=("*pg_hba.conf",),
        why="the image does not start without a password",
        source="https://github.com/bitnami/containers/blob/main/bitnami/postgresql/README.md",
    ),
)
