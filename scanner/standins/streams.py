"""What stands around Kafka, and NSQ: registry, connectors, console and queue, from their API documentation."""

import asyncio

from scanner.core.jsontext import Json
from scanner.standins.standin import Serve, StandIn
from scanner.standins.web import Page, json_page, web

_REGISTRY = "https://docs.confluent.io/platform/current/schema-registry/develop/api.html"
_CONNECT = "https://docs.confluent.io/platform/current/connect/references/restapi.html"
_CONSOLE = "https://ui.docs.kafbat.io/"
_NSQ = "https://nsq.io/components/nsqd.html"
_SCHEMAS = {"Content-Type": "application/vnd.schemaregistry.v1+json"}
_WORKER = json_page({"version": "3.9.1", "commit": "f745dfdcee2b9851", "kafka_cluster_id": "4L6g3nShT-eMCtK--X86sw"})
_UI = Page("<!DOCTYPE html><html><head><title>UI for Apache Kafka</title></head><body></body></html>")
_CLUSTER: Json = {"name": "main", "status": "online", "brokerCount": 3, "topicCount": 12}
_LOGIN = Page("", 401, {"WWW-Authenticate": 'Basic realm="streams"'})
_INFO = json_page(
    {
        "version": "1.3.0",
        "broadcast_address": "queue-1",
        "hostname": "queue-1",
        "http_port": 4151,
        "tcp_port": 4150,
        "start_time": 1_700_000_000,
    }
)
_OLD: Json = {"version": "0.3.8", "hostname": "queue-1", "http_port": 4151, "tcp_port": 4150}
_OLD_STATS: Json = {"version": "0.3.8", "health": "OK", "topics": [{"topic_name": "mail", "depth": 0}]}
_NO_PATH = json_page({"message": "NOT_FOUND"}, 404, {"X-NSQ-Content-Type": "nsq; version=1.0"})
_STATS = json_page({"version": "1.3.0", "health": "OK", "topics": [{"topic_name": "mail", "depth": 0}]})


def _nsqd(*, login: bool) -> Serve:
    features = (
        b'{"max_rdy_count":2500,"version":"1.3.0","tls_v1":false,"auth_required":%b}' % str(login).lower().encode()
    )

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.readexactly(4) != b"  V2":
            writer.write(_frame(1, b"E_BAD_PROTOCOL"))
        elif await reader.readline() == b"IDENTIFY\n":
            await reader.readexactly(int.from_bytes(await reader.readexactly(4)))
            writer.write(_frame(0, features))
            if command := await reader.readline():
                writer.write(_frame(1, b"E_INVALID cannot %b in current state" % command.strip()))
        await writer.drain()

    return serve


def _frame(kind: int, content: bytes) -> bytes:
    return (len(content) + 4).to_bytes(4) + kind.to_bytes(4) + content


def _wrapped(data: Json, status: int = 200) -> Page:
    return json_page({"status_code": status, "status_txt": "OK" if data else "NOT_FOUND", "data": data}, status)


STAND_INS = (
    StandIn(
        service="schema-registry",
        case="open",
        title="a schema registry without a login",
        port=8081,
        serve=web(
            {
                "/": json_page({}, headers=_SCHEMAS),
                "/config": json_page({"compatibilityLevel": "BACKWARD"}, headers=_SCHEMAS),
                "/subjects": json_page(["orders-value"], headers=_SCHEMAS),
            }
        ),
        source=_REGISTRY,
    ),
    StandIn(
        service="schema-registry",
        case="protected",
        title="a schema registry with a login",
        port=8081,
        serve=web({}, otherwise=json_page({"error_code": 401, "message": "Unauthorized"}, 401, _SCHEMAS)),
        source=_REGISTRY,
    ),
    StandIn(
        service="kafka-connect",
        case="open",
        title="a Kafka Connect worker without a login",
        port=8083,
        serve=web({"/": _WORKER, "/connectors": json_page(["orders-to-s3"])}),
        source=_CONNECT,
    ),
    StandIn(
        service="kafka-connect",
        case="protected",
        title="a Kafka Connect worker whose connectors want a login",
        port=8083,
        serve=web({"/": _WORKER, "/connectors": _LOGIN}),
        source=_CONNECT,
    ),
    StandIn(
        service="kafka-ui",
        case="open",
        title="a Kafka console without a login",
        port=8080,
        serve=web({"/": _UI, "/api/clusters": json_page([_CLUSTER])}),
        source=_CONSOLE,
    ),
    StandIn(
        service="kafka-ui",
        case="protected",
        title="a Kafka console with a login",
        port=8080,
        serve=web({"/": _UI, "/api/clusters": _LOGIN}),
        source=_CONSOLE,
    ),
    StandIn(
        service="nsqd",
        case="open",
        title="nsqd without a login",
        port=4150,
        serve=_nsqd(login=False),
        source="https://nsq.io/clients/tcp_protocol_spec.html",
    ),
    StandIn(
        service="nsqd",
        case="protected",
        title="nsqd with a login",
        port=4150,
        serve=_nsqd(login=True),
        source="https://nsq.io/clients/tcp_protocol_spec.html",
    ),
    StandIn(
        service="nsq-v0",
        case="open",
        title="nsqd 0.3 without a login",
        port=4151,
        serve=web({"/info": _wrapped(_OLD), "/stats": _wrapped(_OLD_STATS)}, otherwise=_wrapped(None, 404)),
        source=_NSQ,
    ),
    StandIn(
        service="nsq-v0",
        case="protected",
        title="nsqd 0.3 whose statistics a proxy refuses",
        port=4151,
        serve=web({"/info": _wrapped(_OLD), "/stats": Page("", 403)}, otherwise=_wrapped(None, 404)),
        source=_NSQ,
    ),
    StandIn(
        service="nsq",
        case="open",
        title="an nsqd whose HTTP interface faces the network",
        port=4151,
        serve=web({"/": _NO_PATH, "/info": _INFO, "/stats": _STATS}),
        source=_NSQ,
    ),
    StandIn(
        service="nsq",
        case="protected",
        title="an nsqd behind a proxy that asks for a login",
        port=4151,
        serve=web({"/": _NO_PATH, "/info": _INFO, "/stats": _LOGIN}),
        source=_NSQ,
    ),
)
