"""Looks at one real endpoint on loopback with the product's own network code, runner and rules."""

import asyncio
from ipaddress import ip_address
from typing import Any

from scanner.core.address import to_number
from scanner.core.endpoint import Endpoint
from scanner.core.intervals import Intervals
from scanner.core.observation import Observation
from scanner.core.scope import Scope
from scanner.probes.registry import load_registry
from scanner.probes.runner import Runner

LOOPBACK = Scope(Intervals([(to_number(ip_address("127.0.0.0")), to_number(ip_address("127.255.255.255"))), (1, 1)]))
ALL = load_registry()
REGISTRY = ALL.select(())


async def look_at(address: str, port: int, **fields: Any) -> Observation:
    """Return what every service that is asked by default learns of an endpoint; a crash of a probe fails the test."""
    look = await Runner(REGISTRY.probes, LOOPBACK).observe(Endpoint(ip_address(address), port, **fields))
    assert not look.problems, look.problems
    return look


def shows_own_icon(address: str, port: int, service: str) -> bool:
    """Tell whether a server shows an icon whose hash the service declares; no service is asked."""
    look = asyncio.run(Runner((), LOOPBACK).observe(Endpoint(ip_address(address), port)))
    return look.icon in ALL.find(service).probe.icons
