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
from scanner.core.mood import Mood
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean
from scanner.core.unheard import Unheard
from scanner.wire.bson import Document, Value, decode, encode
from scanner.wire.mongo_messages import OP_MSG, OP_QUERY, OP_REPLY, op_msg, op_query

_LONGEST = 1 << 18
_FIRST_WIRE_WITH_OP_MSG = 6
_UNAUTHORIZED = 13


_LIST: dict[str, int | str | bool] = {"listDatabases": 1, "nameOnly": True}
# A secondary answers only who says that the copy of a secondary will do.
_SECONDARY_OK = 4
_PREFERENCE = b"\x03$readPreference\0" + encode({"mode": "secondaryPreferred"})
_HELLO = op_query(1, {"isMaster": 1})
_BUILD = {OP_QUERY: op_query(2, {"buildInfo": 1}), OP_MSG: op_msg(2, {"buildInfo": 1})}
_DATABASES = {OP_QUERY: op_query(3, _LIST), OP_MSG: op_msg(3, _LIST)}
_FROM_SECONDARY = {
    OP_QUERY: op_query(4, _LIST, _SECONDARY_OK),
    OP_MSG: op_msg(4, _LIST, _PREFERENCE),
}
_NOT_PRIMARY = {10107, 13435}
_NOBODY_NOW = {11600, 11602, 13436, 91, 189, 46, 202}
"""Interrupted at shutdown or by a change of state, starting or recovering, shutting down, stepped down, too busy."""
_NOT_THIS_OPCODE = 352


@dataclass(frozen=True, slots=True, kw_only=True)
class MongoFacts(Facts):
    """What a MongoDB server showed."""

    databases: tuple[str, ...] = ()


