"""The allow-list of a probe, and the deny-list that stands above every probe."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from scanner.core.endpoint import Endpoint
from scanner.core.errors import NotAllowed
from scanner.core.number import parse_number
from scanner.core.ports import Transport
from scanner.core.sends import Send, Verb
from scanner.core.text import clean

_LPD = 515
_IPP = 631
_JETDIRECT = range(9100, 9108)
_HTTP = {Verb.GET, Verb.HEAD, Verb.OPTIONS, Verb.PROPFIND, Verb.POST}
# Requests that change something although their verb is a read; each is documented by its vendor.
_CHANGING_PATHS = (
    b"action=",
    b"/quitquitquit",
    b"/shutdown",
    b"/app/kill",
    b"/bearer_protection",
    b"/cm?cmnd",
    b"/-/reload",
    b"/-/quit",
    b"/json/new",
    b"/json/close",
    b"/json/activate",
    b"/healthcheck/fail",
    b"/reset_counters",
)
# Words that write, run code or try a password in the line protocols that we speak.
_CHANGING_WORDS = frozenset(
    b"SET DEL FLUSHALL FLUSHDB EVAL SLAVEOF REPLICAOF SAVE BGSAVE AUTH DEBUG MIGRATE RESTORE RENAME APPEND LPUSH "
    b"RPUSH SADD ZADD HSET PUBLISH SHUTDOWN STOR DELE MKD RMD RNFR RNTO APPE SITE PUT DELETE INSERT UPDATE DROP CREATE "
    b"ALTER GRANT TRUNCATE".split()
)

_LONGEST_NUMBER = 12
_BEGIN_TLS = b"AUTH TLS"
"""FTP's word for encryption (RFC 4217), which logs nobody in."""
_LINE_END = re.compile(rb"[\r\n]+")
_QUOTES = b"\"'\\"
"""What Redis takes off a word of an inline command: a word that is spelled so has no business in a question."""


def may_send_at_all(endpoint: Endpoint) -> bool:
    """Tell whether any byte may go to this port: printers print whatever arrives (LPD, JetDirect)."""
    return endpoint.transport is Transport.UDP or (endpoint.port != _LPD and endpoint.port not in _JETDIRECT)


class Checks(Protocol):
    """Stands before everything that is sent."""

    @property
    def probe_id(self) -> str:
        """Who sends, for the audit."""

    def demand(self, verb: Verb, what: bytes, body: bytes = b"") -> None:
        """Raise NotAllowed for what may not be sent."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Checks everything that one probe wants to send to one endpoint."""

    probe_id: str
    sends: Sequence[Send]
    endpoint: Endpoint
    printers_too: bool = False
    """Whether the user named this service although printers share its port."""

    def demand(self, verb: Verb, what: bytes, body: bytes = b"") -> None:
        """Raise NotAllowed unless the probe declared exactly this and no general rule forbids it."""
        silent = not (may_send_at_all(self.endpoint) or self.printers_too)
        if silent or (self.endpoint.port == _IPP and verb not in _HTTP):
            raise NotAllowed(f"{self.probe_id}: nothing is ever sent to printer port {self.endpoint.port}")
        if not any(send.allows(verb, what, body) for send in self.sends):
            raise NotAllowed(f"{self.probe_id}: has not declared {verb} {clean(what, 80)}")
        if changes_something(verb, what):
            raise NotAllowed(f"{self.probe_id}: {verb} {clean(what, 80)} is on the deny-list")


@lru_cache(maxsize=2_048)
def changes_something(verb: Verb, what: bytes) -> bool:
    """Tell whether the deny-list forbids this to everybody: the first word of any line, or a path that acts."""
    if verb in _HTTP:
        return any(path in what.lower() for path in _CHANGING_PATHS)
    # No server of a datagram protocol takes quotes off a word, and a random identifier may hold one.
    quotes = b"" if verb is Verb.DATAGRAM else _QUOTES
    return any(_changes(command, quotes) for command in _commands(what))


def _commands(data: bytes) -> Iterator[bytes]:
    """Yield the commands of RESP arrays, and every line of what is none: servers take both on one connection."""
    start = 0
    while (array := _array(data, start)) is not None:
        command, start = array
        yield from _LINE_END.split(command)
    yield from _LINE_END.split(data[start:])


def _array(data: bytes, start: int) -> tuple[bytes, int] | None:
    """Return the first string of the RESP array that begins there, and where the array ends; None where none does."""
    count, at = _number(data, start, b"*")
    strings: list[bytes] = []
    for _ in range(count):
        length, at = _number(data, at, b"$")
        if length < 0 or data[at + length : at + length + 2] != b"\r\n":
            return None
        strings.append(data[at : at + length])
        at += length + 2
    return (strings[0], at) if strings else None


def _number(data: bytes, start: int, sign: bytes) -> tuple[int, int]:
    """Return the number of one line after its sign, -1 where there is none, and where the next line begins."""
    end = data.find(b"\r\n", start, start + _LONGEST_NUMBER)
    number = parse_number(data[start + 1 : max(start, end)]) if data[start : start + 1] == sign else None
    return -1 if number is None else number, end + 2


def _changes(command: bytes, quotes: bytes) -> bool:
    words = command.split(None, 1)
    if not words or command.rstrip() == _BEGIN_TLS:
        return False
    spelled = command.isascii() and any(quote in words[0] for quote in quotes)
    return spelled or words[0].upper() in _CHANGING_WORDS
