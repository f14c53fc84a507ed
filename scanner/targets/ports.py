"""Reads what `-p` says: ports, ranges, `catalogue`, `all`, and U: or T: before them."""

import re

from scanner.core.errors import UsageError
from scanner.core.intervals import Intervals
from scanner.core.ports import LAST_PORT, PortSet, Transport, port_key
from scanner.core.suggestion import did_you_mean
from scanner.core.text import clean

_ONE = re.compile(r"[0-9]{1,6}")
_RANGE = re.compile(r"([0-9]{1,6})-([0-9]{1,6})")
_PREFIXES = {"u:": Transport.UDP, "t:": Transport.TCP}


def parse_ports(text: str, catalogue: PortSet) -> PortSet:
    """Return the ports of a specification such as `2375,6379,8000-8010,U:53,161`.

    `U:` and `T:` hold for everything after them until the other one; before either, numbers and `all` mean TCP and
    `catalogue` means both transports. A catalogue without ports leaves the set empty.
    Raises UsageError that names the bad word.
    """
    spans: list[tuple[int, int]] = []
    transport: Transport | None = None
    for written in text.split(","):
        word = written.strip().lower()
        prefix = _PREFIXES.get(word[:2])
        if prefix is not None:
            transport, word = prefix, word[2:].strip()
        spans += _word(word, written, transport, catalogue).keys.spans
    return PortSet(Intervals(spans))


def _word(word: str, written: str, transport: Transport | None, catalogue: PortSet) -> PortSet:
    if word == "catalogue":
        return catalogue if transport is None else catalogue.only(transport)
    if word == "all":
        return _span(1, LAST_PORT, transport)
    shown = clean(written.strip(), 40)
    if _ONE.fullmatch(word):
        first = last = int(word)
    elif found := _RANGE.fullmatch(word):
        first, last = int(found[1]), int(found[2])
    else:
        raise UsageError(f"-p: `{shown}` is not a port{_meant(word)}")
    if not (1 <= first <= LAST_PORT and 1 <= last <= LAST_PORT):
        raise UsageError(f"-p: `{shown}` is out of range; ports go from 1 to {LAST_PORT}")
    if first > last:
        raise UsageError(f"-p: `{shown}` ends before it starts; write {last}-{first}")
    return _span(first, last, transport)


def _meant(word: str) -> str:
    near = did_you_mean(word, ("catalogue", "all"))
    if near or not word.isalpha():
        return near or "; write 2375,6379 or 1-1024 or U:53,161 or catalogue or all"
    return "; write numbers, catalogue or all; a service is named with -s, which asks it on its own ports"


def _span(first: int, last: int, transport: Transport | None) -> PortSet:
    kind = transport or Transport.TCP
    return PortSet(Intervals([(port_key(kind, first), port_key(kind, last))]))
