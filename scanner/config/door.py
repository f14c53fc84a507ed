"""What a configuration opens: an address and a port, whether strangers get an answer there, and which line says so."""

import re
from dataclasses import dataclass
from ipaddress import ip_address

from scanner.config.setting import Setting
from scanner.core.guard import Guard
from scanner.core.ports import LAST_PORT, Transport

EVERYWHERE = "0.0.0.0"
LOOPBACK = "127.0.0.1"
_WORDS = {
    "*": EVERYWHERE, "": EVERYWHERE, "0": EVERYWHERE, "_global_": EVERYWHERE, "all": EVERYWHERE,
    "localhost": LOOPBACK, "_local_": LOOPBACK, "ip6-localhost": "::1", "::*": "::",
}  # fmt: skip
_ADDRESS = re.compile(r"(?:\[(?P<six>[^\]]*)\]|(?P<four>[^:\[\]]*))(?::(?P<port>\d*))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One address and port that a configuration makes a service listen on."""

    service: str
    """Its id in the catalogue."""
    address: str
    """An address, a host name or an interface's name; 0.0.0.0 for every interface, also where `*` is written."""
    port: int
    transport: Transport = Transport.TCP
    guard: Guard
    why: str
    """One sentence on what the guard follows from."""
    opened_by: Setting | None
    """The line that opened it; None when it is the product's default."""
    guarded_by: tuple[Setting, ...] = ()
    """The lines that the guard follows from."""
    instead: tuple[str, ...] = ()
    """What to write in place of the line."""

    @property
    def loopback(self) -> bool:
        """Whether only this machine reaches it."""
        return is_loopback(self.address)


def is_loopback(address: str) -> bool:
    """Tell whether an address is one that only its own machine reaches; a name that is not known is not."""
    try:
        return ip_address(plain_address(address)).is_loopback
    except ValueError:
        return False


def plain_address(text: str) -> str:
    """Return an address in one form: wildcards as 0.0.0.0, local names as loopback, others as they are."""
    bare = text.strip().strip("\"'").removeprefix("[").removesuffix("]")
    return _WORDS.get(bare.lower(), bare)


def address_and_port(text: str, port: int) -> tuple[str, int]:
    """Return what `ADDRESS[:PORT]`, `[ADDRESS]:PORT` or a bare IPv6 address names; the default port where none is."""
    if text.count(":") > 1 and "[" not in text:
        return plain_address(text), port
    found = _ADDRESS.fullmatch(text.strip())
    if found is None:
        return plain_address(text), port
    return plain_address(found["six"] or found["four"] or ""), number(found["port"] or "", port)


def url_address(text: str, port: int) -> tuple[str, int]:
    """Return what `SCHEME://ADDRESS[:PORT][/PATH]` names."""
    return address_and_port(text.partition("://")[2].partition("/")[0], port)


def number(text: str, default: int) -> int:
    """Return a port as written; the default for anything that is none."""
    bare = text.strip()
    return int(bare) if bare.isdecimal() and len(bare) <= 5 and int(bare) <= LAST_PORT else default
