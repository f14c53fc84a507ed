"""The slow link, for macOS, the BSDs and Linux without packet rings: raw IP sockets out, scapy's capture in.

The kernel chooses link and neighbour; packets are made and judged by the same code as on the fast link, so the results
are the same. A sent packet costs a system call, a received one a turn of Python: some ten thousand a second.
"""

import errno
import platform
import select
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from scanner.core.address import V4_FIRST, V4_LAST
from scanner.core.errors import SetupError
from scanner.core.intervals import Intervals
from scanner.sweep.choose import HOW_TO_ALLOW
from scanner.sweep.kernel import Route
from scanner.sweep.syn.cookies import Cookies
from scanner.sweep.syn.layout import Targets
from scanner.sweep.syn.packets import LinkHeader, SynTemplate
from scanner.sweep.syn.parse import Answers, Parser
from scanner.sweep.syn.rings import (
    HEADER_INTERFACE,
    HEADER_KEPT,
    HEADER_LENGTH,
    HEADER_STATUS,
    HEADER_WORDS,
    SNAP_BYTES,
    STATUS_CHECKSUM_PARTIAL,
    STATUS_USER,
    dropped_by,
)
from scanner.sweep.syn.routes import Piece, Routes
from scanner.sweep.syn.sender import Pause
from scanner.sweep.syn.syn_notes import Sent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NO_WAY = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EACCES}
"""The kernel has no route to this one target: it stays silent, and others are not held up."""
_ETHERTYPES = {b"\x08\x00": 4, b"\x86\xdd": 6}
_BUFFER_BYTES = 16 << 20
_SO_RCVBUFFORCE = 33
_MOST_A_READ = 256
_IPV4_HEADER_BYTES, _IPV6_HEADER_BYTES = 20, 40


