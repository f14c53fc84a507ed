"""Reads one target as the user typed it: pure, nothing is looked up."""

import re
import unicodedata
from urllib.parse import urlsplit

from scanner.core.errors import UsageError
from scanner.core.ports import LAST_PORT
from scanner.core.text import clean
from scanner.targets.span import parse_span
from scanner.targets.spec import HostName, Local, Span, Spec

_LONGEST_NAME = 253
_LONGEST_PATH = 512
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_STARS = re.compile(r"([0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3})\.\*")
_PATH = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@%/-]*")


def parse_target(text: str) -> Spec:
    """Return what a target says: address, network, range, name, `@local`, pinned endpoint or URL.

    Raises UsageError, one line that says what to write instead.
    """
    typed = text.strip()
    if not typed:
        raise UsageError("a target is empty; write an address, a network, a range or a host name")
    # Before anything is split: URL parsers drop tabs and line feeds without a word.
    if not typed.isprintable() or " " in typed:
        raise UsageError(f"`{masked(typed, 60)}` holds a space or a control character; give one target at a time")
    if typed.lower() == "@local":
        return Spec(text=typed, place=Local())
    if typed.lower().startswith("@local:"):
        raise UsageError(f"{masked(typed, 60)}: a port is not pinned on whole networks; write @local -p {_rest(typed)}")
    if typed.startswith("@"):
        raise UsageError(f"{masked(typed, 60)} is not a target; the only word of that kind is @local")
    if "://" in typed:
        return _url(typed)
    if "," in typed:
        raise UsageError(f"{masked(typed, 60)}: targets are separated by blanks: {masked(_spaced(typed), 60)}")
    if found := _STARS.fullmatch(typed):
        raise UsageError(f"{masked(typed, 60)}: a whole network is written as {found[1]}.0/24")
    return _plain(typed)


def _rest(typed: str) -> str:
    return masked(typed.partition(":")[2], 20)


def _spaced(typed: str) -> str:
    return " ".join(part.strip() for part in typed.split(",") if part.strip())


def masked(text: str, limit: int = 60) -> str:
    """Return a target as messages may show it: without the password or token that somebody left in it."""
    without_user = re.sub(r"(?:(?<=://)|^)[^/]*@(?=.)", "***@", text) if not text.startswith("@") else text
    return clean(re.sub(r"[?#].*", lambda rest: rest[0][0] + "***", without_user, flags=re.DOTALL), limit)


def _plain(typed: str) -> Spec:
    if typed.startswith("["):
        host, bracket, rest = typed[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise UsageError(f"{masked(typed, 60)}: write an IPv6 endpoint as [fd00::1]:6379")
        span = parse_span(host)
        if span is None or ":" not in host:
            raise UsageError(f"{masked(typed, 60)}: only an IPv6 address stands in brackets: [fd00::1]:6379")
        return _pinned(typed, span, rest[1:]) if rest else Spec(text=typed, place=span)
    if typed.count(":") == 1:
        host, _, port = typed.partition(":")
        return _pinned(typed, _host(host, typed), port)
    return Spec(text=typed, place=_host(typed, typed))


def _pinned(typed: str, place: Span | HostName | Local, port: str) -> Spec:
    if isinstance(place, Span) and place.size > 1:
        raise UsageError(f"{masked(typed, 60)}: a port can be pinned on one address only; give the network and use -p")
    return Spec(text=typed, place=place, port=_port(port, typed))


def _port(text: str, typed: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= LAST_PORT):
        raise UsageError(f"{masked(typed, 60)}: the port must be a number from 1 to {LAST_PORT}")
    return int(text)


def _host(host: str, typed: str) -> Span | HostName:
    if "@" in host:
        raise UsageError(f"{masked(typed, 60)}: a target holds no user name; write the host alone")
    return parse_span(host) or HostName(parse_name(host))


def parse_name(text: str) -> str:
    """Return a host name in lower-case ASCII (IDNA), without a trailing dot; raises UsageError.

    Underscores are let through: they are no host names by RFC 1123, but containers and Windows machines have them.
    """
    shown = clean(text, 60)
    # Measured first: Python's IDNA codec takes quadratic time on long input (CVE-2022-45061).
    if len(text.encode("utf-8", "replace")) > _LONGEST_NAME:
        raise UsageError(f"{shown}: a host name has at most {_LONGEST_NAME} bytes")
    if dash := next((char for char in text if unicodedata.category(char) == "Pd" and char != "-"), None):
        # A word processor's dash: a range written with one would be looked up as a name, and no address scanned.
        raise UsageError(f"{shown} holds the dash {dash}; a range or a name is written with a plain hyphen: -")
    name = unicodedata.normalize("NFKC", text).lower().removesuffix(".")
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            raise UsageError(f"{shown} is not a host name that DNS can hold; write its xn-- form") from None
    # Full-width digits and ideographic full stops become an address only now.
    if parse_span(name) is not None:
        raise UsageError(f"{shown} is an address in unusual characters; write {clean(name, 60)}")
    if len(name) > _LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise UsageError(f"{shown} is neither an address nor a host name; write 10.0.0.5, 10.0.0.0/24 or a name")
    return name


def _url(typed: str) -> Spec:
    shown = masked(typed, 80)
    try:
        parts = urlsplit(typed)
    except ValueError:
        raise UsageError(f"{shown} is not a URL that can be read; write https://host:2376/path") from None
    if "@" in parts.netloc:
        raise UsageError("a target URL holds a user name or password; write it without, nothing ever logs in")
    scheme = parts.scheme
    if scheme not in {*_DEFAULT_PORTS, "tcp"}:
        raise UsageError(f"{shown}: a target URL starts with http://, https:// or tcp://; write host:port for others")
    if parts.query or parts.fragment:
        raise UsageError(f"{shown}: a target URL ends with its path; leave out ? and #")
    path = parts.path.rstrip("/")
    if not _PATH.fullmatch(path) or len(path) > _LONGEST_PATH or _climbs(path):
        raise UsageError(f"{shown}: the path must be plain ASCII, percent-encoded, without `..`")
    if scheme == "tcp" and path:
        raise UsageError(f"{shown}: tcp:// takes no path")
    # IPv6 without brackets would make its last group a port or the reverse.
    if not parts.netloc.startswith("[") and parts.netloc.count(":") > 1:
        raise UsageError(f"{shown}: in a URL an IPv6 address stands in brackets: https://[fd00::1]:2376")
    # RFC 6874 writes the zone of a URL as %25eth0; what people type is %eth0.
    plain = _plain(_netloc(parts.netloc, shown).replace("%25", "%"))
    if plain.port is None:
        if scheme not in _DEFAULT_PORTS:
            raise UsageError(f"{shown}: tcp:// needs a port: tcp://host:2375")
        plain = _pinned(typed, plain.place, str(_DEFAULT_PORTS[scheme]))
    return Spec(text=typed, place=plain.place, port=plain.port, scheme=scheme, base_path=path)


def _netloc(netloc: str, shown: str) -> str:
    if not netloc:
        raise UsageError(f"{shown}: names no host; write https://host:2376")
    return netloc


def _climbs(path: str) -> bool:
    return any(part.lower().replace("%2e", ".") in {".", ".."} for part in path.split("/"))
