"""What identification costs, counted by the servers that are asked.

`python -m tests.bench.bench_identify [PORTS]`: unknown HTTP ports of many kinds (requests each), silent ports
(connections each), then 20 services on random ports of one host, found and judged by a sweep of all its ports.
"""

import asyncio
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from ipaddress import IPv4Address, ip_address

from scanner.core.endpoint import Endpoint
from scanner.core.plan import ScanPlan
from scanner.pipeline import scan
from scanner.probes.registry import load_registry
from scanner.probes.runner import Runner
from scanner.standins.start import load
from scanner.sweep.connect.engine import ConnectEngine
from scanner.targets.permutation import Permutation
from scanner.targets.plan import resolve_targets
from tests.support.look import LOOPBACK
from tests.support.servers import listening

_FRONTS = (
    ("200 OK", "Server: nginx/1.22.1", b"<html><head><title>Welcome to nginx!</title></head></html>"),
    ("404 Not Found", "Content-Type: text/plain; charset=utf-8", b"404 page not found\n"),
    ("404 Not Found", "Content-Type: application/json", b'{"message":"page not found"}'),
    ("404 Not Found", "Content-Type: application/json", b'{"detail":"Not Found"}'),
    ("404 Not Found", "Server: Jetty(9.4.44)", b"<html><title>Error 404 Not Found</title></html>"),
    ("401 Unauthorized", 'WWW-Authenticate: Basic realm="private"', b""),
    ("403 Forbidden", "Server: Apache/2.4.57 (Debian)", b"<title>403 Forbidden</title>"),
    ("302 Found", "Location: /login", b""),
    ("302 Found", "Location: /ui/", b""),
    ("301 Moved Permanently", "Location: https://example.invalid/", b""),
    ("200 OK", "Content-Type: application/json", b'{"status":"ok"}'),
    ("200 OK", "Content-Type: application/json", b"{}"),
    ("200 OK", "X-Powered-By: Express", b"<html><head><title>Our application</title></head><div id=root></div></html>"),
    ("500 Internal Server Error", "Content-Type: text/html", b"oops"),
    ("502 Bad Gateway", "Server: nginx", b"<title>502 Bad Gateway</title>"),
)
# Half of what is met stands on ports that services of the catalogue use, half anywhere.
_PORTS = (80, 443, 2375, 3000, 5000, 8000, 8080, 8081, 8443, 8888, 9000, 9090, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def web(status: str, header: str, body: bytes, counts: Counter[str], name: str) -> Serve:
    """Return a server that knows its front page alone and counts what it is asked."""
    front = f"HTTP/1.1 {status}\r\n{header}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    missing = b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nnot found"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            request = await reader.readuntil(b"\r\n\r\n")
            counts[name] += 1
            writer.write(front if request.startswith(b"GET / ") else missing)
            await writer.drain()

    return serve


def mute(counts: Counter[str], name: str) -> Serve:
    """Return a server that accepts, counts and says nothing."""

    async def serve(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        counts[name] += 1
        while await reader.read(65_536):
            pass

    return serve


async def ask_all(servers: list[tuple[Serve, int]]) -> float:
    """Look at every server, 200 at a time; returns the seconds that it took."""
    runner = Runner(load_registry().select(()).probes, LOOPBACK)
    gate = asyncio.Semaphore(200)

    async def one(address: str, port: int) -> None:
        async with gate:
            await runner.observe(Endpoint(ip_address(address), port))

    async with AsyncExitStack() as stack:
        first = int(IPv4Address("127.41.0.1"))
        places = [
            await stack.enter_async_context(listening(serve, port, address=str(IPv4Address(first + number))))
            for number, (serve, port) in enumerate(servers)
        ]
        start_s = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for address, port in places:
                group.create_task(one(address, port))
        return time.monotonic() - start_s


async def cost_of_http(count: int) -> None:
    """Print the requests that unknown HTTP ports were asked."""
    counts: Counter[str] = Counter()
    servers = [
        (web(*_FRONTS[number % len(_FRONTS)], counts, str(number)), _PORTS[number % len(_PORTS)])
        for number in range(count)
    ]
    took_s = await ask_all(servers)
    asked = sorted(counts[str(number)] for number in range(count))
    print(  # noqa: T201 - a bench prints
        f"{count} unknown HTTP ports: {sum(asked) / count:.2f} requests each on average, median {asked[count // 2]}, "
        f"most {asked[-1]}; {took_s:.1f} s"
    )


async def cost_of_silence(count: int) -> None:
    """Print the connections that silent ports were offered."""
    counts: Counter[str] = Counter()
    took_s = await ask_all([(mute(counts, str(number)), _PORTS[number % len(_PORTS)]) for number in range(count)])
    asked = [counts[str(number)] for number in range(count)]
    print(  # noqa: T201
        f"{count} silent ports: {sum(asked) / count:.2f} connections each on average, most {max(asked)}; {took_s:.1f} s"
    )


async def all_ports_of_one_host(count: int) -> None:
    """Print how long a sweep of all ports takes to find and judge services on random ports."""
    known = {probe.id for probe in load_registry().probes if not probe.only_default_ports}
    played = [one for one in load() if one.serve is not None and one.case == "open" and one.service in known]
    ports = random.Random(7).sample(range(10_000, 60_000), count)
    address = "127.42.0.1"
    async with AsyncExitStack() as stack:
        for number, port in enumerate(ports):
            one = played[number % len(played)]
            assert one.serve is not None
            await stack.enter_async_context(listening(one.serve, port, address=address))
        registry = load_registry().select(())
        found = resolve_targets([address], ports="all", catalogue=registry.ports)
        plan = ScanPlan(targets=found.targets, scope=found.scope, space=found.space, seed=1)
        start_s = time.monotonic()
        report = await scan(plan, ConnectEngine(Permutation), Runner(registry.probes, plan.scope))
        took_s = time.monotonic() - start_s
    exposed = {row.endpoint.port for row in report.endpoints if row.status == "exposed"}
    print(  # noqa: T201
        f"all 65,535 ports of one host: {len(exposed & set(ports))} of {count} services proven open in {took_s:.1f} s"
    )


async def main() -> None:
    """Run the three parts."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    await cost_of_http(count)
    await cost_of_silence(count // 4)
    await all_ports_of_one_host(20)


if __name__ == "__main__":
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(main())
