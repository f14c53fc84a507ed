"""PostgreSQL: under `trust` anybody logs in by name alone, and a superuser runs programs on the host.

Protocol: https://www.postgresql.org/docs/current/protocol-flow.html
"""

from dataclasses import dataclass, field, replace

from scanner.core.errors import TalkError
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import close_to_strangers
from scanner.core.guard import Guard
from scanner.core.image import Image
from scanner.core.jsontext import Json
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
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
    if code == "3D000":
        # The database is looked up after the user was let in.
        return PostgresFacts(access=Access.DATA, product="PostgreSQL", proof=proof)
    if code in {"28000", "28P01"} and routine != "InitializeSessionUserId":
        return PostgresFacts(access=Access.REFUSED, product="PostgreSQL", proof=proof)
    missing = code == "28000"
    note = (
        "there is no user postgres: other names may need no password" if missing else "it serves nobody at the moment"
    )
    return PostgresFacts(product="PostgreSQL", proof=proof, note=note)


async def _session(talk: Talk) -> PostgresFacts | None:
    """Read what follows AuthenticationOk: the server looks the user up only after that."""
    parameters: dict[str, str] = {}
    for _ in range(_MOST_MESSAGES):
        message = await read_message(talk)
        if message.kind == "E":
            return _error(parse_error(message.body))
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
            Exchange("SELECT datname FROM pg_database", f"{len(names)} databases"),
        ),
        traces={"name": tuple(names)},
        superuser=superuser,
        parameters=parameters,
    )


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
    if facts.access < Access.DATA:
        return None
    who = "the superuser postgres" if facts.superuser else "the user postgres"
    return f"{facts.product} lets anybody log in as {who} without a password."


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
                "hostssl all all 10.0.0.0/24 scram-sha-256",
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
        names=(
            "postgres",
            "postgis/postgis",
            "timescale/timescaledb",
            "pgvector/pgvector",
            "tensorchord/pgvecto-rs",
            "ankane/pgvector",
        ),
        ports=(5432,),
        rule="postgresql-trust",
        defaults=(("", Guard.CLOSED),),
        signs=("open: POSTGRES_HOST_AUTH_METHOD=trust",),
        files=("*pg_hba.conf",),
        why="the image does not start without a password",
        source="https://hub.docker.com/_/postgres",
    ),
)
