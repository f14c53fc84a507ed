"""Reads nmap's XML (`-oX`; nmap.dtd): entities are refused, size is capped, illegal characters are dropped."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from scanner.core.count import counted
from scanner.core.errors import Malformed
from scanner.core.number import parse_number
from scanner.core.text import clean
from scanner.targets.imports.found import Import

Attributes: TypeAlias = dict[str, str]

# XML 1.0 section 2.2: these may not appear at all, yet service names of hostile hosts carry them into reports.
_ILLEGAL = bytes(code for code in range(32) if code not in {0x09, 0x0A, 0x0D})
_REFERENCE = re.compile(rb"&#(?:x([0-9A-Fa-f]{1,8})|(\d{1,10}));")
_DECLARATION = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<\?xml[^>]*\?>")
_UTF8 = re.compile(rb"encoding\s*=\s*[\"']utf-?8[\"']", re.IGNORECASE)
_MOST_DEPTH = 32
# What may be open: nmap could not tell, so it is asked like what is open.
_MAYBE_OPEN = frozenset({"open", "open|filtered", "unfiltered"})
_ANSWERED = frozenset({"open", "closed", "unfiltered"})
# Words of nmap's command line that call every host up, whether it lives or not.
_ALL_UP = frozenset({"-Pn", "-PN", "-P0"})
_CALLED_UP = "user-set"


@dataclass(slots=True)
class NmapHost:
    """What nmap says of one host."""

    address: str
    ports: list[tuple[str, str, str, str]] = field(default_factory=list)
    """(transport, port, state, reason), as written."""
    others: list[tuple[str, str, int]] = field(default_factory=list)
    """(state, reason, how many) of the ports that are not listed one by one."""
    name: str | None = None
    """What the user named it on nmap's command line."""
    up: bool = True
    called_up: bool = False
    """Whether nmap was told to take it for up (-Pn)."""
    scanned: bool = False
    """Whether its ports were; a ping scan (-sn) and a host that was given up have none."""
    timed_out: bool = False
    """Whether nmap gave it up (--host-timeout): what is listed is not all."""

    @property
    def heard(self) -> bool:
        """Whether it gave any answer."""
        return (self.up and not self.called_up) or any(
            state in _ANSWERED for state in (*(port[2] for port in self.ports), *(other[0] for other in self.others))
        )


@dataclass(slots=True)
class NmapEnd:
    """What the first and the last lines of a report say."""

    finished: bool = False
    """Whether the scan came to its end; a report that is cut short does not say so."""
    hosts_up: int = 0
    all_up: bool = False
    """Whether every host is called up, whether it lives or not (-Pn)."""


def read_report(data: bytes) -> Import:
    """Return the ports that a report calls open, or could not call closed; raises Malformed."""
    end = NmapEnd()
    known = Import()
    heard: set[bool] = set()

    def take(host: NmapHost) -> None:
        for transport, port, state, _ in host.ports:
            if state in _MAYBE_OPEN:
                known.take(host.address, port, transport, host.name)
        for state, _, count in host.others:
            if state in _MAYBE_OPEN and count:
                why = f"{state}, and the report does not list them one by one"
                known.leave_out(why, f"{host.address}: {counted(count, 'port')}", count)
        if host.timed_out:
            known.leave_out("nmap gave the host up before its end (--host-timeout)", host.address)
        elif host.up and not host.scanned:
            known.leave_out("nmap did not scan the ports of the host", host.address)
        heard.add(host.heard and host.scanned)

    _read_each(data, end, take)
    # Hosts without an open port may be left out of the list (--open).
    known.ended = end.finished and end.hosts_up > 0 and (True in heard if heard else not end.all_up)
    known.broken_off = not end.finished
    return known


def read_hosts(data: bytes, end: NmapEnd | None = None) -> list[NmapHost]:
    """Return the hosts of a report, and fill in `end`; raises Malformed.

    Malformed is what is no complete nmap report, or declares entities.
    """
    hosts: list[NmapHost] = []
    _read_each(data, end or NmapEnd(), hosts.append)
    return hosts


def _read_each(data: bytes, end: NmapEnd, take: Callable[[NmapHost], None]) -> None:
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import XMLParser

    reading = _Reading(end, take)
    parser: Any = XMLParser(target=reading)
    # The element tree's own callbacks, which are Python, would cost as much as all the rest.
    parser.parser.ordered_attributes = False
    parser.parser.StartElementHandler, parser.parser.EndElementHandler = reading.start, reading.end
    # Nobody reads what stands between elements; without a taker it all goes through a function of Python's.
    parser.parser.CharacterDataHandler = len
    try:
        parser.feed(_legal(data))
        parser.close()
    except ParseError as error:
        raise Malformed(f"not well-formed XML: {clean(str(error), 80)}") from None
    except DefusedXmlException as error:
        raise Malformed(f"declares entities, which no nmap report does: {type(error).__name__}") from None
    except (LookupError, ValueError) as error:
        # expat leaves unknown and multi-byte encodings to Python's codecs.
        raise Malformed(f"an encoding that no nmap report has: {clean(str(error), 80)}") from None


