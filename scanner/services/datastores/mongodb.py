"""MongoDB: without access control anybody reads, changes, deletes and ransoms every database.

Protocol: https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
"""

import struct
from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import close_to_strangers
from scanner.core.guard import Guard
from scanner.core.image import Image
from scanner.core.jsontext import Json
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.wire.bson import Document, Value, decode, encode

_OP_REPLY = 1
_OP_QUERY = 2004
_OP_MSG = 2013
_LONGEST = 1 << 18
_FIRST_WIRE_WITH_OP_MSG = 6
_UNAUTHORIZED = 13


def op_query(number: int, command: dict[str, int | str | bool]) -> bytes:
    """Return a command as OP_QUERY on admin.$cmd: every release answers `isMaster` in it."""
    body = struct.pack("<i", 0) + b"admin.$cmd\0" + struct.pack("<ii", 0, -1) + encode(command)
    return struct.pack("<iiii", 16 + len(body), number, 0, _OP_QUERY) + body


def op_msg(number: int, command: dict[str, int | str | bool]) -> bytes:
    """Return a command on `admin` as OP_MSG, which releases since 3.6 want."""
    body = struct.pack("<i", 0) + b"\0" + encode({**command, "$db": "admin"})
    return struct.pack("<iiii", 16 + len(body), number, 0, _OP_MSG) + body


_LIST: dict[str, int | str | bool] = {"listDatabases": 1, "nameOnly": True}
_HELLO = op_query(1, {"isMaster": 1})
_BUILD = {_OP_QUERY: op_query(2, {"buildInfo": 1}), _OP_MSG: op_msg(2, {"buildInfo": 1})}
_DATABASES = {_OP_QUERY: op_query(3, _LIST), _OP_MSG: op_msg(3, _LIST)}


@dataclass(frozen=True, slots=True, kw_only=True)
class MongoFacts(Facts):
    """What a MongoDB server showed."""

    databases: tuple[str, ...] = ()


async def ask(talk: Talk) -> MongoFacts | None:
    """Ask isMaster and buildInfo, which answer everybody, then listDatabases, which access control refuses."""
    await talk.send(_HELLO)
    hello = await read_answer(talk, 1)
    wire = hello.get("maxWireVersion", 0)
    if not isinstance(wire, int) or "ismaster" not in hello or "maxBsonObjectSize" not in hello:
        return None
    kind = _OP_MSG if wire >= _FIRST_WIRE_WITH_OP_MSG else _OP_QUERY
    await talk.send(_BUILD[kind])
    build = await read_answer(talk, 2)
    version = build.get("version")
    version = version if isinstance(version, str) else None
    product = "FerretDB" if "ferretdb" in build or "ferretdbVersion" in build else "MongoDB"
    await talk.send(_DATABASES[kind])
    answer = await read_answer(talk, 3)
    names = parse_databases(answer)
    evidence: dict[str, Json] = {"max_wire_version": wire}
    if isinstance(hello.get("setName"), str):
        evidence["replica_set"] = str(hello["setName"])
    if names is None:
        reason = answer.get("errmsg") or answer.get("$err")
        refused = answer.get("code") == _UNAUTHORIZED or "auth" in str(reason).lower()
        return MongoFacts(
            access=Access.REFUSED if refused else Access.UNKNOWN,
            product=product,
            version=version,
            evidence=evidence,
            proof=(Exchange("listDatabases", str(reason or "no list")),),
            note=None if refused else "it neither listed nor refused its databases",
        )
    shown: list[Json] = [*names[:50]]
    return MongoFacts(
        access=Access.CONTROL,
        product=product,
        version=version,
        evidence={**evidence, "databases": shown},
        proof=(Exchange("buildInfo", f"version {version}"), Exchange("listDatabases", f"ok, {len(names)} databases")),
        traces={"name": tuple(names)},
        databases=tuple(names),
    )


async def read_answer(talk: Talk, number: int) -> Document:
    """Return the document that answers our message `number`; raises Malformed when it is none."""
    head = await talk.read_exactly(16)
    length, _, to, kind = struct.unpack("<iiii", head)
    if to != number or kind not in {_OP_REPLY, _OP_MSG} or not 21 <= length <= _LONGEST:
        raise Malformed("not an answer of MongoDB")
    body = await talk.read_exactly(length - 16)
    # OP_REPLY has 20 bytes before its document, OP_MSG four of flags and the kind of its first section.
    return decode(body, 20 if kind == _OP_REPLY else 5)


