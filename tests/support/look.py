"""Looks at one real endpoint on loopback with the product's own network code, runner and rules."""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address

from scanner.core.address import to_number
from scanner.core.endpoint import Endpoint
from scanner.core.intervals import Intervals
from scanner.core.ports import Transport
from scanner.core.scope import Scope
from scanner.probes.registry import load_registry
from scanner.probes.runner import Look, Runner

LOOPBACK = Scope(Intervals([(to_number(ip_address("127.0.0.0")), to_number(ip_address("127.255.255.255"))), (1, 1)]))


async def look_at(
    address: str,
    port: int,
    *,
    services: Sequence[str] = (),
    transport: Transport = Transport.TCP,
    identify: bool = True,
    host: str | None = None,
    base_path: str = "",
) -> Look:
    """Return what the probes learn of an endpoint; `services` narrows them as `--services` does."""
    endpoint = Endpoint(ip_address(address), port, transport, host=host, base_path=base_path)
    runner = Runner(load_registry().select(services).probes, LOOPBACK, identify=identify)
    return await runner.look(endpoint)


def shows_own_icon(address: str, port: int, service: str) -> bool:
    """Tell whether a server shows an icon whose hash the service declares; no service is asked."""
    look = asyncio.run(Runner((), LOOPBACK).look(Endpoint(ip_address(address), port)))
    return look.icon in load_registry().find(service).probe.icons