class PortableLink:
    """Raw sockets and one capture an interface."""

    def __init__(
        self, routes: Routes, cookies: Cookies, first_port: int, port_count: int, sent: Sent | None = None
    ) -> None:
        """Open the captures before anything is sent; raises SetupError without the privilege.

        `sent` is told of every packet that is handed to the kernel.
        """
        # Importing these puts the sockets of this platform into the configuration, and teaches it to read packets.
        import scapy.arch
        import scapy.layers.inet
        import scapy.layers.inet6  # noqa: F401 - see above
        from scapy.config import conf

        self._routes = routes
        self._cookies = cookies
        self._sent = sent
        self._ports = range(first_port, first_port + port_count)
        self._templates = {
            source: SynTemplate(4 if len(source) == 4 else 6, source, LinkHeader(None))
            for source in {piece.route.source for piece in routes.pieces if piece.route.source}
        }
        indexes = sorted({piece.route.interface for piece in routes.pieces if piece.route.interface})
        self._captures: list[tuple[int, Any]] = []
        self._senders: dict[int, socket.socket] = {}
        try:
            for index in indexes:
                capture = conf.L2listen(iface=socket.if_indextoname(index), promisc=False)
                self._captures.append((index, capture))
                _widen(capture)
            self._senders = {4 if len(source) == 4 else 6: _raw_socket(source) for source in self._templates}
        except PermissionError:
            self.close()
            raise SetupError(f"raw packets are not allowed: {HOW_TO_ALLOW}; or use --engine connect") from None
        except OSError as error:
            self.close()
            raise SetupError(f"no raw sockets here: {error}; use --engine connect") from error

    def send(self, place: int, targets: Targets, source_port: int, pause: Pause) -> "NDArray[np.bool_] | None":
        """Send one SYN to each target of one route piece; return which were sent, None for all."""
        import numpy as np

        route = self._routes.pieces[place].route
        if not route.interface:
            return np.zeros(len(targets), dtype=np.bool_)
        template = self._templates[route.source]
        frames = np.tile(np.frombuffer(template.frame, dtype=np.uint8), (len(targets), 1))
        of, patch = (
            (self._cookies.of_v4, template.patch_v4)
            if targets.family == 4
            else (self._cookies.of_v6, template.patch_v6)
        )
        sequence = of(targets.address, targets.port, source_port)  # type: ignore[arg-type] # the family says which
        patch(frames, targets.address, targets.port, source_port, sequence)  # type: ignore[arg-type]
        zones = targets.zone if targets.zone is not None else [0] * len(targets)
        for at, (frame, zone) in enumerate(zip(frames, zones, strict=True)):
            if self._send_one(targets.family, frame.tobytes(), int(zone), pause) and self._sent is not None:
                self._sent(targets.where(slice(at, at + 1)), source_port)
        return None

    def receive(self, parser: Parser) -> list[Answers]:
        """Return what has arrived and is genuine."""
        found: list[Answers] = []
        for index, capture in self._captures:
            by_family: dict[int, list[bytes]] = {4: [], 6: []}
            for _ in range(_MOST_A_READ):
                if not select.select([capture], [], [], 0)[0]:
                    break
                self._keep(capture, by_family)
            for family, packets in by_family.items():
                if packets:
                    found += parser.read(family, *_rows(family, packets, index))
        return found

    def stuck(self) -> bool:
        """Return False: a packet that a socket refuses is held back by `send` itself."""
        return False

    def sending(self) -> bool:
        """Return False: a packet has left when `send` returns."""
        return False

    def wait(self, seconds: float) -> None:
        """Return when something has arrived, or after that time."""
        select.select([capture for _, capture in self._captures], [], [], max(0.0, seconds))

    def dropped(self) -> int:
        """Return how many packets the captures dropped since the last call; macOS and the BSDs don't tell."""
        return sum(dropped_by(sock) for _, capture in self._captures if (sock := _socket_of(capture)) is not None)

    def close(self) -> None:
        """Give everything back."""
        for _, capture in self._captures:
            capture.close()
        for sender in self._senders.values():
            sender.close()

    def _send_one(self, family: int, frame: bytes, zone: int, pause: Pause) -> bool:
        """Send one packet; returns whether there was a route for it."""
        if family == 4:
            frame, to = _as_kernel_wants(frame), (socket.inet_ntoa(frame[16:20]), 0)
        else:
            # There is no IP_HDRINCL for IPv6 (RFC 3542 section 3): the kernel writes the header.
            to = (socket.inet_ntop(socket.AF_INET6, frame[24:40]), 0, 0, zone)  # type: ignore[assignment]
            frame = frame[_IPV6_HEADER_BYTES:]
        while True:
            try:
                self._senders[family].sendto(frame, to)
            except OSError as error:
                if error.errno in _NO_WAY:
                    return False
                pause()
            else:
                return True

    def _keep(self, capture: Any, by_family: dict[int, list[bytes]]) -> None:
        layer, octets, _ = capture.recv_raw(2_048)
        if layer is None or octets is None:
            return
        family = _ETHERTYPES.get(octets[12:14]) if layer.__name__ == "Ether" else None
        if family is not None:
            # Dissecting an Ethernet frame would take a tenth of a millisecond for nothing.
            if _concerns(family, octets[14:], self._ports):
                by_family[family].append(octets[14:])
            return
        packet = layer(octets)
        for family, name in ((4, "IP"), (6, "IPv6")):
            if packet.haslayer(name):
                original = packet.getlayer(name).original
                if _concerns(family, original, self._ports):
                    by_family[family].append(original)
                return


