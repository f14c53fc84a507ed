"""Looks at one server again through what may stand around it: none of it may change the verdict.

`home` is its own port, asked by all services; `odd` is another port; `... in TLS` wraps each. What speaks HTTP is also
looked at below a `path` of a proxy, by a `name` of many, and by a `wrong name` whose address leads to it.
"""

import asyncio
import ssl
from collections.abc import Collection, Iterator
from contextlib import AsyncExitStack
from typing import NamedTuple

from scanner.core.probe import Probe
from scanner.core.scope import Scope
from tests.fleet import front
from tests.fleet.server import Server
from tests.fleet.verdict import Verdict, look
from tests.support.look import LOOPBACK, REGISTRY
from tests.support.servers import Serve, listening, server_context

ODD_PORT = 33_917
AT_ONCE = 4
"""Ways at once: more and a slow server on a busy machine takes longer than anybody waits for one."""
NAME = "box.example"
WAYS = {
    "named": ("name", "wrong name"),
    "proxied": ("path", "name", "wrong name"),
    "in TLS": ("home in TLS", "odd in TLS"),
    "elsewhere": ("odd", "odd in TLS", "path", "name", "wrong name"),
    "home": ("home", "home in TLS"),
    "odd": ("odd", "odd in TLS"),
    "plain odd": ("odd",),
}
"""What a marker's `unlike` may name."""
SILENT = "a port that stays silent is asked twice, and X displays and resolvers come first"


class Saw(NamedTuple):
    """What is the same however a server is reached; words only, to cross a process as JSON."""

    service: str
    status: str
    access: str
    product: str
    version: str
    rules: str
    decoy: str
    certificate: str


class Around(NamedTuple):
    """What has to be said and what is said of a server, by way."""

    wanted: dict[str, Saw]
    found: dict[str, Saw]
    notes: dict[str, str | None]

    @property
    def unlike(self) -> dict[str, str]:
        """The ways where the verdict is another one, and in words how so."""
        return {way: self._words(way) for way, saw in self.found.items() if saw != self.wanted[way]}

    def _words(self, way: str) -> str:
        differing = [
            f"{name} {wanted!r} -> {found!r}"
            for name, wanted, found in zip(Saw._fields, self.wanted[way], self.found[way], strict=True)
            if wanted != found
        ]
        return ", ".join((*differing, f"note: {self.notes.get(way)}"))


async def look_around(
    serve: Serve,
    port: int,
    probe: Probe,
    direct: Verdict,
    scope: Scope = LOOPBACK,
    *,
    excused: Collection[str] = (),
) -> Around:
    """Look at a server in every way; `serve` takes a connection to it, `direct` is what its own probe alone said.

    A way in which nothing was recognised gets a second look, unless that is `excused`.
    """
    asked = (probe, *(other for other in REGISTRY.probes if other.id != probe.id))
    # Who is asked on the own port only is fragile, or serves one client at a time.
    turn = asyncio.Semaphore(1 if probe.only_default_ports else AT_ONCE)
    alone = asyncio.Lock()
    around = Around({}, {}, {})

    async def one(way: str, certificate: str, address: str, where: int, **url: str) -> None:
        around.wanted[way] = _saw(direct)._replace(certificate=certificate)
        async with turn:
            verdict = await look(address, where, asked, scope=scope, named=(probe.id,), **url)
            if direct.service and not verdict.service and way not in excused:
                # Nothing but silence or delay was heard: the tests beside this one may have kept the machine busy.
                async with alone:
                    verdict = await look(address, where, asked, scope=scope, named=(probe.id,), **url)
        around.found[way] = _saw(verdict)
        around.notes[way] = verdict.row.note

    async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        home = None
        for way, where, tls in _ports(port, probe, direct):
            place = await stack.enter_async_context(listening(serve, where, tls=tls))
            home = home or place
            group.create_task(one(way, NAME if tls and direct.service else _saw(direct).certificate, *place))
        if home is not None and _over_http(direct):
            proxy = Server(["nginx", *front.ARGUMENTS], front.SITES)
            stack.callback(proxy.stop)
            upstream = "{}://{}:{}".format("https" if direct.row.tls else "http", *home)
            await asyncio.to_thread(proxy.start, files={"nginx.conf": front.sites(upstream, NAME)})
            by_path, by_name = front.SITES
            group.create_task(one("path", "", proxy.address, by_path, base_path=front.PATH))
            group.create_task(one("name", "", proxy.address, by_path, host=NAME))
            group.create_task(one("wrong name", "", proxy.address, by_name, host=NAME))
    return around


def _ports(port: int, probe: Probe, direct: Verdict) -> Iterator[tuple[str, int, ssl.SSLContext | None]]:
    ports = [("home", port), ("odd", ODD_PORT)]
    for way, where in ports[:1] if probe.only_default_ports else ports:
        yield way, where, None
        if not _speaks_tls(direct):
            yield f"{way} in TLS", where, server_context(NAME)


def _speaks_tls(direct: Verdict) -> bool:
    """Tell whether there is nothing to wrap, also where a handshake was as far as anybody came."""
    proof = direct.facts.proof if direct.facts else ()
    return direct.row.tls is not None or any(one.sent == "TLS handshake" for one in proof)


def _over_http(direct: Verdict) -> bool:
    return direct.facts is not None and any(one.sent.startswith(("GET ", "HEAD ")) for one in direct.facts.proof)


def _saw(verdict: Verdict) -> Saw:
    row = verdict.row
    certificate = (", ".join(row.tls.names) or "no name") if row.service and row.tls else ""
    words = (row.service, verdict.status, row.access.word, row.product, row.version, ", ".join(verdict.rules))
    return Saw(*(str(word or "") for word in (*words, row.decoy)), certificate)
