"""nmap as an engine, through python-nmap in a thread: for estates where nmap is what the network's owner has approved.

Its command line holds validated addresses and numbers only. The counts come from nmap's own XML, because python-nmap
leaves out the ports that nmap sums up.
"""

import asyncio
import ipaddress
import math
import os
from collections import Counter
from collections.abc import Iterator
from shlex import quote

from scanner.core.address import Address, is_v4, to_address, to_number, zone_of
from scanner.core.count import counted
from scanner.core.endpoint import Endpoint
from scanner.core.engine_name import EngineName
from scanner.core.errors import Malformed, ScopeError, SetupError
from scanner.core.event import PortEvent, PortState
from scanner.core.intervals import Intervals
from scanner.core.plan import Pace, ScanPlan
from scanner.core.ports import PortSet, Transport
from scanner.core.problem import Problem, ProblemKind
from scanner.core.space import Block, Space
from scanner.core.text import clean
from scanner.sweep.choose import read_capabilities
from scanner.sweep.delegate import delegate
from scanner.sweep.engine import MOST_ALIVE, MOST_CLOSED_LINES, MOST_UNSCANNED_LINES, Batch, Engine, Sweep, Tally
from scanner.sweep.pace import ceiling
from scanner.targets.imports.nmap_xml import NmapHost, read_hosts
from scanner.targets.shard import shard_positions

_ENDPOINTS_A_CALL = 32_768
_GRACE_S = 600.0
"""Beyond what the endpoints of a call take at the rate: for hosts that limit their resets."""
_UNREACHABLE = {"host-unreach", "net-unreach", "no-route", "proto-unreach", "host-unreaches", "net-unreaches"}
_REFUSED = {"port-unreach", "port-unreaches"}


class NmapEngine:
    """Runs nmap part by part and counts what it says."""

    name = EngineName.NMAP

    def __init__(self, rest: Engine) -> None:
        """Take the engine for UDP ports, which nmap can't tell from silence."""
        self._rest = rest

    async def sweep(self, job: Sweep) -> None:
        """Try every planned endpoint of the shard (scanner.sweep.engine.Engine.sweep)."""
        try:
            await self._sweep(job)
        finally:
            job.events.close()

    async def _sweep(self, job: Sweep) -> None:
        outside = job.plan.space.addresses - job.plan.scope.numbers
        if outside:
            raise ScopeError(
                f"{counted(outside.size, 'planned address', 'is', 'are')} outside the permitted scope; nothing was sent"
            )
        scanner = _open_nmap()
        # A capability of this interpreter's file does not reach nmap, a process of its own.
        how = "-sS" if os.geteuid() == 0 and read_capabilities().raw_packets else "-sT"
        parts = list(_parts(job.plan))
        job.tally.planned = sum(part.size for part in parts)
        for place, part in enumerate(parts):
            if job.stop.is_set():
                _give_up(job, parts[place:])
                break
            await _call(job, scanner, how, part)
        udp = Space(Block(block.addresses, block.ports.only(Transport.UDP)) for block in job.plan.space.blocks)
        if udp.size:
            await delegate(job, udp, self._rest)


def _open_nmap() -> "object":
    import nmap

    try:
        return nmap.PortScanner()
    except nmap.PortScannerError:
        raise SetupError("nmap was not found; install it (apt-get install nmap), or use --engine connect") from None


