"""Redis, open and protected; the answers follow redis.io/docs/latest/develop/reference/protocol-spec."""

import asyncio

from scanner.standins.standin import Serve, StandIn

_SOURCE = "https://redis.io/docs/latest/develop/reference/protocol-spec/"
_INFO = (
    "# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\nos:Linux 6.1.0 x86_64\r\ntcp_port:6379\r\n"
    "executable:/usr/bin/redis-server\r\nconfig_file:/etc/redis/redis.conf\r\n"
    "# Clients\r\nconnected_clients:3\r\n# Replication\r\nrole:master\r\nconnected_slaves:0\r\n"
    "# Keyspace\r\ndb0:keys=1312,expires=12,avg_ttl=0\r\n"
)


def bulk(text: str) -> bytes:
    """Return a RESP bulk string."""
    data = text.encode()
    return b"$%d\r\n%s\r\n" % (len(data), data)


def array(*texts: str) -> bytes:
    """Return a RESP array of bulk strings."""
    return b"*%d\r\n" % len(texts) + b"".join(map(bulk, texts))


_OPEN = {
    "PING": b"+PONG\r\n",
    "INFO": bulk(_INFO),
    "DBSIZE": b":1312\r\n",
    "CONFIG": array("dir", "/var/lib/redis", "dbfilename", "dump.rdb"),
    "MODULE": b"*0\r\n",
    "CLIENT": bulk("id=3 addr=127.0.0.1:40000 name= db=0"),
    "ACL": bulk("default"),
    "COMMAND": b":240\r\n",
    "QUIT": b"+OK\r\n",
}
_NO_AUTH = b"-NOAUTH Authentication required.\r\n"


def _plays(answers: dict[str, bytes], otherwise: bytes | None) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while words := await _command(reader):
            word = words[0].upper()
            unknown = b"-ERR unknown command '%s', with args beginning with: \r\n" % words[0].encode()[:128]
            writer.write(answers.get(word, otherwise or unknown))
            await writer.drain()

    return serve


async def _command(reader: asyncio.StreamReader) -> list[str]:
    """Read one command, inline or as an array; an empty list ends the conversation."""
    line = (await reader.readline()).strip()
    if not line.startswith(b"*"):
        return line.decode("latin-1").split()
    count = int(line[1:]) if line[1:].isdigit() else 0
    words = []
    for _ in range(min(count, 64)):
        length = (await reader.readline()).strip()
        if not length[1:].isdigit():
            return []
        words.append((await reader.readexactly(min(int(length[1:]), 4_096) + 2))[:-2].decode("latin-1"))
    return words


STAND_INS = (
    StandIn(
        service="redis",
        case="open",
        title="a Redis without a password",
        port=6379,
        serve=_plays(_OPEN, None),
        source=_SOURCE,
        demo=True,
    ),
    StandIn(
        service="redis",
        case="protected",
        title="a Redis that demands a password",
        port=6379,
        serve=_plays({"QUIT": b"+OK\r\n"}, _NO_AUTH),
        source=_SOURCE,
        demo=True,
    ),
)
