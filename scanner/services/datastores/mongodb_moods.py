"""What MongoDB and its relatives say in place of their usual answers."""

import struct

from scanner.core.facts import Access
from scanner.core.mood import Mood
from scanner.core.unheard import Unheard
from scanner.services.datastores.mongodb_questions import BUILD, DATABASES, FROM_SECONDARY, HELLO
from scanner.wire.bson import encode
from scanner.wire.mongo_messages import OP_MSG, OP_QUERY, OP_REPLY


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
    says = {HELLO: _reply(1, encode(described), OP_REPLY), BUILD[kind]: _reply(2, encode({"version": "6.0.1"}))}
    return Mood(name=name, says=says | answers, access=access, unheard=unheard)


def _no(number: int, code: int, words: str) -> bytes:
    return _reply(number, encode({"ok": 0, "code": code, "errmsg": words}))


def _old_no(code: int, words: str) -> bytes:
    return _reply(1, encode({"ok": 0, "code": code, "errmsg": words}), OP_REPLY)


_LISTED = b"\x04databases\0" + encode({}) + encode({"ok": 1})[4:]
_NAMES = struct.pack("<i", len(_LISTED) + 4) + _LISTED
_ASKED, _OLD = DATABASES[OP_MSG], DATABASES[OP_QUERY]
_AGAIN = FROM_SECONDARY[OP_MSG]
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
    *(
        _mood(name, {_ASKED: _no(3, code, words)}, unheard=_STANDS)
        for name, code, words in (
            ("out-of-time", 50, "operation exceeded time limit"),
            ("no-shard-answers", 133, 'Could not find host matching read preference { mode: "primary" } for set s0'),
            ("too-many-requests-cosmosdb", 16500, "Request rate is large. More Request Units may be needed"),
            ("no-such-command", 59, "no such command: 'listDatabases'"),
            ("api-version-wanted", 498870, "The apiVersion parameter is required"),
        )
    ),
    Mood(name="hello-while-stopping", says={HELLO: _old_no(91, "interrupted at shutdown")}, unheard=_STANDS),
    Mood(name="hello-refused", says={HELLO: _old_no(18, "Authentication failed.")}, access=Access.REFUSED),
    Mood(
        name="no-old-questions",
        says={
            HELLO: _reply(1, encode({"ok": 0, "code": 352, "errmsg": "Unsupported OP_QUERY command"}), OP_REPLY),
            BUILD[OP_MSG]: _reply(2, encode({"version": "9.0.0"})),
            _ASKED: _no(3, 13, "command listDatabases requires authentication"),
        },
        access=Access.REFUSED,
    ),
)
