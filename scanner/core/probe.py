"""A probe: asks one service, read-only, what a stranger may see."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from scanner.core.facts import Facts
from scanner.core.mood import Mood
from scanner.core.ports import Transport
from scanner.core.rule import Rule
from scanner.core.sends import Send
from scanner.core.talk import DatagramTalk, HttpTalk, Talk

AskStream: TypeAlias = Callable[[Talk], Awaitable[Facts | None]]
AskHttp: TypeAlias = Callable[[HttpTalk], Awaitable[Facts | None]]
AskDatagram: TypeAlias = Callable[[DatagramTalk], Awaitable[Facts | None]]


@dataclass(frozen=True, slots=True)
class DefaultPort:
    """A port that the product listens on out of the box."""

    port: int
    transport: Transport = Transport.TCP
    tls: bool = False
    """Whether the product speaks TLS there by default."""


def tcp(*ports: int, tls: bool = False) -> tuple[DefaultPort, ...]:
    """Return default TCP ports."""
    return tuple(DefaultPort(port, Transport.TCP, tls) for port in ports)


def udp(*ports: int) -> tuple[DefaultPort, ...]:
    """Return default UDP ports."""
    return tuple(DefaultPort(port, Transport.UDP) for port in ports)


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """Bytes that a server-first product says before anybody asks; identification listens for them on any port."""

    start: bytes
    offset: int = 0
    """Where in the greeting the bytes stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """A mark in the answer to `GET /` that makes this product likely; all the fields that are set must fit.

    A fingerprint routes an unknown HTTP port to this probe; it proves nothing by itself.
    """

    status: int | None = None
    header: tuple[str, str] | None = None
    """(header name, text that its value contains); an empty text means that the header is there."""
    title: str | None = None
    """Text that the HTML title contains."""
    body: str | None = None
    """Text that the body contains; an empty text means that there is no body."""
    json_key: str | None = None
    """A key of the JSON object that the body is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One service: where it lives, what we may send it, how we ask it, and what its answers mean.

    Exactly the callables for the transports that the product has are set. Each returns None for "not my service".
    """

    id: str
    """Kebab-case; the same in code, CLI, JSON and docs."""
    title: str
    """The product's name as its vendor writes it."""
    ports: tuple[DefaultPort, ...]
    sends: tuple[Send, ...]
    """Everything that any branch of the callables may send."""
    rules: tuple[Rule, ...] = ()
    references: tuple[str, ...] = ()
    ask: AskStream | None = None
    ask_http: AskHttp | None = None
    ask_datagram: AskDatagram | None = None
    greetings: tuple[Greeting, ...] = ()
    fingerprints: tuple[Fingerprint, ...] = ()
    icons: tuple[int, ...] = ()
    """Hashes of the icons that the product ships, as scanner.probes.icon computes them; they route too."""
    speaks_first: bool = False
    """Whether the client must send at once, before listening (JDWP)."""
    listens_first: bool = False
    """Whether the server speaks first (FTP, VNC): where nothing was heard there is nothing to ask."""
    waits_in_silence: bool = False
    """Whether it says nothing to a question of another protocol, and closes nothing either."""
    moods: tuple[Mood, ...] = ()
    """What it says when it starts, is full, is a replica, older, newer or a fork."""
    no_moods: str = ""
    """Why there are none: what makes it answer always alike."""
    one_refusal_protects: bool = False
    """Whether a refusal stands although other questions were put off: a balancer answers 503 where nobody is behind."""
    only_default_ports: bool = False
    """Whether to leave other ports alone: fragile devices, single-client debuggers."""
    opt_in: str | None = None
    """Why the user has to name this service with --services; None for services that are asked by default."""
    mutual_tls_means_protected: bool = False
    """Whether a demand for a client certificate on a default port is this product's own protection."""
    deadline_s: float = 8.0
    """Longest whole conversation, in seconds."""
    budget_bytes: int = 1 << 20
    """Most bytes that are read from one endpoint."""
