"""Where SYNs leave and answers come in: for each planned address the ring, the template and the next hop."""

import os
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Protocol

from scanner.core.address import V4_FIRST
from scanner.core.errors import SetupError
from scanner.sweep.syn import bpf
from scanner.sweep.syn.cookies import Cookies
from scanner.sweep.syn.layout import Targets
from scanner.sweep.syn.packets import LinkHeader, SynTemplate
from scanner.sweep.syn.parse import Answers, Parser
from scanner.sweep.syn.rings import ETH_P_IP, ETH_P_IPV6, RxRing, TxRing, wait_readable
from scanner.sweep.syn.routes import Interface, Piece, Routes
from scanner.sweep.syn.sender import Pause, Sender
from scanner.sweep.syn.syn_notes import Sent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LOW_128 = (1 << 128) - 1
_PROTOCOL = {4: ETH_P_IP, 6: ETH_P_IPV6}
_FEW = 2_048
MOST_SENDERS = 64
MOST_TX_THREADS = 4
"""For a sender, and never more than there are processors for this process."""
MOST_NEIGHBOURS = 1 << 20

Resolve = Callable[[Interface, bytes, list[bytes]], dict[bytes, bytes]]


class Link(Protocol):
    """Sends SYNs and reads answers; used from one thread."""

    def send(self, place: int, targets: Targets, source_port: int, pause: Pause) -> "NDArray[np.bool_] | None":
        """Send one SYN to each target of one route piece; return which were sent, None for all."""

    def receive(self, parser: Parser) -> list[Answers]:
        """Return what has arrived and is genuine."""

    def stuck(self) -> bool:
        """Try again to send what the link has refused; tell whether it still refuses."""

    def sending(self) -> bool:
        """Tell whether packets that were sent here are still on their way through the kernel."""

    def wait(self, seconds: float) -> None:
        """Return when something has arrived, or after that time."""

    def dropped(self) -> int:
        """Return how many answers the kernel dropped since the last call."""

    def close(self) -> None:
        """Give everything back."""


class _Neighbours:
    """Link addresses of on-link targets."""

    def __init__(self, known: dict[bytes, bytes], family: int) -> None:
        import numpy as np

        addresses = sorted(known)
        self._v4 = np.array([int.from_bytes(address) for address in addresses if family == 4], dtype=np.uint32)
        self._places = {address: place for place, address in enumerate(addresses) if family == 6}
        macs = [known[address] for address in addresses] or [bytes(6)]
        self._macs = np.frombuffer(b"".join(macs), dtype=np.uint8).reshape(-1, 6)

    def of(self, targets: Targets) -> "tuple[NDArray[np.uint8], NDArray[np.bool_]]":
        """Return the link address of each target, and which are known."""
        import numpy as np

        if targets.family == 4 and len(self._v4):
            place = np.minimum(np.searchsorted(self._v4, targets.address), len(self._v4) - 1)
            return self._macs[place], self._v4[place] == targets.address
        octets = targets.address.astype(">u8").tobytes()
        places = np.array([self._places.get(octets[at : at + 16], -1) for at in range(0, 16 * len(targets), 16)])
        return self._macs[places], places >= 0


