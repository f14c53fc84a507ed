"""MySQL and MariaDB: named by their greeting; nothing is sent, so whether an account lacks a password stays unknown.

https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html
"""

from dataclasses import dataclass

from scanner.core.facts import Access, Exchange, Facts
from scanner.core.mood import Mood
from scanner.core.probe import Greeting, Probe, tcp
from scanner.core.talk import Talk
from scanner.core.text import clean
from scanner.core.unheard import Unheard

_CLIENT_SSL = 0x0800
_LONGEST = 4_096
_REACHABLE = "reachable; whether an account has no password can't be told without trying one"
_HOST_REFUSED = {1130: "this host may not connect"}
_LATER = {
    1129: "it blocks this host after too many errors",
    1040: "it has no connection left",
    1053: "it is being shut down",
    1135: "it can't make a thread for one more",
    1158: "it could not read from the network",
    1203: "the user has no connection left",
    1205: "it waited too long for a lock",
}
"""Errors of sql/share/errmsg-utf8.txt that come in place of a greeting and say nothing of rights."""


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
        return _turned_away(payload)
    hello = parse_hello(payload)
    if hello is None:
        return _odd(payload)
    maria = "MariaDB" in hello.version
    version = hello.version.removeprefix("5.5.5-") if maria else hello.version
    return MysqlFacts(
        product="MariaDB" if maria else "MySQL",
        version=version,
        evidence={"auth_plugin": hello.plugin, "tls_offered": hello.tls},
        proof=(Exchange("nothing, listened", f"greeting of {version}"),),
        note=_REACHABLE,
        tls_offered=hello.tls,
    )


def _odd(payload: bytes) -> MysqlFacts | None:
    """Judge a greeting with a version and not the rest: protocol 9 of releases before 3.21.19, or one cut short."""
    if payload[0] not in {9, 10} or not payload[1:2].isdigit():
        return None
    version = clean(payload[1:].partition(b"\0")[0], 40)
    proof = (Exchange("nothing, listened", f"greeting of {version}"),)
    return MysqlFacts(product="MySQL", version=version, proof=proof, note=_REACHABLE)


def _turned_away(payload: bytes) -> MysqlFacts | None:
    """Judge the error packet that stands where the greeting should (there is no SQL state in it yet)."""
    code = int.from_bytes(payload[1:3], "little")
    message = clean(payload[3:], 160)
    # Server errors have the numbers 1000 to 1999, MariaDB's own also 4000 and following, with words in any language;
    # proxies have numbers of their own from 9000 on (ProxySQL).
    if not 1_000 <= code < 10_000 or not message:
        return None
    product = "MariaDB" if "MariaDB" in message else "MySQL"
    if code in _HOST_REFUSED:
        proof = (Exchange("nothing, listened", f"error {code}: {_HOST_REFUSED[code]}"),)
        return MysqlFacts(access=Access.REFUSED, product=product, proof=proof)
    return MysqlFacts(
        product=product,
        proof=(Exchange("nothing, listened", f"error {code}: {message}"),),
        note=f"{_LATER.get(code, 'it greets with an error')}: what it offers was not learned",
        unheard=Unheard.REFUSED_LATER,
    )


def _error(name: str, code: int, words: bytes, access: Access = Access.UNKNOWN, product: str = "MySQL") -> Mood:
    packet = b"\xff" + code.to_bytes(2, "little") + words
    return Mood(
        name=name,
        says={b"": len(packet).to_bytes(3, "little") + b"\0" + packet},
        hangs_up=True,
        product=product,
        access=access,
        unheard=Unheard.REFUSED_LATER if access is Access.UNKNOWN else None,
    )


MOODS = (
    _error("too-many-connections", 1040, b"Too many connections"),
    _error("too-many-connections-with-state", 1040, b"#08004Too many connections"),
    _error("shutting-down", 1053, b"Server shutdown in progress"),
    _error("no-thread-left", 1135, b"Can't create a new thread (errno 11)"),
    _error(
        "full-in-russian", 1040, "\u0421\u043b\u0438\u0448\u043a\u043e\u043c \u043c\u043d\u043e\u0433\u043e".encode()
    ),
    _error("proxysql-full", 9_001, b"Max connect timeout reached while reaching hostgroup 0 after 10000ms"),
    _error("host-blocked", 1129, b"Host '192.0.2.9' is blocked because of many connection errors"),
    _error("host-not-allowed", 1130, b"Host '192.0.2.9' is not allowed to connect to this server", Access.REFUSED),
    _error(
        "host-not-allowed-mariadb",
        1130,
        b"Host '192.0.2.9' is not allowed to connect to this MariaDB server",
        Access.REFUSED,
        "MariaDB",
    ),
)

PROBE = Probe(
    id="mysql",
    title="MySQL",
    ports=tcp(3306, 3307),
    sends=(),
    ask=ask,
    greetings=(
        Greeting(start=b"\x00\x0a", offset=3),
        Greeting(start=b"\x00\x09", offset=3),
        Greeting(start=b"\x00\xff", offset=3),
    ),
    moods=MOODS,
    references=(
        "https://dev.mysql.com/doc/refman/8.4/en/security-guidelines.html",
        "https://mariadb.com/kb/en/securing-mariadb/",
    ),
)