def find_routes_with_scapy(addresses: Intervals) -> Routes:
    """Return the routes of all planned addresses as scapy reads them, where there is no rtnetlink."""
    import scapy.route  # noqa: F401 - fills conf.route
    from scapy.config import conf

    edges = set()
    for net, mask, *_ in conf.route.routes:
        edges |= {V4_FIRST + net, V4_FIRST + (net | ~mask & 0xFFFF_FFFF) + 1}
    pieces = []
    for first, last in addresses.spans:
        if not V4_FIRST <= first <= last <= V4_LAST:
            raise SetupError("IPv6 needs Linux for the raw sweep; use --engine connect")
        starts = [first, *sorted(edge for edge in edges if first < edge <= last)]
        for start, end in zip(starts, [*(edge - 1 for edge in starts[1:]), last], strict=True):
            address = socket.inet_ntoa((start - V4_FIRST).to_bytes(4))
            interface, source, gateway = conf.route.route(address, verbose=0)
            local = interface == conf.loopback_name or source == address
            index = socket.if_nametoindex(interface) if interface else 0
            way = b"" if gateway == "0.0.0.0" else socket.inet_aton(gateway)
            pieces.append(Piece(start, end, Route(index, socket.inet_aton(source), way, local)))
    return Routes(pieces)


def _socket_of(capture: Any) -> socket.socket | None:
    sock = getattr(capture, "ins", None)
    return sock if isinstance(sock, socket.socket) else None


def _widen(capture: Any) -> None:
    """Give a capture room for a burst; beyond the system's limit only where that is allowed (Linux, CAP_NET_ADMIN)."""
    sock = _socket_of(capture)
    if sock is not None:
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        if platform.system() == "Linux":
            with suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_BYTES)


def _raw_socket(source: bytes) -> socket.socket:
    if len(source) == 4:
        sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL, 1)
        return sock
    return socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_TCP)


def _as_kernel_wants(frame: bytes) -> bytes:
    """Return a packet as a raw socket takes it: macOS wants length and fragment field in its own order (ip(4))."""
    if platform.system() != "Darwin":
        return frame
    return frame[:2] + frame[3:1:-1] + frame[4:6] + frame[7:5:-1] + frame[8:]


def _concerns(family: int, octets: bytes, ports: range) -> bool:
    """Tell what the filter of the fast link tells: TCP to our source ports, or destination unreachable."""
    if len(octets) < _IPV4_HEADER_BYTES:
        return False
    start = max(_IPV4_HEADER_BYTES, (octets[0] & 0xF) * 4) if family == 4 else _IPV6_HEADER_BYTES
    if len(octets) < start + 8:
        return False
    protocol = octets[9] if family == 4 else octets[6]
    if protocol == socket.IPPROTO_TCP:
        return int.from_bytes(octets[start + 2 : start + 4]) in ports
    return (family, protocol, octets[start]) in {(4, socket.IPPROTO_ICMP, 3), (6, socket.IPPROTO_ICMPV6, 1)}


def _rows(family: int, packets: list[bytes], interface: int) -> "tuple[NDArray[np.uint8], NDArray[np.uint32]]":
    import numpy as np

    rows = np.zeros((len(packets), SNAP_BYTES), dtype=np.uint8)
    headers = np.zeros((len(packets), HEADER_WORDS), dtype=np.uint32)
    for place, octets in enumerate(packets):
        kept = octets[:SNAP_BYTES]
        rows[place, : len(kept)] = np.frombuffer(kept, dtype=np.uint8)
        headers[place, HEADER_LENGTH], headers[place, HEADER_KEPT] = len(octets), len(kept)
        headers[place, HEADER_STATUS] = STATUS_USER | (STATUS_CHECKSUM_PARTIAL if _is_partial(family, octets) else 0)
    headers[:, HEADER_INTERFACE] = interface
    return rows, headers


def _is_partial(family: int, octets: bytes) -> bool:
    """Tell whether the checksum is still that of the pseudo header alone: a local sender has left it to be finished.

    A forged packet gains nothing by that: its acknowledgement number is checked all the same.
    """
    start = (octets[0] & 0xF) * 4 if family == 4 else _IPV6_HEADER_BYTES
    if len(octets) < start + 18:
        return False
    addresses = octets[12:20] if family == 4 else octets[8:40]
    total = socket.IPPROTO_TCP + len(octets) - start
    total += sum(int.from_bytes(addresses[at : at + 2]) for at in range(0, len(addresses), 2))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total == int.from_bytes(octets[start + 16 : start + 18])