class RingLink:
    """The fast link: packet rings on every interface that the plan needs."""

    def __init__(
        self,
        routes: Routes,
        cookies: Cookies,
        first_port: int,
        port_count: int,
        families: set[int],
        *,
        sent: Sent | None = None,
    ) -> None:
        """Open the receive rings, so that they stand before anything is sent; `open_senders` opens the rest."""
        self._routes = routes
        self._cookies = cookies
        self._sent = sent
        self._receivers: list[tuple[int, RxRing]] = []
        self._senders: dict[int, tuple[Sender, _Neighbours | None]] = {}
        self._shared: dict[tuple[int, bytes, bytes], Sender] = {}
        self._tx_threads_a_sender = min(MOST_TX_THREADS, len(os.sched_getaffinity(0)))
        last_port = first_port + port_count - 1
        programs = {4: bpf.filter_v4(first_port, last_port), 6: bpf.filter_v6(first_port, last_port)}
        try:
            for family in sorted(families):
                self._receivers.append((family, RxRing(_PROTOCOL[family], programs[family])))
        except BaseException:
            self.close()
            raise

    def open_senders(self, interfaces: dict[int, Interface], resolve: Resolve) -> None:
        """Open a transmit ring for each source and next hop, and find the neighbours; raises SetupError."""
        for place, piece in enumerate(self._routes.pieces):
            if piece.route.interface and not piece.route.local:
                sender = self._open_sender(piece, interfaces[piece.route.interface], resolve)
                if sender is not None:
                    self._senders[place] = sender

    def send(self, place: int, targets: Targets, source_port: int, pause: Pause) -> "NDArray[np.bool_] | None":
        """Send one SYN to each target of one route piece; return which were sent, None for all."""
        import numpy as np

        if place not in self._senders:
            return np.zeros(len(targets), dtype=np.bool_)
        sender, neighbours = self._senders[place]
        if neighbours is None:
            sender.send(targets, source_port, None, self._cookies, pause)
            return None
        macs, known = neighbours.of(targets)
        sender.send(targets.where(known), source_port, macs[known], self._cookies, pause)
        return known

    def receive(self, parser: Parser) -> list[Answers]:
        """Return what has arrived and is genuine."""
        found: list[Answers] = []
        for family, ring in self._receivers:
            while (taken := ring.take()) is not None:
                packets, headers = taken
                found += parser.read(family, packets, headers)
                ring.give_back(len(packets))
                if len(packets) < _FEW:
                    # Reading packets one by one as they come costs many times what a batch costs.
                    break
        return found

    def stuck(self) -> bool:
        """Try again to send what the link has refused; tell whether it still refuses."""
        refused = [one for sender in self._shared.values() for one in sender.tx_threads if one.refused]
        for tx_thread in refused:
            tx_thread.kick()
        return any(tx_thread.refused for tx_thread in refused)

    def sending(self) -> bool:
        """Tell whether packets that were sent here are still on their way through the kernel."""
        return any(tx_thread.busy for sender in self._shared.values() for tx_thread in sender.tx_threads)

    def wait(self, seconds: float) -> None:
        """Return when something has arrived, or after that time."""
        wait_readable([ring for _, ring in self._receivers], seconds)

    def dropped(self) -> int:
        """Return how many answers the kernel dropped since the last call."""
        return sum(ring.dropped() for _, ring in self._receivers)

    def close(self) -> None:
        """Give everything back."""
        for sender in self._shared.values():
            sender.close()
        for _, ring in self._receivers:
            ring.close()

    def _open_sender(
        self, piece: Piece, interface: Interface, resolve: Resolve
    ) -> "tuple[Sender, _Neighbours | None] | None":
        route = piece.route
        if not route.source:
            raise SetupError(f"{interface.name} has no address to send from; give it one, or use --engine connect")
        family = 4 if len(route.source) == 4 else 6
        if interface.mac is None:
            return self._share(interface, route.source, b"", family), None
        if not route.gateway:
            known = resolve(interface, route.source, _members(piece, family))
            return self._share(interface, route.source, b"", family), _Neighbours(known, family)
        mac = resolve(interface, route.source, [route.gateway]).get(route.gateway)
        # A router that doesn't answer says nothing of those behind it.
        return (self._share(interface, route.source, mac, family), None) if mac else None

    def _share(self, interface: Interface, source: bytes, mac: bytes, family: int) -> Sender:
        key = interface.index, source, mac
        if key not in self._shared:
            if len(self._shared) >= MOST_SENDERS:
                raise SetupError(f"the targets lie behind more than {MOST_SENDERS} routers; use --engine connect")
            template = SynTemplate(family, source, LinkHeader(interface.mac, mac or bytes(6)))
            protocol = _PROTOCOL[family] if interface.mac is None else None
            open_ring = partial(TxRing, interface.name, template.frame, protocol=protocol)
            self._shared[key] = Sender(template, open_ring, self._tx_threads_a_sender, self._sent)
        return self._shared[key]


def _members(piece: Piece, family: int) -> list[bytes]:
    if piece.last - piece.first >= MOST_NEIGHBOURS:
        raise SetupError(
            f"over {MOST_NEIGHBOURS} targets are on one link; name a smaller range, or use --engine connect"
        )
    numbers = range(piece.first, piece.last + 1)
    return [(number - V4_FIRST).to_bytes(4) if family == 4 else (number & _LOW_128).to_bytes(16) for number in numbers]
