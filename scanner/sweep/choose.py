"""Which engine `--engine auto` stands for."""

import sys
from dataclasses import dataclass
from pathlib import Path

from scanner.core.plan import ScanPlan
from scanner.sweep.permit import only_loopback

LARGE = 65_536
"""Endpoints from which raw packets pay: below, the connect sweep takes less than half a minute at the default rate."""
HOW_TO_ALLOW = f"run as root, or once: sudo setcap cap_net_raw=ep {Path(sys.executable).resolve()}"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this machine lets us do."""

    raw_packets: bool
    """Whether a packet socket can be opened: CAP_NET_RAW on Linux."""
    rings: bool
    """Whether this is Linux, with packet rings."""


def read_capabilities() -> Capabilities:
    """Return what this process may do, by trying it; nothing is sent."""
    return Capabilities(raw_packets=_may_open_packet_socket(), rings=sys.platform == "linux")


def choose_engine(plan: ScanPlan, capabilities: Capabilities) -> tuple[str, str]:
    """Return the name of an engine for a plan whose engine is `auto`, and one line that says why."""
    size = plan.space.size
    if size < LARGE:
        return "connect", f"engine connect: {size} endpoints are few"
    if only_loopback(plan.space.addresses):
        return "connect", "engine connect: raw packets do not reach this machine's own addresses"
    if plan.shard.count > 1:
        return "connect", "engine connect: all shards must use the same one; --engine syn names the raw sweep"
    if not capabilities.rings:
        return "connect", f"engine connect: {size} endpoints; the fast raw sweep needs Linux"
    if not capabilities.raw_packets:
        return "connect", f"engine connect: {size} endpoints go faster with raw packets: {HOW_TO_ALLOW}"
    return "syn", f"engine syn: {size} endpoints, and raw packets are allowed"


def _may_open_packet_socket() -> bool:
    import socket

    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except (OSError, AttributeError):
        return False
    return True
