"""MySQL and MariaDB: named by their greeting; nothing is sent, so whether an account lacks a password stays unknown.

https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html
"""

from dataclasses import dataclass

from scanner.core.facts import Access, Exchange, Facts
from scanner.core.probe import Greeting, Probe, tcp
from scanner.core.talk import Talk

_CLIENT_SSL = 0x0800
_LONGEST = 4_096
_HOST_REFUSED = {1129: "it blocks this host after too many errors", 1130: "this host may not connect"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MysqlFacts(Facts):
    """What a server's greeting said."""

    tls_offered: bool = False


@dataclass(frozen=True, slots=True)
class Hello:
    """A protocol 10 handshake."""

    version: str
    plugin: str
    tls: bool


def parse_hello(payload: bytes) -> Hello | None:
    """Return the handshake of a greeting packet's payload, None when it is none."""
    version, end, rest = payload[1:].partition(b"\0")
    # Thread id, 8 bytes of salt, a zero, then the capabilities.
    if payload[:1] != b"\x0a" or not end or not version[:1].isdigit() or len(rest) < 15 or rest[12:13] != b"\0":
        return None
    capabilities = int.from_bytes(rest[13:15], "little")
    plugin = rest.rstrip(b"\0").rpartition(b"\0")[2]
    return Hello(
        version.decode("ascii", "replace"),
        plugin.decode("ascii") if plugin.isascii() and plugin.decode("ascii", "replace").isidentifier() else "",
        bool(capabilities & _CLIENT_SSL),
    )


async def ask(talk: Talk) -> MysqlFacts | None:
    """Read the greeting and hang up; the server counts an unfinished login against this host until one succeeds."""
    head = await talk.read_exactly(4)
    length = int.from_bytes(head[:3], "little")
    if head[3] != 0 or not 3 <= length <= _LONGEST:
        return None
    payload = await talk.read_exactly(length)
    if payload[0] == 0xFF:
        code = int.from_bytes(payload[1:3], "little")
        if code not in _HOST_REFUSED:
            return None
        proof = (Exchange("nothing, listened", f"error {code}: {_HOST_REFUSED[code]}"),)
        return MysqlFacts(access=Access.REFUSED, product="MySQL", proof=proof)
    hello = parse_hello(payload)
    if hello is None:
        return None
    maria = "MariaDB" in hello.version
    version = hello.version.removeprefix("5.5.5-") if maria else hello.version
    return MysqlFacts(
        product="MariaDB" if maria else "MySQL",
        version=version,
        evidence={"auth_plugin": hello.plugin, "tls_offered": hello.tls},
        proof=(Exchange("nothing, listened", f"greeting of {version}"),),
        note="reachable; whether an account has no password can't be told without trying one",
        tls_offered=hello.tls,
    )


PROBE = Probe(
    id="mysql",
    title="MySQL",
    ports=tcp(3306, 3307),
    sends=(),
    ask=ask,
    greetings=(Greeting(start=b"\x00\x0a", offset=3), Greeting(start=b"\x00\xff\x6a\x04", offset=3)),
    references=(
        "https://dev.mysql.com/doc/refman/8.4/en/security-guidelines.html",
        "https://mariadb.com/kb/en/securing-mariadb/",
    ),
)
