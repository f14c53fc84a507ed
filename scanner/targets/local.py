"""`@local`: the IPv4 subnets that this machine is on.

Left out, each with a note that says how to name it: container and virtual-machine bridges (their peers are this
machine's own), VPN and other point-to-point links (somebody else's network), IPv6 (a /64 can't be enumerated),
169.254.0.0/16, and space that is never scanned. A public subnet stays in, and the gate asks for --allow-public.
Loopback is not on the network. A /32, which clouds hand out, does not say which network it is on: that is a gap.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from scanner.core.address import V4_FIRST, to_number
from scanner.core.errors import UsageError
from scanner.core.problem import Problem, ProblemKind
from scanner.targets.interfaces import Interface
from scanner.targets.spec import Span
from scanner.targets.special import NEVER_SCANNED, Reach, reach

_WIDEST_PREFIX = 16
_BRIDGES = re.compile(
    r"(docker|br-[0-9a-f]{12}$|veth|cni|virbr|vnet|lxcbr|lxdbr|incusbr|podman|flannel|cali|cilium|kube|vmnet|vboxnet"
    r"|bridge1\d\d|crc|nerdctl)"
)
# A kind and a number: a LAN may be called greenlan or site-a by its owner. Most are told by their flag besides.
_TUNNELS = re.compile(
    r"(tun|tap|utun|wg|ppp|ipsec|tailscale|gpd|xfrm|sit|gre|gretap|vti)(?=[\d_.-]|$)|nordlynx|zt[a-z0-9]{7,8}$|he-"
)


def local_spans(interfaces: Sequence[Interface]) -> tuple[list[Span], list[Problem]]:
    """Return the subnets to scan and what was left out; raises UsageError for a subnet wider than /16."""
    spans: list[Span] = []
    notes: list[Problem] = []
    for interface in interfaces:
        if not interface.up or interface.loopback or _is_link_local_v6(interface):
            continue
        why = _why_skipped(interface)
        if why is not None:
            notes.append(Problem(ProblemKind.LOCAL_INTERFACE_SKIPPED, f"{interface.name} {interface.network}", why))
        elif interface.prefix < _WIDEST_PREFIX:
            raise UsageError(
                f"@local: {interface.name} is on {interface.network}, wider than /{_WIDEST_PREFIX}; "
                f"name the part you mean, or the whole: {interface.network}"
            )
        else:
            spans.append(_span(interface))
            notes += _alone(interface, interfaces)
    if not spans:
        told = "this machine is on no network that @local covers; name what you mean: exposure scan 192.168.1.0/24"
        notes.append(Problem(ProblemKind.LOCAL_NO_NETWORK, "@local", told))
    return list(dict.fromkeys(spans)), notes


def excluded_spans(interfaces: Iterable[Interface]) -> list[Span]:
    """Return the subnets that `--exclude @local` keeps out: those of every interface."""
    return [_span(interface) for interface in interfaces]


def _why_skipped(interface: Interface) -> str | None:
    network = interface.network
    if _BRIDGES.match(interface.name):
        return f"a container or virtual-machine bridge is left out of @local; add {network} to scan it"
    if interface.point_to_point or _TUNNELS.match(interface.name):
        return f"a VPN or point-to-point link is left out of @local; add {network} to scan it"
    if network.version == 6:
        return "IPv6 subnets are too large to enumerate; add the addresses or names that you mean"
    how_far = reach(to_number(interface.address))
    if how_far in NEVER_SCANNED:
        return f"{network} is not a network that may be scanned ({how_far})"
    if how_far is Reach.LINK_LOCAL:
        return f"self-assigned addresses are left out of @local; add {network} to scan them"
    return None


def _alone(interface: Interface, others: Iterable[Interface]) -> Iterator[Problem]:
    """Yield what is missing when an address is a network of its own; an extra /32 beside a subnet misses nothing."""
    wider = any(
        other.name == interface.name and 0 < other.prefix < 32 for other in others if other.address.version == 4
    )
    if interface.prefix == 32 and not wider:
        told = "a /32 names no network, so only this machine's own address is covered; name the network as well"
        yield Problem(ProblemKind.LOCAL_ONLY_ITSELF, f"@local: {interface.name} {interface.network}", told)


def _is_link_local_v6(interface: Interface) -> bool:
    return interface.address.version == 6 and interface.address.is_link_local


def _span(interface: Interface) -> Span:
    network = interface.network
    zone = interface.name if _is_link_local_v6(interface) else ""
    shift = V4_FIRST if network.version == 4 else 0
    return Span(int(network.network_address) + shift, int(network.broadcast_address) + shift, zone)