async def ask(talk: Talk) -> MongoFacts | None:
    """Ask isMaster and buildInfo, which answer everybody, then listDatabases, which access control refuses."""
    await talk.send(_HELLO)
    hello = await read_answer(talk, 1)
    wire = hello.get("maxWireVersion", 0)
    if hello.get("code") == _NOT_THIS_OPCODE:
        wire = _FIRST_WIRE_WITH_OP_MSG
    elif not {"ismaster", "isWritablePrimary"} & hello.keys() or "maxBsonObjectSize" not in hello:
        return None
    if not isinstance(wire, int):
        return None
    kind = OP_MSG if wire >= _FIRST_WIRE_WITH_OP_MSG else OP_QUERY
    await talk.send(_BUILD[kind])
    build = await read_answer(talk, 2)
    version = build.get("version")
    version = version if isinstance(version, str) else None
    product = "FerretDB" if "ferretdb" in build or "ferretdbVersion" in build else "MongoDB"
    await talk.send(_DATABASES[kind])
    answer = await read_answer(talk, 3)
    if answer.get("code") in _NOT_PRIMARY or "not master" in str(answer.get("errmsg")):
        await talk.send(_FROM_SECONDARY[kind])
        answer = await read_answer(talk, 4)
    names = parse_databases(answer)
    evidence: dict[str, Json] = {"max_wire_version": wire}
    if isinstance(hello.get("setName"), str):
        evidence["replica_set"] = str(hello["setName"])
    if names is None:
        reason = str(answer.get("errmsg") or answer.get("$err") or "no list")
        arbiter = hello.get("arbiterOnly") is True
        refused = answer.get("code") == _UNAUTHORIZED or any(word in reason.lower() for word in ("auth", "login"))
        later = not arbiter and (answer.get("code") in _NOBODY_NOW or "recovering" in reason)
        return MongoFacts(
            access=Access.REFUSED if refused else Access.UNKNOWN,
            product=product,
            version=version,
            evidence=evidence,
            proof=(Exchange("listDatabases", clean(reason, 200)),),
            note=None if refused else _undecided(arbiter=arbiter, later=later),
            unheard=Unheard.REFUSED_LATER if later and not refused else None,
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


def _undecided(*, arbiter: bool, later: bool) -> str:
    if arbiter:
        return "an arbiter of a replica set: it holds no data"
    return (
        "it starts, recovers or stops: nobody is served now" if later else "it neither listed nor refused its databases"
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
    return f"{facts.product} lists its {len(facts.databases)} databases to anybody: access control is off."


def _reply(number: int, document: bytes, kind: int = OP_MSG) -> bytes:
    body = (b"\0" * 5 if kind == OP_MSG else struct.pack("<iqii", 0, 0, 0, 1)) + document
    return struct.pack("<iiii", 16 + len(body), 0, number, kind) + body


def _mood(
    name: str,
    answers: dict[bytes, bytes],
    *,
    hello: dict[str, int | str | bool] | None = None,
    access: Access = Access.UNKNOWN,
    unheard: Unheard | None = None,
) -> Mood:
    described = {"ismaster": True, "maxBsonObjectSize": 1 << 24, "maxWireVersion": 17, **(hello or {})}
    kind = OP_MSG if described["maxWireVersion"] else OP_QUERY
    says = {_HELLO: _reply(1, encode(described), OP_REPLY), _BUILD[kind]: _reply(2, encode({"version": "6.0.1"}))}
    return Mood(name=name, says=says | answers, access=access, unheard=unheard)


def _no(number: int, code: int, words: str) -> bytes:
    return _reply(number, encode({"ok": 0, "code": code, "errmsg": words}))


_LISTED = b"\x04databases\0" + encode({}) + encode({"ok": 1})[4:]
_NAMES = struct.pack("<i", len(_LISTED) + 4) + _LISTED
_ASKED, _OLD = _DATABASES[OP_MSG], _DATABASES[OP_QUERY]
_AGAIN = _FROM_SECONDARY[OP_MSG]
_REPLICA: dict[str, int | str | bool] = {"ismaster": False, "secondary": True, "setName": "rs0"}
_STANDS = Unheard.REFUSED_LATER
MOODS = (
    _mood("login", {_ASKED: _no(3, 13, "command listDatabases requires authentication")}, access=Access.REFUSED),
    _mood(
        "login-before-3.6",
        {_OLD: _no(3, 13, "not authorized on admin to execute command")},
        hello={"maxWireVersion": 0},
        access=Access.REFUSED,
    ),
    _mood("login-before-2.6", {_OLD: _no(3, 0, "need to login")}, hello={"maxWireVersion": 0}, access=Access.REFUSED),
    _mood(
        "secondary",
        {_ASKED: _no(3, 13435, "not master and slaveOk=false"), _AGAIN: _reply(4, _NAMES)},
        hello=_REPLICA,
        access=Access.CONTROL,
    ),
    _mood(
        "secondary-with-login",
        {_ASKED: _no(3, 13435, "not primary"), _AGAIN: _no(4, 13, "command listDatabases requires authentication")},
        hello=_REPLICA,
        access=Access.REFUSED,
    ),
    _mood("recovering", {_ASKED: _no(3, 13436, "node is recovering")}, hello=_REPLICA, unheard=_STANDS),
    _mood("stopping", {_ASKED: _no(3, 91, "The server is in quiesce mode and will shut down")}, unheard=_STANDS),
    _mood("arbiter", {_ASKED: _no(3, 13436, "node is not in primary state")}, hello=_REPLICA | {"arbiterOnly": True}),
    Mood(
        name="no-old-questions",
        says={
            _HELLO: _reply(1, encode({"ok": 0, "code": 352, "errmsg": "Unsupported OP_QUERY command"}), OP_REPLY),
            _BUILD[OP_MSG]: _reply(2, encode({"version": "9.0.0"})),
            _ASKED: _no(3, 13, "command listDatabases requires authentication"),
        },
        access=Access.REFUSED,
    ),
)

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
        line(data, why=_READ) for table in ({0: _HELLO}, _BUILD, _DATABASES, _FROM_SECONDARY) for data in table.values()
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
