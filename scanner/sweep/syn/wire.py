"""The way out and in: for each planned address the ring, the template and the neighbour that its SYN takes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from scanner.core.address import V4_FIRST
from scanner.core.errors import SetupError
from scanner.sweep.syn import bpf
from scanner.sweep.syn.cookies import Cookies
from scanner.sweep.syn.layout import Targets
from scanner.sweep.syn.packets import Link, SynTemplate
from scanner.sweep.syn.parse import Answers, Parser
from scanner.sweep.syn.rings import ETH_P_IP, ETH_P_IPV6, RxRing, TxRing, wait_readable
from scanner.sweep.syn.routes import Interface, Piece, Routes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LOW_128 = (1 << 128) - 1
_PROTOCOL = {4: ETH_P_IP, 6: ETH_P_IPV6}
MOST_RINGS = 64
MOST_NEIGHBOURS = 1 << 20

Pause = Callable[[], None]
"""Called while the link takes nothing: receives, waits a moment, and raises when the run is to end."""
Resolve = Callable[[Interface, bytes, list[bytes]], dict[bytes, bytes]]


class Wire(Protocol):
    """Sends SYNs and reads answers; used from one thread."""

    def send(self, place: int, targets: Targets, source_port: int, pause: Pause) -> "NDArray[np.bool_] | None":
        """Send one SYN to each target of one route piece; return which were sent, None for all."""

    def receive(self, parser: Parser) -> list[Answers]:
        """Return what has arrived and is genuine."""

    def wait(self, seconds: float) -> None:
        """Return when something has arrived, or after that time."""

    def dropped(self) -> int:
        """Return how many answers the kernel dropped since the last call."""

    def close(self) -> None:
        """Give everything back."""


@dataclass(frozen=True, slots=True)
class _Way:
    template: SynTemplate
    ring: TxRing
    neighbours: "_Neighbours | None" = None
    """Where each target is its own neighbour; None when all packets go to one, or need no link address."""


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


class RingWire:
    """The fast way: packet rings on every interface that the plan needs."""

    def __init__(self, routes: Routes, cookies: Cookies, first_port: int, port_count: int, families: set[int]) -> None:
        """Open the receive rings, so that they stand before anything is sent; `open_ways` opens the rest."""
        self._routes = routes
        self._cookies = cookies
        self._receivers: list[tuple[int, RxRing]] = []
        self._ways: dict[int, _Way] = {}
        self._shared: dict[tuple[int, bytes, bytes], _Way] = {}
        self._rings: list[TxRing] = []
        last_port = first_port + port_count - 1
        programs = {4: bpf.filter_v4(first_port, last_port), 6: bpf.filter_v6(first_port, last_port)}
        try:
            for family in sorted(families):
                self._receivers.append((family, RxRing(_PROTOCOL[family], programs[family])))
        except BaseException:
            self.close()
            raise

    def open_ways(self, interfaces: dict[int, Interface], resolve: Resolve) -> None:
        """Open a transmit ring for each way out and find the neighbours; raises SetupError."""
        for place, piece in enumerate(self._routes.pieces):
            if piece.route.interface and not piece.route.local:
                way = self._open_way(piece, interfaces[piece.route.interface], resolve)
                if way is not None:
                    self._ways[place] = way

    def send(self, place: int, targets: Targets, source_port: int, pause: Pause) -> "NDArray[np.bool_] | None":
        """Send one SYN to each target of one route piece; return which were sent, None for all."""
        import numpy as np

        way = self._ways.get(place)
        if way is None:
            return np.zeros(len(targets), dtype=np.bool_)
        if way.neighbours is None:
            self._fill(way, targets, source_port, None, pause)
            return None
        macs, known = way.neighbours.of(targets)
        self._fill(way, targets.where(known), source_port, macs[known], pause)
        return known

    def receive(self, parser: Parser) -> list[Answers]:
        """Return what has arrived and is genuine."""
        found: list[Answers] = []
        for family, ring in self._receivers:
            while (taken := ring.take()) is not None:
                packets, headers = taken
                found += parser.read(family, packets, headers)
                ring.give_back(len(packets))
        return found

    def wait(self, seconds: float) -> None:
        """Return when something has arrived, or after that time."""
        wait_readable([ring for _, ring in self._receivers], seconds)

    def dropped(self) -> int:
        """Return how many answers the kernel dropped since the last call."""
        return sum(ring.dropped() for _, ring in self._receivers)

    def close(self) -> None:
        """Give everything back."""
        for sender in self._rings:
            sender.close()
        for _, ring in self._receivers:
            ring.close()

    def _open_way(self, piece: Piece, interface: Interface, resolve: Resolve) -> _Way | None:
        route = piece.route
        if not route.source:
            raise SetupError(f"{interface.name} has no address to send from; give it one, or use --engine connect")
        family = 4 if len(route.source) == 4 else 6
        if interface.mac is None:
            return self._share(interface, route.source, b"", family)
        if not route.gateway:
            known = resolve(interface, route.source, _members(piece, family))
            way = self._share(interface, route.source, b"", family)
            return _Way(way.template, way.ring, _Neighbours(known, family))
        mac = resolve(interface, route.source, [route.gateway]).get(route.gateway)
        # A router that doesn't answer leaves nobody behind it reachable.
        return self._share(interface, route.source, mac, family) if mac else None

    def _share(self, interface: Interface, source: bytes, mac: bytes, family: int) -> _Way:
        key = interface.index, source, mac
        if key not in self._shared:
            if len(self._shared) >= MOST_RINGS:
                raise SetupError(f"the targets lie behind more than {MOST_RINGS} routers; use --engine connect")
            template = SynTemplate(family, source, Link(interface.mac, mac or bytes(6)))
            protocol = _PROTOCOL[family] if interface.mac is None else None
            ring = TxRing(interface.name, template.frame, protocol=protocol)
            self._rings.append(ring)
            self._shared[key] = _Way(template, ring)
        return self._shared[key]

    def _fill(
        self,
        way: _Way,
        targets: Targets,
        source_port: int,
        macs: "NDArray[np.uint8] | None",
        pause: Pause,
    ) -> None:
        of, patch = (
            (self._cookies.of_v4, way.template.patch_v4)
            if targets.family == 4
            else (self._cookies.of_v6, way.template.patch_v6)
        )
        sequence = of(targets.address, targets.port, source_port)  # type: ignore[arg-type] # the family says which
        done = 0
        while done < len(targets):
            slots = way.ring.free(len(targets) - done)
            count = slots.stop - slots.start
            part = slice(done, done + count)
            frames = way.ring.frames[slots]
            if macs is not None:
                frames[:, :6] = macs[part]
            patch(frames, targets.address[part], targets.port[part], source_port, sequence[part])  # type: ignore[arg-type]
            way.ring.hand_over(slots)
            done += count
            _kick(way.ring, pause)


def _kick(ring: TxRing, pause: Pause) -> None:
    while True:
        try:
            ring.kick()
        except OSError:
            # The link is down or its queue full; what was handed over stays in the ring until it goes out.
            pause()
        else:
            return


def _members(piece: Piece, family: int) -> list[bytes]:
    if piece.last - piece.first >= MOST_NEIGHBOURS:
        raise SetupError(
            f"over {MOST_NEIGHBOURS} targets are on one link; name a smaller range, or use --engine connect"
        )
    numbers = range(piece.first, piece.last + 1)
    return [(number - V4_FIRST).to_bytes(4) if family == 4 else (number & _LOW_128).to_bytes(16) for number in numbers]
