"""Which engine `--engine auto` stands for."""

import sys
from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.engine_name import EngineName
from scanner.core.plan import ScanPlan
from scanner.sweep.scope_check import only_loopback

LARGE = 65_536
"""Endpoints from which raw packets pay: below, the connect sweep is done nearly as soon."""
HOW_TO_ALLOW = "run it with sudo, which allows raw packets for this run alone"
"""Never a capability on the interpreter: every Python program of every user would have it."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this machine lets us do."""

    raw_packets: bool
    """Whether raw packets can be sent: CAP_NET_RAW on Linux, root elsewhere."""
    rings: bool
    """Whether this is Linux, with packet rings."""


def read_capabilities() -> Capabilities:
    """Return what this process may do, by trying it; nothing is sent."""
    return Capabilities(raw_packets=_may_open_packet_socket(), rings=sys.platform == "linux")


def choose_engine(plan: ScanPlan, capabilities: Capabilities) -> tuple[EngineName, str]:
    """Return the name of an engine for a plan whose engine is `auto`, and one line that says why."""
    size = plan.space.size
    if size < LARGE:
        return EngineName.CONNECT, f"engine connect: {counted(size, 'endpoint', 'is', 'are')} few"
    if only_loopback(plan.space.addresses):
        return EngineName.CONNECT, "engine connect: raw packets do not reach this machine's own addresses"
    if plan.shard.count > 1:
        return EngineName.CONNECT, "engine connect: all shards must use the same one; --engine syn names the raw sweep"
    if not capabilities.rings:
        return EngineName.CONNECT, f"engine connect: {counted(size, 'endpoint')}; the fast raw sweep needs Linux"
    if not capabilities.raw_packets:
        return (
            EngineName.CONNECT,
            f"engine connect: {counted(size, 'endpoint')} go faster with raw packets: {HOW_TO_ALLOW}",
        )
    return EngineName.SYN, f"engine syn: {counted(size, 'endpoint')}, and raw packets are allowed"


def without_privilege(capabilities: Capabilities) -> tuple[EngineName, str] | None:
    """Return the engine that carries on where `syn` was named and may not be used, and one line that says why."""
    if capabilities.raw_packets:
        return None
    return EngineName.CONNECT, f"engine connect: raw packets are not allowed, so syn can't be used: {HOW_TO_ALLOW}"


def _may_open_packet_socket() -> bool:
    if _opens_packet_socket():
        return True
    if sys.platform != "linux":
        return False
    from scanner.sweep.raw_right import take_raw_right

    return take_raw_right() and _opens_packet_socket()


def _opens_packet_socket() -> bool:
    import socket

    family, protocol = (socket.AF_PACKET, 0) if sys.platform == "linux" else (socket.AF_INET, socket.IPPROTO_TCP)
    try:
        socket.socket(family, socket.SOCK_RAW, protocol).close()
    except OSError:
        return False
    return True
