"""The raw SYN sweep as an engine: for large ranges, where this machine may send raw packets.

Nothing is kept for an attempt: its sequence number is a keyed cookie, and an endpoint is two bits. The kernel answers
each SYN-ACK with RST, which frees the half-open connection at the target; nothing is installed to prevent it
(syn.source_ports). UDP ports and this machine's own addresses are left to another engine: the kernel delivers packets
for its own addresses only through its own sockets.
"""

import asyncio
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from scanner.core.count import counted
from scanner.core.engine_name import EngineName
from scanner.core.errors import ScopeError, SetupError
from scanner.core.ports import PortSet, Transport
from scanner.core.problem import Problem, ProblemKind
from scanner.core.space import Block, Space
from scanner.sweep.bucket import Bucket
from scanner.sweep.delegate import delegate
from scanner.sweep.engine import Batch, Engine, Sweep
from scanner.sweep.governor import Governor
from scanner.sweep.kernel import Kernel
from scanner.sweep.netlink import NetlinkError
from scanner.sweep.pace import ceiling, make_governor
from scanner.sweep.syn.arp_ndp import resolve
from scanner.sweep.syn.cookies import Cookies
from scanner.sweep.syn.layout import Layout
from scanner.sweep.syn.link import Link, RingLink
from scanner.sweep.syn.loop import Loop
from scanner.sweep.syn.parse import Parser
from scanner.sweep.syn.portable import PortableLink, find_routes_with_scapy
from scanner.sweep.syn.rings import NoRings
from scanner.sweep.syn.routes import Interface, Routes, find_routes, read_interface
from scanner.sweep.syn.schedule import SOURCE_PORTS
from scanner.sweep.syn.source_ports import choose_source_ports
from scanner.sweep.syn.syn_notes import Sent, syn_notes

_NOTABLE_LOSS = 0.02
MOST_ENDPOINTS = 1 << 33
"""Three bits each: 3 GiB."""


class SynEngine:
    """Sends bare SYNs and reads the answers, faster than any socket could."""

    name = EngineName.SYN

    def __init__(self, rest: Engine, *, rings: bool = sys.platform == "linux") -> None:
        """Take the engine for what raw packets can't reach, and whether packet rings may be used."""
        self._rest = rest
        self._rings = rings

    async def sweep(self, job: Sweep) -> None:
        """Try every planned endpoint of the shard (scanner.sweep.engine.Engine.sweep)."""
        try:
            await self._sweep(job)
        finally:
            job.events.close()

    async def _sweep(self, job: Sweep) -> None:
        _demand_scope(job)
        try:
            kernel = Kernel() if sys.platform == "linux" else None
        except NetlinkError as error:
            raise _no_routes(error) from error
        addresses = _tcp(job.plan.space).addresses
        try:
            routes = find_routes(kernel, addresses) if kernel else find_routes_with_scapy(addresses)
            own, rest = _split(job.plan.space, routes)
            if own.size > MOST_ENDPOINTS:
                raise SetupError(
                    f"{counted(own.size, 'endpoint')} need over 3 GiB of memory; name a smaller range or fewer ports"
                )
            if own.size:
                await _Thread(job, own, routes, kernel if self._rings else None).run_to_end()
        except NetlinkError as error:
            raise _no_routes(error) from error
        finally:
            if kernel is not None:
                kernel.close()
        if not own.size:
            await self._rest.sweep(job)
        elif rest.size:
            await delegate(job, rest, self._rest)