def _legal(data: bytes) -> bytes:
    """Return a report without what XML forbids: bytes, references to them, and bytes that are not UTF-8."""
    data = data.translate(None, _ILLEGAL)
    if b"&#" in data:
        data = _REFERENCE.sub(_legal_reference, data)
    declared = _DECLARATION.match(data)
    if declared is None or b"encoding" not in declared[0] or _UTF8.search(declared[0]):
        try:
            data.decode()
        except UnicodeDecodeError:
            data = data.decode("utf-8", "replace").encode()
    return data


def _legal_reference(found: re.Match[bytes]) -> bytes:
    code = int(found[1], 16) if found[1] else int(found[2])
    plain = code in {0x09, 0x0A, 0x0D} or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD
    return found[0] if plain or 0x10000 <= code <= 0x10FFFF else b""


class _Reading:
    """Takes a report's elements as they come, and keeps no tree: one host may have 65,535 ports."""

    def __init__(self, end: NmapEnd, take: Callable[[NmapHost], None]) -> None:
        self.end_of_report = end
        self._take_host = take
        self._host = NmapHost("")
        self._port = ("", "")
        self._extra: tuple[str, str, bool] = ("", "", False)
        self._depth = 0
        self._takes: dict[str, Callable[[Attributes], None]] = {
            "host": self._begin_host,
            "status": self._take_status,
            "ports": self._take_ports,
            "address": self._take_address,
            "hostname": self._take_name,
            "port": self._begin_port,
            "state": self._take_state,
            "extraports": self._begin_extra,
            "extrareasons": self._take_extra,
            "finished": self._take_finished,
            "hosts": self._take_hosts,
        }

    def start(self, tag: str, attributes: Attributes) -> None:
        """Take the start of an element, as xml.etree calls it."""
        if self._depth == 0:
            if tag != "nmaprun":
                raise Malformed(f"the root element is {clean(tag, 40)}, not nmaprun")
            self.end_of_report.all_up = not _ALL_UP.isdisjoint(attributes.get("args", "").split())
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            raise Malformed("nested deeper than any nmap report")
        take = self._takes.get(tag)
        if take is not None:
            take(attributes)

    def end(self, tag: str) -> None:
        """Take the end of an element."""
        self._depth -= 1
        if tag == "host" and self._depth == 1:
            self._take_host(self._host)
        elif tag == "extraports" and not self._extra[2]:
            self._add_extra("", self._extra[1])

    def close(self) -> None:
        """Take the end of the report."""

    def _begin_host(self, attributes: Attributes) -> None:
        if self._depth == 2:
            self._host = NmapHost("", timed_out=attributes.get("timedout") == "true")

    def _take_status(self, attributes: Attributes) -> None:
        self._host.up = attributes.get("state", "up") == "up"
        self._host.called_up = attributes.get("reason") == _CALLED_UP

    def _take_ports(self, _: Attributes) -> None:
        self._host.scanned = True

    def _take_address(self, attributes: Attributes) -> None:
        if not self._host.address and attributes.get("addrtype") in {"ipv4", "ipv6"}:
            self._host.address = attributes.get("addr", "")

    def _take_name(self, attributes: Attributes) -> None:
        if self._host.name is None and attributes.get("type") == "user":
            self._host.name = attributes.get("name")

    def _begin_port(self, attributes: Attributes) -> None:
        self._port = attributes.get("protocol", ""), attributes.get("portid", "")

    def _take_state(self, attributes: Attributes) -> None:
        if self._port[1]:
            self._host.ports.append((*self._port, attributes.get("state", ""), attributes.get("reason", "")))
        self._port = ("", "")

    def _begin_extra(self, attributes: Attributes) -> None:
        self._extra = attributes.get("state", ""), attributes.get("count", ""), False

    def _take_extra(self, attributes: Attributes) -> None:
        self._extra = *self._extra[:2], True
        self._add_extra(attributes.get("reason", ""), attributes.get("count", ""))

    def _add_extra(self, reason: str, count: str) -> None:
        if (number := parse_number(count, most=999_999_999)) is not None:
            self._host.others.append((self._extra[0], reason, number))

    def _take_finished(self, attributes: Attributes) -> None:
        self.end_of_report.finished = attributes.get("exit", "success") == "success"

    def _take_hosts(self, attributes: Attributes) -> None:
        self.end_of_report.hosts_up = parse_number(attributes.get("up", ""), most=1 << 32) or 0