def parse_databases(answer: Document) -> list[str] | None:
    """Return the names of a listDatabases answer, None when it is a refusal."""
    listed = answer.get("databases")
    if answer.get("ok") != 1 or not isinstance(listed, list):
        return None
    return [name for one in listed if isinstance(name := _field(one, "name"), str)]


def _field(value: Value, name: str) -> Value:
    return value.get(name) if isinstance(value, dict) else None


def _open(facts: MongoFacts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    return f"{facts.product} lists its {len(facts.databases)} databases to anybody: access control is off."


_PAGES = (
    "https://www.mongodb.com/docs/manual/administration/security-checklist/",
    "https://www.mongodb.com/docs/manual/tutorial/enable-authentication/",
)
_READ = "a diagnostic command that reads and changes nothing"

PROBE = Probe(
    id="mongodb",
    title="MongoDB",
    ports=tcp(27017, 27018, 27019),
    sends=(line(_HELLO, why=_READ), *(line(data, why=_READ) for data in (*_BUILD.values(), *_DATABASES.values()))),
    ask=ask,
    fingerprints=(Fingerprint(body="It looks like you are trying to access MongoDB over HTTP"),),
    references=_PAGES,
    rules=(
        Rule(
            id="mongodb-no-auth",
            title="MongoDB answers without access control",
            why="Every database can be read, changed and deleted; such servers are held to ransom within hours.",
            controls=Controls.DATA,
            holds=_open,
            remedy=(
                "# first an administrator, in mongosh",
                'use admin; db.createUser({user: "admin", pwd: passwordPrompt(), roles: ["root"]})',
                "# then /etc/mongod.conf",
                "security:",
                "  authorization: enabled",
                "net:",
                "  bindIp: 127.0.0.1,10.0.0.5",
                "  tls: {mode: requireTLS, certificateKeyFile: /etc/ssl/mongodb.pem}",
                close_to_strangers("tcp dport 27017-27019"),
            ),
            cwe=(306, 1188, 200),
            attack=("T1190", "T1213.006", "T1485", "T1657"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("mongo", "percona/percona-server-mongodb"),
        ports=(27017,),
        rule="mongodb-no-auth",
        signs=(
            "open: --noauth",
            "closed: MONGO_INITDB_ROOT_USERNAME",
            "closed: MONGO_INITDB_ROOT_USERNAME_FILE",
            "closed: --auth",
            "closed: --keyFile",
            "closed: --clusterAuthMode",
            "closed: --bind_ip=127.0.0.1|localhost",
        ),
        files=("*mongo*.conf", "*mongo*.yaml", "*mongo*.yml"),
        why="the image asks for no login unless a root user is named",
        source="https://hub.docker.com/_/mongo",
    ),
    Image(
        names=("mongodb/mongodb-community-server", "mongodb/mongodb-enterprise-server"),
        ports=(27017,),
        rule="mongodb-no-auth",
        signs=(
            "open: --noauth",
            "closed: MONGODB_INITDB_ROOT_USERNAME",
            "closed: MONGO_INITDB_ROOT_USERNAME",
            "closed: MONGODB_INITDB_ROOT_USERNAME_FILE",
            "closed: --auth",
        ),
        files=("*mongo*.conf",),
        why="the image asks for no login unless a root user is named",
        source="https://hub.docker.com/r/mongodb/mongodb-community-server",
    ),
    Image(
        names=("bitnami/mongodb", "bitnamilegacy/mongodb"),
        ports=(27017,),
        rule="mongodb-no-auth",
        defaults=(("", Guard.UNKNOWN),),
        signs=(
            "closed: MONGODB_ROOT_PASSWORD",
            "closed: MONGODB_ROOT_PASSWORD_FILE",
            "open: ALLOW_EMPTY_PASSWORD=yes|true|1",
        ),
        why="the image asks for no login unless a root password is given",
        source="https://hub.docker.com/r/bitnami/mongodb",
    ),
)