class _Thread:
    """Everything that lives as long as one sweep's thread."""

    def __init__(self, job: Sweep, own: Space, routes: Routes, kernel: Kernel | None) -> None:
        self._job = job
        self._space = own
        self._routes = routes
        self._kernel = kernel
        self._cookies = Cookies()
        self._cancelled = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._bucket = Bucket(ceiling(job.plan.pace), job.clock.now_s())

    async def run_to_end(self) -> None:
        """Run the thread and wait for it, whatever happens."""
        done: asyncio.Future[None] = self._loop.create_future()
        thread = threading.Thread(target=self._work, args=(done,), name="syn-sweep")
        thread.start()
        try:
            await done
        finally:
            self._cancelled.set()
            thread.join()

    def _work(self, done: "asyncio.Future[None]") -> None:
        try:
            self._drive()
        except BaseException as error:  # noqa: BLE001 - it is raised again where the thread is awaited
            self._tell(_fail, done, error)
        else:
            self._tell(_finish, done)

    def _drive(self) -> None:
        layout = Layout(self._space)
        first_port = choose_source_ports(SOURCE_PORTS)
        parser = Parser(self._cookies)
        link = self._open_link(layout, first_port)
        try:
            sweeping = Loop(
                self._job,
                layout=layout,
                routes=self._routes,
                link=link,
                parser=parser,
                governor=self._governor(),
                first_source_port=first_port,
                deliver=self._deliver,
                cancelled=self._cancelled,
            )
            sweeping.drive()
            _report_problems(self._job, sweeping, parser)
        finally:
            link.close()

    def _governor(self) -> Governor | None:
        job = self._job
        hosts = self._space.addresses.size
        return make_governor(job.plan.pace, job.clock.now_s(), local=False, share=job.share, hosts=hosts)

    def _open_link(self, layout: Layout, first_port: int) -> Link:
        if self._kernel is not None:
            with suppress(NoRings):
                return self._open_rings(self._kernel, layout, first_port)
        return PortableLink(self._routes, self._cookies, first_port, SOURCE_PORTS, self._sent(first_port))

    def _open_rings(self, kernel: Kernel, layout: Layout, first_port: int) -> Link:
        families = set(layout.families)
        link = RingLink(self._routes, self._cookies, first_port, SOURCE_PORTS, families, sent=self._sent(first_port))
        try:
            link.open_senders(self._interfaces(), partial(self._resolve, kernel))
        except BaseException:
            link.close()
            raise
        return link

    def _sent(self, first_port: int) -> Sent | None:
        return syn_notes(self._job.audit, first_port) if self._job.audit is not None else None

    def _interfaces(self) -> dict[int, Interface]:
        indexes = {piece.route.interface for piece in self._routes.pieces if not piece.route.local}
        return {index: read_interface(index) for index in indexes if index}

    def _resolve(self, kernel: Kernel, interface: Interface, source: bytes, wanted: list[bytes]) -> dict[bytes, bytes]:
        return resolve(
            kernel,
            interface,
            source,
            wanted,
            bucket=self._bucket,
            clock=self._job.clock,
            audit=self._job.audit,
            stopped=lambda: self._cancelled.is_set() or self._job.stop.is_set(),
        )

    def _deliver(self, batch: Batch) -> None:
        self._tell(self._job.events.put_now, batch)

    def _tell(self, call: Callable[..., None], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(call, *arguments)
        except RuntimeError:
            # The event loop has ended, so nothing can be delivered.
            self._cancelled.set()


def _finish(done: "asyncio.Future[None]") -> None:
    if not done.done():
        done.set_result(None)


def _fail(done: "asyncio.Future[None]", error: BaseException) -> None:
    if not done.done():
        done.set_exception(error)


def _no_routes(error: NetlinkError) -> SetupError:
    return SetupError(f"the routing table can't be read: {error.strerror}; use --engine connect")


def _demand_scope(job: Sweep) -> None:
    outside = job.plan.space.addresses - job.plan.scope.numbers
    if outside:
        raise ScopeError(
            f"{counted(outside.size, 'planned address', 'is', 'are')} outside the permitted scope; nothing was sent"
        )


def _tcp(space: Space) -> Space:
    return Space(Block(block.addresses, block.ports.only(Transport.TCP)) for block in space.blocks)


def _split(space: Space, routes: Routes) -> tuple[Space, Space]:
    local = routes.local
    own = Space(Block(block.addresses - local, block.ports) for block in _tcp(space).blocks)
    at_home = [Block(block.addresses & local, block.ports) for block in _tcp(space).blocks]
    udp = [Block(block.addresses, PortSet(block.ports.only(Transport.UDP).keys)) for block in space.blocks]
    return own, Space([*at_home, *udp])


def _report_problems(job: Sweep, sweeping: Loop, parser: Parser) -> None:
    rejected = parser.rejected
    if sweeping.dropped:
        detail = (
            f"the kernel dropped {counted(sweeping.dropped, 'packet')} before they were read; "
            "those endpoints were asked again"
        )
        job.tally.problems.append(Problem(ProblemKind.RATE_LIMITED, "sweep", detail))
    loss = sweeping.results.loss
    if loss.share > _NOTABLE_LOSS:
        detail = f"about {loss.share:.0%} of single questions went unanswered; up to {loss.missed(3):.2%} may be missed"
        job.tally.problems.append(Problem(ProblemKind.ANSWERS_LOST, "sweep", detail))
    if rejected.total:
        detail = (
            f"{rejected.forged} answers with a wrong number, {rejected.checksum} with a wrong checksum, "
            f"{rejected.malformed} malformed and {rejected.unasked} unasked were refused"
        )
        job.tally.problems.append(Problem(ProblemKind.ANSWERS_REFUSED, "sweep", detail))