def _parts(plan: ScanPlan) -> Iterator[Block]:
    """Yield blocks small enough for one call, of one family and zone each; shards take turns by address."""
    for block in plan.space.blocks:
        ports = block.ports.only(Transport.TCP)
        if not ports:
            continue
        mine = shard_positions(block.addresses.size, plan.shard)
        step = max(1, _ENDPOINTS_A_CALL // ports.size)
        for start in range(mine.start, mine.stop, step):
            taken = _slice(block.addresses, start, min(start + step, mine.stop))
            for alike in _alike(taken):
                yield Block(alike, ports)


def _slice(addresses: Intervals, start: int, stop: int) -> Intervals:
    """Return the members with ranks `start` to `stop - 1`."""
    return addresses & Intervals([(addresses.at(start), addresses.at(stop - 1))])


def _alike(addresses: Intervals) -> list[Intervals]:
    kinds: dict[tuple[bool, int], list[tuple[int, int]]] = {}
    for first, last in addresses.spans:
        kinds.setdefault((is_v4(first), zone_of(first)), []).append((first, last))
    return [Intervals(spans) for spans in kinds.values()]


async def _call(job: Sweep, scanner: object, how: str, part: Block) -> None:
    import nmap

    pace = job.plan.pace
    limit_s = part.size * 4 / min(ceiling(pace), 1e6) + _GRACE_S
    if job.audit is not None:
        job.audit.delegated("nmap", _arguments(how, part, pace), _ports(part), _hosts(part.addresses))
    try:
        hosts = await asyncio.to_thread(_run, scanner, part, _arguments(how, part, pace), limit_s)
    except (nmap.PortScannerError, nmap.PortScannerTimeout, Malformed) as error:
        job.tally.problems.append(Problem(ProblemKind.LOCAL_ERROR, "nmap", clean(str(error), 200)))
        _give_up(job, [part])
        return
    batch = _count(job, part, hosts)
    if batch:
        await job.events.put(batch)


def _arguments(how: str, part: Block, pace: Pace) -> str:
    """Return nmap's options: constants and numbers."""
    rate = ceiling(pace)
    words = [how, "-n", "-Pn", "-T4", "--randomize-hosts"]
    if not math.isinf(rate):
        words += ["--max-rate", f"{rate:.6g}"]
    if pace.retries is not None:
        words += ["--max-retries", str(pace.retries)]
    if pace.timeout_s is not None:
        words += ["--max-rtt-timeout", f"{max(1, round(pace.timeout_s * 1000))}ms"]
    if not is_v4(part.addresses.spans[0][0]):
        words.append("-6")
    return " ".join(words)


def _run(scanner: "object", part: Block, arguments: str, limit_s: float) -> list[NmapHost]:
    scanner.scan(hosts=_hosts(part.addresses), ports=_ports(part), arguments=arguments, timeout=limit_s)  # type: ignore[attr-defined]
    output = scanner.get_nmap_last_output()  # type: ignore[attr-defined]
    return list(read_hosts(output if isinstance(output, bytes) else output.encode()))


def _ports(part: Block) -> str:
    return ",".join(f"{first}-{last}" if first != last else str(first) for first, last in part.ports.keys.spans)


def _hosts(addresses: Intervals) -> str:
    """Return the addresses as networks in nmap's notation; a zone is named after each link-local address."""
    words: list[str] = []
    for first, last in addresses.spans:
        if zone_of(first):
            words += [quote(str(to_address(number))) for number in range(first, last + 1)]
        else:
            words += [str(network) for network in _networks(to_address(first), to_address(last))]
    return " ".join(words)


def _networks(first: Address, last: Address) -> Iterator[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return ipaddress.summarize_address_range(first, last)


def _count(job: Sweep, part: Block, hosts: list[NmapHost]) -> Batch:
    """Add what nmap said to the tally and return the open ports; nmap leaves out neighbours that are not there."""
    tally, batch = job.tally, Batch()
    whole = Counter[PortState]()
    zone = zone_of(part.addresses.spans[0][0])
    for host in hosts:
        number = _number(host.address, zone)
        if number not in part.addresses:
            continue
        listed = _listed(host, part)
        batch += [
            PortEvent(number, port, Transport.TCP, state, None)
            for port, state in listed.items()
            if state is PortState.OPEN
        ]
        states = Counter(listed.values())
        for state, reason, count in host.others:
            states[_state(state, reason)] += count
        if states[PortState.OPEN] or states[PortState.CLOSED]:
            _note_alive(tally, number)
        if tally.planned <= MOST_CLOSED_LINES:
            tally.closed_list += [str(Endpoint(to_address(number), port)) for port in _closed(host, listed, part)]
        whole += states
    tally.open += whole[PortState.OPEN]
    tally.closed += whole[PortState.CLOSED]
    tally.filtered += whole[PortState.FILTERED]
    tally.unreachable += whole[PortState.UNREACHABLE] + max(0, part.size - whole.total())
    return batch


def _listed(host: NmapHost, part: Block) -> dict[int, PortState]:
    listed = {}
    for transport, port, state, reason in host.ports:
        if transport == "tcp" and port.isascii() and port.isdigit() and int(port) in part.ports.keys:
            listed[int(port)] = _state(state, reason)
    return listed


def _closed(host: NmapHost, listed: dict[int, PortState], part: Block) -> list[int]:
    """Return the ports that refused; nmap does not list those that most ports of a host are like."""
    alike = {_state(state, reason) for state, reason, _ in host.others} == {PortState.CLOSED}
    return [port for port in part.ports.keys if (listed[port] is PortState.CLOSED if port in listed else alike)]


def _number(address: str, zone: int) -> int:
    try:
        return to_number(ipaddress.ip_address(address.partition("%")[0])) | zone << 128
    except ValueError:
        return -1


def _note_alive(tally: Tally, number: int) -> None:
    if number not in tally.alive:
        tally.hosts_alive += 1
        if len(tally.alive) < MOST_ALIVE:
            tally.alive.add(number)


def _state(state: str, reason: str) -> PortState:
    if state == "open":
        return PortState.OPEN
    if state == "closed" or reason in _REFUSED:
        return PortState.CLOSED
    return PortState.UNREACHABLE if reason in _UNREACHABLE else PortState.FILTERED


def _give_up(job: Sweep, parts: list[Block]) -> None:
    lines = job.tally.unscanned_list
    for part in parts:
        job.tally.unscanned += part.size
        if len(lines) < MOST_UNSCANNED_LINES:
            first, last = part.addresses.spans[0][0], part.addresses.spans[-1][1]
            ports = PortSet(part.ports.keys).size
            lines.append(
                f"{to_address(first)}-{to_address(last)}: {counted(ports, 'port')} each were not looked at by nmap"
            )
