"""MongoDB: without access control anybody reads, changes, deletes and ransoms every database.

Protocol: https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
"""

import struct
from dataclasses import dataclass

from scanner.core.count import counted
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
from scanner.core.text import clean
from scanner.core.unheard import Unheard
from scanner.services.datastores.mongodb_moods import MOODS
from scanner.services.datastores.mongodb_questions import BUILD, DATABASES, FROM_SECONDARY, HELLO
from scanner.wire.bson import Document, Value, decode
from scanner.wire.mongo_messages import OP_MSG, OP_QUERY, OP_REPLY

_LONGEST = 1 << 18
_FIRST_WIRE_WITH_OP_MSG = 6
_UNAUTHORIZED = 13
_NOT_PRIMARY = {10107, 13435}
_NOBODY_NOW = {11600, 11602, 13436, 91, 189, 46, 202}
"""Interrupted at shutdown or by a change of state, starting or recovering, shutting down, stepped down, too busy."""
_NOT_THIS_OPCODE = 352
_WITHOUT_DATA = {
    "arbiterOnly": "an arbiter of a replica set: it holds no data",
    "iscryptd": "mongocryptd, which encrypts for its own machine: it holds no data",
}
_NOT_NOW = "it starts, recovers or stops: nobody is served now"
_NEITHER = "it neither listed nor refused its databases"


@dataclass(frozen=True, slots=True, kw_only=True)
class MongoFacts(Facts):
    """What a MongoDB server showed."""

    databases: tuple[str, ...] = ()


async def ask(talk: Talk) -> MongoFacts | None:
    """Ask isMaster and buildInfo, which answer everybody, then listDatabases, which access control refuses."""
    await talk.send(HELLO)
    hello = await read_answer(talk, 1)
    wire = hello.get("maxWireVersion", 0)
    if hello.get("code") == _NOT_THIS_OPCODE:
        wire = _FIRST_WIRE_WITH_OP_MSG
    elif not {"ismaster", "isWritablePrimary"} & hello.keys() or "maxBsonObjectSize" not in hello:
        return _no_hello(hello)
    if not isinstance(wire, int):
        return None
    kind = OP_MSG if wire >= _FIRST_WIRE_WITH_OP_MSG else OP_QUERY
    await talk.send(BUILD[kind])
    build = await read_answer(talk, 2)
    version = build.get("version")
    version = version if isinstance(version, str) else None
    product = "FerretDB" if "ferretdb" in build or "ferretdbVersion" in build else "MongoDB"
    await talk.send(DATABASES[kind])
    answer = await read_answer(talk, 3)
    if _code(answer) in _NOT_PRIMARY or "not master" in str(answer.get("errmsg")):
        await talk.send(FROM_SECONDARY[kind])
        answer = await read_answer(talk, 4)
    names = parse_databases(answer)
    evidence: dict[str, Json] = {"max_wire_version": wire}
    if isinstance(hello.get("setName"), str):
        evidence["replica_set"] = str(hello["setName"])
    if names is None:
        reason = str(answer.get("errmsg") or answer.get("$err") or "no list")
        empty = next((words for name, words in _WITHOUT_DATA.items() if hello.get(name) is True), None)
        refused = _refuses(answer)
        later = _code(answer) in _NOBODY_NOW or "recovering" in reason
        return MongoFacts(
            access=Access.REFUSED if refused else Access.UNKNOWN,
            product=product,
            version=version,
            evidence=evidence,
            proof=(Exchange("listDatabases", clean(reason, 200)),),
            note=None if refused else empty or (_NOT_NOW if later else _NEITHER),
            unheard=None if refused or empty else Unheard.REFUSED_LATER,
        )
    shown: list[Json] = [*names[:50]]
    return MongoFacts(
        access=Access.CONTROL,
        product=product,
        version=version,
        evidence={**evidence, "databases": shown},
        proof=(
            Exchange("buildInfo", f"version {version}"),
            Exchange("listDatabases", f"ok, {counted(len(names), 'database')}"),
        ),
        traces={"name": tuple(names)},
        databases=tuple(names),
    )


def _code(answer: Document) -> float | None:
    code = answer.get("code")
    return code if isinstance(code, int | float) else None


def _refuses(answer: Document) -> bool:
    words = str(answer.get("errmsg") or answer.get("$err")).lower()
    return answer.get("code") == _UNAUTHORIZED or any(word in words for word in ("auth", "login"))


def _no_hello(answer: Document) -> MongoFacts | None:
    """Judge what came in place of a hello: an error of the protocol, by one that starts, stops or is a proxy."""
    if answer.get("ok") != 0 or not {"errmsg", "code"} & answer.keys():
        return None
    refused = _refuses(answer)
    return MongoFacts(
        access=Access.REFUSED if refused else Access.UNKNOWN,
        product="MongoDB",
        proof=(Exchange("isMaster", clean(str(answer.get("errmsg") or answer.get("code")), 200)),),
        note=None if refused else _NOT_NOW,
        unheard=None if refused else Unheard.REFUSED_LATER,
    )


async def read_answer(talk: Talk, number: int) -> Document:
    """Return the document that answers our message `number`; raises Malformed when it is none."""
    head = await talk.read_exactly(16)
    length, _, to, kind = struct.unpack("<iiii", head)
    if to != number or kind not in {OP_REPLY, OP_MSG} or not 21 <= length <= _LONGEST:
        raise Malformed("not an answer of MongoDB")
    body = await talk.read_exactly(length - 16)
    # OP_REPLY has 20 bytes before its document, OP_MSG four of flags and the kind of its first section.
    return decode(body, 20 if kind == OP_REPLY else 5)


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
    return f"{facts.product} lists its {counted(len(facts.databases), 'database')} to anybody: access control is off."


_PAGES = (
    "https://www.mongodb.com/docs/manual/administration/security-checklist/",
    "https://www.mongodb.com/docs/manual/tutorial/enable-authentication/",
)
_READ = "a diagnostic command that reads and changes nothing"

PROBE = Probe(
    id="mongodb",
    title="MongoDB",
    ports=tcp(27017, 27018, 27019),
    sends=tuple(
        line(data, why=_READ) for table in ({0: HELLO}, BUILD, DATABASES, FROM_SECONDARY) for data in table.values()
    ),
    ask=ask,
    moods=MOODS,
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
            "closed: --bind_ip=@loopback",
            "unknown: --config",
            "unknown: -f",
        ),
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
            "closed: MONGODB_INITDB_ROOT_USERNAME_FILE",
            "unknown: MONGO_INITDB_ROOT_USERNAME",
            "closed: --auth",
            "closed: --keyFile",
            "closed: --bind_ip=@loopback",
            "unknown: --config",
            "unknown: -f",
        ),
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
