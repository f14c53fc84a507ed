"""Memcached: anybody reads, overwrites and flushes cached sessions; over UDP it multiplies attacks on others.

Protocol: https://docs.memcached.org/protocols/basic/ and doc/protocol.txt of the source (UDP frames there).
"""

from dataclasses import dataclass, replace

from scanner.core.count import counted
from scanner.core.errors import ClosedEarly, Reset, TimedOut
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import close_to_strangers
from scanner.core.image import Image
from scanner.core.jsontext import Json
from scanner.core.mood import Mood
from scanner.core.number import parse_number
from scanner.core.probe import Greeting, Probe, tcp, udp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import datagram, line
from scanner.core.talk import DatagramTalk, Talk
from scanner.core.text import clean
from scanner.core.unheard import Unheard

_HOME = 11_211
_VERSION = b"version\r\n"
_STATS = b"stats\r\n"
_REFUSAL = b"CLIENT_ERROR unauthenticated"
_FULL = b"ERROR Too many open connections"
_UNKNOWN = b"ERROR\r\n"
_BROKEN = b"SERVER_ERROR"
_NO_KEY = b"get exposure-scanner:nobody\r\n"
# Magic 0x80, opcode, no key, no extras (doc/protocol-binary.xml): what a server with SASL alone understands.
_BINARY_STAT = b"\x80\x10" + bytes(22)
_AUTH_ERROR = b"\x00\x20"
_BINARY_HEADER = 24
# Request id, sequence 0 of 1, reserved; then the command.
_UDP_REST = b"\x00\x00\x00\x01\x00\x00" + _VERSION
_SHOWN = {
    "curr_items": "items",
    "bytes": "stored_bytes",
    "uptime": "uptime_s",
    "total_connections": "connections",
    "cmd_flush": "flushes",
    "get_hits": "hits",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MemcachedFacts(Facts):
    """What a Memcached server showed."""

    items: int | None = None
    over_udp: bool = False
    amplification: float = 0.0
    """Answer bytes per question byte of the smallest question; statistics multiply far more."""


def parse_version(reply: bytes) -> str | None:
    """Return the version of a `VERSION 1.6.18` line, None for any other line."""
    words = reply.split()
    if not 2 <= len(words) <= 3 or words[0] != b"VERSION" or not words[1][:1].isdigit():
        return None
    return words[1].decode("ascii", "replace")


def parse_stats(reply: bytes) -> dict[str, str]:
    """Return the fields of `STAT name value` lines."""
    rows = (row.split(" ", 2) for row in reply.decode("ascii", "replace").splitlines())
    return {row[1]: row[2] for row in rows if len(row) == 3 and row[0] == "STAT"}


async def ask(talk: Talk) -> MemcachedFacts | None:
    """`version` names the product; `stats` is refused where users have to log in."""
    await talk.send(_VERSION)
    try:
        first = await talk.read_until(b"\r\n", 512)
    except (ClosedEarly, Reset):
        if talk.endpoint.port != _HOME:
            raise
        return await _binary(talk)
    if first.startswith(_FULL):
        return _later("version", first, "it has no connection left, and does not say whether it wants a login")
    if first.startswith(_REFUSAL):
        return MemcachedFacts(
            access=Access.REFUSED, product="Memcached", proof=(Exchange("version", "CLIENT_ERROR unauthenticated"),)
        )
    version = parse_version(first)
    if version is None:
        speaks = first.startswith(_BROKEN) or (first == _UNKNOWN and talk.endpoint.port == _HOME)
        return await _without_statistics(talk, "version", first, None) if speaks else None
    await talk.send(_STATS)
    reply = await _statistics(talk)
    stats = parse_stats(reply)
    if "pid" not in stats:
        return await _without_statistics(talk, "stats", reply, version)
    items = parse_number(stats.get("curr_items", ""))
    evidence: dict[str, Json] = {
        label: count for name, label in _SHOWN.items() if (count := parse_number(stats.get(name, ""))) is not None
    }
    return MemcachedFacts(
        access=Access.DATA,
        product="Memcached",
        version=version,
        evidence=evidence,
        proof=(
            Exchange("version", f"VERSION {version}"),
            Exchange("stats", f"{counted(len(stats), 'statistic')}, {counted(items, 'item')}"),
        ),
        items=items,
    )


async def _statistics(talk: Talk) -> bytes:
    """Return the statistics, or as many of them as came."""
    # Not bytes: a copy for each of half a million empty lines takes a minute.
    reply = bytearray()
    try:
        reply += await talk.read_until(b"\r\n")
        while reply.startswith(b"STAT ") and not reply.endswith(b"END\r\n"):
            reply += await talk.read_until(b"\r\n")
    except (ClosedEarly, Reset, TimedOut):
        pass
    return bytes(reply)


async def _without_statistics(talk: Talk, asked: str, said: bytes, version: str | None) -> MemcachedFacts:
    """Ask for a key that nobody has: a proxy keeps statistics to itself, or has none, and passes reads on."""
    await talk.reopen()
    await talk.send(_NO_KEY)
    try:
        answer = await talk.read_until(b"\r\n", 512)
    except (ClosedEarly, Reset, TimedOut):
        answer = b""
    if answer == b"END\r\n":
        proof = (Exchange(asked, clean(said, 100)), Exchange("get of a key of nobody", "END: keys can be read"))
        return MemcachedFacts(access=Access.DATA, product="Memcached", version=version, proof=proof)
    if answer.startswith(_REFUSAL):
        refusal = (Exchange("get of a key of nobody", _REFUSAL.decode()),)
        return MemcachedFacts(access=Access.REFUSED, product="Memcached", version=version, proof=refusal)
    note = "it neither answered nor refused: a proxy without a server, or one that is overloaded"
    return replace(_later(asked, said or answer, note), version=version)


def _later(asked: str, said: bytes, note: str) -> MemcachedFacts:
    proof = (Exchange(asked, clean(said, 100)),)
    return MemcachedFacts(product="Memcached", proof=proof, note=note, unheard=Unheard.REFUSED_LATER)


async def _binary(talk: Talk) -> MemcachedFacts | None:
    """Ask for the statistics in the binary protocol: with SASL a server hangs up at text."""
    await talk.reopen()
    await talk.send(_BINARY_STAT)
    head = await talk.read_exactly(_BINARY_HEADER)
    if head[:2] != b"\x81\x10":
        return None
    if head[6:8] == _AUTH_ERROR:
        proof = (Exchange("stat in the binary protocol", "authentication error: SASL is wanted"),)
        return MemcachedFacts(access=Access.REFUSED, product="Memcached", proof=proof)
    proof = (Exchange("stat in the binary protocol", "a statistic"),)
    return MemcachedFacts(access=Access.DATA, product="Memcached", proof=proof)


async def ask_datagram(talk: DatagramTalk) -> MemcachedFacts | None:
    """One `version` in a UDP frame; the answer repeats the request id."""
    number = talk.nonce(2)
    question = number + _UDP_REST
    answer = await talk.ask(question)
    version = parse_version(answer[8:]) if answer[:2] == number else None
    if version is None:
        return None
    return MemcachedFacts(
        access=Access.DATA,
        product="Memcached",
        version=version,
        evidence={"answer_bytes": len(answer), "question_bytes": len(question)},
        proof=(Exchange("version over UDP", f"VERSION {version}"),),
        over_udp=True,
        amplification=len(answer) / len(question),
    )


def _open(facts: MemcachedFacts) -> str | None:
    if facts.access < Access.DATA or facts.over_udp:
        return None
    return f"Memcached serves anybody: {counted(facts.items, 'item')} can be read, replaced and flushed."


def _reflector(facts: MemcachedFacts) -> str | None:
    return "Memcached answers over UDP, to whatever address a question claims to come from." if facts.over_udp else None


_LATER = Unheard.REFUSED_LATER
MOODS = (
    Mood(name="login-in-text", otherwise=_REFUSAL + b"\r\n", access=Access.REFUSED),
    Mood(name="full", says={b"": _FULL + b"\r\n"}, hangs_up=True, unheard=Unheard.REFUSED_LATER),
    Mood(name="tells-nothing", says={_VERSION: b"VERSION 38.0.0\r\n"}, otherwise=b"ERROR\r\n", unheard=_LATER),
    Mood(
        name="no-statistics-mcrouter",
        says={_VERSION: b"VERSION 38.0.0 mcrouter\r\n", _NO_KEY: b"END\r\n"},
        otherwise=b"ERROR\r\n",
        access=Access.DATA,
    ),
    Mood(name="out-of-memory", otherwise=b"SERVER_ERROR out of memory writing stats\r\n", unheard=_LATER),
    Mood(name="proxy-without-a-server", otherwise=b"SERVER_ERROR backend failure\r\n", unheard=_LATER),
    Mood(name="proxy-without-a-server-twemproxy", otherwise=b"SERVER_ERROR Connection refused\r\n", unheard=_LATER),
    Mood(
        name="proxy-without-version-twemproxy",
        says={_NO_KEY: b"END\r\n"},
        otherwise=b"SERVER_ERROR Invalid argument\r\n",
        access=Access.DATA,
    ),
)

_PAGES = (
    "https://docs.memcached.org/serverguide/configuring/",
    "https://github.com/memcached/memcached/wiki/ReleaseNotes156",
)
_FIREWALL = close_to_strangers("meta l4proto { tcp, udp } th dport 11211")

PROBE = Probe(
    id="memcached",
    title="Memcached",
    ports=(*tcp(11211), *udp(11211)),
    sends=(
        line(_VERSION),
        line(_STATS),
        line(_NO_KEY),
        line(_BINARY_STAT),
        datagram(b"\0\0" + _UDP_REST, vary=((0, 2),)),
    ),
    ask=ask,
    greetings=(Greeting(start=_FULL),),
    moods=MOODS,
    ask_datagram=ask_datagram,
    references=_PAGES,
    rules=(
        Rule(
            id="memcached-no-auth",
            title="Memcached answers without authentication",
            why="Sessions and secrets in the cache can be read, and replaced with values of the attacker's choice.",
            controls=Controls.DATA,
            holds=_open,
            remedy=(
                "# /etc/memcached.conf: listen where the application is, no UDP",
                "-l 127.0.0.1",
                "-U 0",
                "# users for the text protocol (lines of user:password), encrypted",
                "-Y /etc/memcached.users",
                "-Z -o ssl_chain_cert=/etc/memcached/cert.pem,ssl_key=/etc/memcached/key.pem",
                _FIREWALL,
            ),
            cwe=(306, 1188, 200),
            attack=("T1190", "T1213.006", "T1565.001"),
            references=_PAGES,
        ),
        Rule(
            id="memcached-udp",
            title="Memcached answers over UDP",
            why="A forged question of some bytes makes it flood a third party with up to fifty thousand times as many.",
            controls=Controls.RELAY,
            holds=_reflector,
            remedy=("# /etc/memcached.conf", "-U 0", _FIREWALL),
            cwe=(406, 306),
            attack=("T1498.002",),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("memcached",),
        ports=(11211,),
        rule="memcached-no-auth",
        signs=(
            "closed: -Y",
            "closed: --auth-file",
            "closed: -S",
            "closed: --enable-sasl",
            "closed: -l=@loopback",
            "closed: --listen=@loopback",
        ),
        why="the image asks for no login",
        source="https://hub.docker.com/_/memcached",
    ),
    Image(
        names=("bitnami/memcached", "bitnamilegacy/memcached"),
        ports=(11211,),
        rule="memcached-no-auth",
        signs=("closed: MEMCACHED_PASSWORD",),
        why="the image asks for no login unless a password is given",
        source="https://hub.docker.com/r/bitnami/memcached",
    ),
)
