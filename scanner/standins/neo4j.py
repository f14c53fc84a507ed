"""Neo4j over Bolt and HTTP; the messages follow neo4j.com/docs/bolt/current and the HTTP API of release 3.5."""

import asyncio

from scanner.core.jsontext import Json
from scanner.standins.standin import Serve, StandIn
from scanner.standins.web import json_page, web
from scanner.wire.packstream import chunked, encode

_BOLT = "https://neo4j.com/docs/bolt/current/bolt/handshake/"
_HTTP = "https://neo4j.com/docs/http-api/3.5/discovery/"
_HTTP_V4 = "https://neo4j.com/docs/http-api/current/transactions/"
_MAGIC = b"\x60\x60\xb0\x17"
_SUCCESS = chunked(b"\xb1\x70" + encode({"server": "Neo4j/4.4.40", "connection_id": "bolt-1"}))
_FAILURE = chunked(
    b"\xb1\x7f"
    + encode(
        {"code": "Neo.ClientError.Security.Unauthorized", "message": "The client is unauthorized: no credentials."}
    )
)


def _plays(answer: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.readexactly(4) != _MAGIC:
            return
        await reader.readexactly(16)
        writer.write(b"\0\0\x04\x04")
        while length := int.from_bytes(await reader.readexactly(2), "big"):
            message = await reader.readexactly(length)
            await reader.readexactly(2)
            if message[1:2] == b"\x02":
                return
            writer.write(answer)
            await writer.drain()

    return serve


_DISCOVERY: Json = {"data": "http://10.0.0.5:7474/db/data/", "management": "http://10.0.0.5:7474/db/manage/"}
_DATA: Json = {
    "node": "http://10.0.0.5:7474/db/data/node",
    "cypher": "http://10.0.0.5:7474/db/data/cypher",
    "neo4j_version": "3.5.35",
}
_REFUSAL: Json = {
    "errors": [{"code": "Neo.ClientError.Security.Unauthorized", "message": "No authentication header supplied."}]
}

_V4: Json = {
    "bolt_routing": "neo4j://10.0.0.5:7687",
    "transaction": "http://10.0.0.5:7474/db/{databaseName}/tx",
    "bolt_direct": "bolt://10.0.0.5:7687",
    "neo4j_version": "4.4.40",
    "neo4j_edition": "community",
}

STAND_INS = (
    StandIn(
        service="neo4j", case="open", title="a Neo4j without a login", port=7687, serve=_plays(_SUCCESS), source=_BOLT
    ),
    StandIn(
        service="neo4j",
        case="protected",
        title="a Neo4j that asks for a login",
        port=7687,
        serve=_plays(_FAILURE),
        source=_BOLT,
    ),
    StandIn(
        service="neo4j-http",
        case="open",
        title="a Neo4j 3.5 that shows its data over HTTP",
        port=7474,
        serve=web({"/": json_page(_DISCOVERY), "/db/data/": json_page(_DATA)}),
        source=_HTTP,
    ),
    StandIn(
        service="neo4j-http",
        case="protected",
        title="a Neo4j 3.5 that asks for a login",
        port=7474,
        serve=web(
            {
                "/": json_page(_DISCOVERY),
                "/db/data/": json_page(_REFUSAL, 401, {"WWW-Authenticate": 'Basic realm="Neo4j"'}),
            }
        ),
        source=_HTTP,
    ),
    StandIn(
        service="neo4j-http-v4",
        case="open",
        title="a Neo4j 4.4 that takes transactions from anybody over HTTP",
        port=7474,
        serve=web({"/": json_page(_V4), "/db/neo4j/tx": json_page(None, 405, {"Allow": "POST,OPTIONS"})}),
        source=_HTTP_V4,
    ),
    StandIn(
        service="neo4j-http-v4",
        case="protected",
        title="a Neo4j 4.4 that asks for a login over HTTP",
        port=7474,
        serve=web(
            {
                "/": json_page(_V4),
                "/db/neo4j/tx": json_page(_REFUSAL, 401, {"WWW-Authenticate": 'Basic realm="Neo4j"'}),
            }
        ),
        source=_HTTP_V4,
    ),
)
