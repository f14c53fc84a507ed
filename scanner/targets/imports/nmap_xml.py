"""Reads nmap's XML (`-oX`; nmap.dtd): entities are refused, size is capped, illegal control characters are dropped."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

from scanner.core.errors import Malformed
from scanner.core.number import parse_number
from scanner.core.text import clean
from scanner.targets.imports.found import Found, read_found

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# XML 1.0 section 2.2: these may not appear at all, yet service names of hostile hosts carry them into reports.
_ILLEGAL = bytes(code for code in range(32) if code not in {0x09, 0x0A, 0x0D})


@dataclass(slots=True)
class NmapHost:
    """What nmap says of one host."""

    address: str
    ports: list[tuple[str, str, str, str]] = field(default_factory=list)
    """(transport, port, state, reason), as written."""
    others: list[tuple[str, str, int]] = field(default_factory=list)
    """(state, reason, how many) of the ports that are not listed one by one."""

    def open_ports(self) -> Iterator[Found]:
        """Yield the well-formed open ports."""
        for transport, port, state, _ in self.ports:
            one = read_found(self.address, port, transport) if state == "open" else None
            if one is not None:
                yield one


def read_hosts(data: bytes) -> Iterator[NmapHost]:
    """Yield the hosts of a report; raises Malformed for what is no complete nmap report, or declares entities."""
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    try:
        depth = 0
        for event, element in iterparse(BytesIO(data.translate(None, _ILLEGAL)), events=("start", "end")):
            depth += 1 if event == "start" else -1
            if depth > _MOST_DEPTH:
                raise Malformed("nested deeper than any nmap report")
            if event == "start" and depth == 1 and element.tag != "nmaprun":
                raise Malformed(f"the root element is {clean(element.tag, 40)}, not nmaprun")
            if event == "end" and depth == 1:
                if element.tag == "host":
                    yield _host(element)
                element.clear()
    except ParseError as error:
        raise Malformed(f"not well-formed XML: {clean(str(error), 80)}") from None
    except DefusedXmlException as error:
        raise Malformed(f"declares entities, which no nmap report does: {type(error).__name__}") from None
    except (LookupError, ValueError) as error:
        # expat leaves unknown and multi-byte encodings to Python's codecs.
        raise Malformed(f"an encoding that no nmap report has: {clean(str(error), 80)}") from None


_MOST_DEPTH = 32


def _host(element: "Element") -> NmapHost:
    addresses = (one.get("addr", "") for one in element.iterfind("address") if one.get("addrtype") in {"ipv4", "ipv6"})
    host = NmapHost(next(addresses, ""))
    for port in element.iterfind("ports/port"):
        state = port.find("state")
        if state is not None:
            named = port.get("protocol", ""), port.get("portid", "")
            host.ports.append((*named, state.get("state", ""), state.get("reason", "")))
    for extra in element.iterfind("ports/extraports"):
        reasons = [(one.get("reason", ""), one.get("count", "")) for one in extra.iterfind("extrareasons")]
        for reason, count in reasons or [("", extra.get("count", ""))]:
            if (number := parse_number(count, most=999_999_999)) is not None:
                host.others.append((extra.get("state", ""), reason, number))
    return host
