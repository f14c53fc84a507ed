"""Packet sockets whose frames lie in memory shared with the kernel (packet_mmap, TPACKET_V2): Linux only.

The structures are those of linux/if_packet.h; a frame belongs to the kernel or to us as its status word says.
"""

import ctypes
import mmap
import os
import select
import socket
import struct
from typing import TYPE_CHECKING

from scanner.core.count import counted
from scanner.core.errors import SetupError
from scanner.sweep.choose import HOW_TO_ALLOW
from scanner.sweep.syn import bpf

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SOL_PACKET = 263
PACKET_RX_RING, PACKET_STATISTICS, PACKET_VERSION, PACKET_TX_RING = 5, 6, 10, 13
PACKET_LOSS, PACKET_QDISC_BYPASS = 14, 20
TPACKET_V2 = 1
ETH_P_IP, ETH_P_IPV6 = 0x0800, 0x86DD

STATUS_FREE, STATUS_SEND, STATUS_SENDING, STATUS_WRONG = 0, 1, 2, 4
STATUS_USER, STATUS_CHECKSUM_PARTIAL, STATUS_CHECKSUM_VALID = 1, 1 << 3, 1 << 7

FRAME_AT = 32
"""Where a frame to be sent starts in its slot: after struct tpacket2_hdr."""
RECEIVED_AT = 80
"""Where the network header of a received packet starts in its slot, for SOCK_DGRAM."""
RECEIVE_SLOT_BYTES = 256
SNAP_BYTES = RECEIVE_SLOT_BYTES - RECEIVED_AT
"""How much of a packet is kept: IPv4 with all options and TCP with all options is 120 bytes."""

HEADER_STATUS, HEADER_LENGTH, HEADER_KEPT, HEADER_INTERFACE, HEADER_WORDS = 0, 1, 2, 9, 10
"""Which word of a received packet's header holds what; the interface comes from its struct sockaddr_ll."""


class NoRings(SetupError):
    """Packets may be sent here, but not through rings: another kernel, or a link without a known header."""


class TxRing:
    """Frames on their way out of one interface; `slots` of them, each of 128 bytes."""

    SLOT_BYTES = 128

    def __init__(self, interface: str, frame: bytes, *, protocol: int | None = None, slots: int = 8_192) -> None:
        """Fill every slot with `frame`; `protocol` names the EtherType for links without an Ethernet header."""
        import numpy as np

        if len(frame) > self.SLOT_BYTES - FRAME_AT:
            raise ValueError(f"a frame of {counted(len(frame), 'byte')} does not fit a slot")
        self.slots = slots
        self._to = None if protocol is None else (interface, protocol)
        self._socket = open_packet_socket(socket.SOCK_RAW)
        try:
            self._map = self._make_ring(slots)
            self._socket.bind((interface, 0))
        except OSError as error:
            self._socket.close()
            raise NoRings(f"no transmit ring on {interface}: {error.strerror}; use --engine connect") from error
        ring = np.frombuffer(self._map, dtype=np.uint8).reshape(slots, self.SLOT_BYTES)
        ring[:] = 0
        ring[:, FRAME_AT : FRAME_AT + len(frame)] = np.frombuffer(frame, dtype=np.uint8)
        words = ring.view(np.uint32)
        words[:, 1] = words[:, 2] = len(frame)
        self.frames: NDArray[np.uint8] = ring[:, FRAME_AT:]
        self._status: NDArray[np.uint32] = words[:, 0]
        self._next = 0

    def has_room(self, count: int) -> bool:
        """Tell whether so many slots in a row, or all up to the ring's end, are likely free: the last of them is."""
        last = min(self._next + count, self.slots) - 1
        return all(int(self._status[place]) in {STATUS_FREE, STATUS_WRONG} for place in {self._next, last})

    def free(self, wanted: int) -> slice:
        """Return up to `wanted` free slots that lie side by side; empty when the ring is full."""
        first = self._next
        status = self._status[first : first + wanted]
        if not status.any():
            return slice(first, first + len(status))
        busy = (status != STATUS_FREE) & (status != STATUS_WRONG)
        return slice(first, first + (int(busy.argmax()) if busy.any() else len(status)))

    def hand_over(self, slots: slice) -> None:
        """Give filled slots, as `free` returned them, to the kernel."""
        self._status[slots] = STATUS_SEND
        self._next = slots.stop % self.slots

    def kick(self) -> None:
        """Make the kernel send what was handed over; raises OSError (ENETDOWN, ENOBUFS) and keeps what is left."""
        if self._to is None:
            self._socket.send(b"")
        else:
            self._socket.sendto(b"", self._to)

    @property
    def pending(self) -> int:
        """How many frames the kernel has still to send."""
        return int(((self._status == STATUS_SEND) | (self._status == STATUS_SENDING)).sum())

    def close(self) -> None:
        """Drop the ring and what is still in it."""
        del self.frames, self._status
        self._socket.close()
        _unmap(self._map)

    def _make_ring(self, slots: int) -> mmap.mmap:
        self._socket.setsockopt(SOL_PACKET, PACKET_VERSION, struct.pack("I", TPACKET_V2))
        self._socket.setsockopt(SOL_PACKET, PACKET_QDISC_BYPASS, struct.pack("I", 1))
        # A frame that the kernel refuses is skipped, not a reason to stop at it for ever.
        self._socket.setsockopt(SOL_PACKET, PACKET_LOSS, struct.pack("I", 1))
        return _map_ring(self._socket, PACKET_TX_RING, self.SLOT_BYTES, slots)


class RxRing:
    """Packets of one family that arrive on any interface and pass a filter, from the network header on."""

    def __init__(self, protocol: int, program: list[bpf.Instruction], *, slots: int = 65_536) -> None:
        import numpy as np

        self.slots = slots
        self.protocol = protocol
        # Protocol 0 receives nothing: the filter and the ring stand before the first packet can arrive.
        self._socket = open_packet_socket(socket.SOCK_DGRAM)
        try:
            self._socket.setsockopt(SOL_PACKET, PACKET_VERSION, struct.pack("I", TPACKET_V2))
            bpf.attach(self._socket, program)
            self._map = _map_ring(self._socket, PACKET_RX_RING, RECEIVE_SLOT_BYTES, slots)
            _bind_everywhere(self._socket, protocol)
        except OSError as error:
            self._socket.close()
            raise NoRings(f"no receive ring: {error.strerror}; use --engine connect") from error
        self._ring = np.frombuffer(self._map, dtype=np.uint8).reshape(slots, RECEIVE_SLOT_BYTES)
        self._words = self._ring.view(np.uint32)
        self._next = 0

    def fileno(self) -> int:
        """Return the descriptor, readable while packets wait."""
        return self._socket.fileno()

    def take(self, most: int = 8_192) -> "tuple[NDArray[np.uint8], NDArray[np.uint32]] | None":
        """Return (packets, headers) that have arrived, views that stay valid until `give_back`; None for none.

        Packets have shape (n, SNAP_BYTES); headers are 32-bit words, see HEADER_STATUS and its neighbours.
        """
        status = self._words[self._next : min(self._next + most, self.slots), 0]
        ready = (status & STATUS_USER) != 0
        count = len(ready) if ready.all() else int(ready.argmin())
        if not count:
            return None
        rows = slice(self._next, self._next + count)
        return self._ring[rows, RECEIVED_AT:], self._words[rows, :HEADER_WORDS]

    def give_back(self, count: int) -> None:
        """Return the first `count` slots to the kernel."""
        self._words[self._next : self._next + count, 0] = 0
        self._next = (self._next + count) % self.slots

    def dropped(self) -> int:
        """Return how many packets the kernel dropped since the last call because the ring was full."""
        return dropped_by(self._socket)

    def close(self) -> None:
        """Stop receiving."""
        del self._ring, self._words
        self._socket.close()
        _unmap(self._map)


def open_packet_socket(kind: socket.SocketKind) -> socket.socket:
    """Return a packet socket that receives nothing yet; raises SetupError without CAP_NET_RAW."""
    try:
        return socket.socket(socket.AF_PACKET, kind, 0)
    except PermissionError:
        raise SetupError(f"raw packets are not allowed: {HOW_TO_ALLOW}; or use --engine connect") from None


def dropped_by(sock: socket.socket) -> int:
    """Return how many packets the kernel dropped on a packet socket since the last call; 0 where it does not tell."""
    try:
        statistics = sock.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)
    except OSError:
        return 0
    return int(struct.unpack("II", statistics)[1])


def wait_readable(rings: list[RxRing], timeout_s: float) -> None:
    """Return when a packet waits in one of the rings, or after the timeout."""
    poller = select.poll()
    for ring in rings:
        poller.register(ring, select.POLLIN)
    poller.poll(max(0.0, timeout_s) * 1000)


def _bind_everywhere(sock: socket.socket, protocol: int) -> None:
    # socket.bind wants the name of an interface; struct sockaddr_ll says "all" with index 0.
    address = struct.pack("=HHiHBB8s", socket.AF_PACKET, socket.htons(protocol), 0, 0, 0, 0, b"")
    if ctypes.CDLL(None, use_errno=True).bind(sock.fileno(), address, len(address)):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _map_ring(sock: socket.socket, option: int, slot_bytes: int, slots: int) -> mmap.mmap:
    block_bytes = min(1 << 20, slot_bytes * slots)
    blocks = slot_bytes * slots // block_bytes
    sock.setsockopt(SOL_PACKET, option, struct.pack("IIII", block_bytes, blocks, slot_bytes, slots))
    return mmap.mmap(sock.fileno(), slot_bytes * slots, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)


def _unmap(ring: mmap.mmap) -> None:
    try:
        ring.close()
    except BufferError:
        # A view is still alive somewhere; the map goes when it does.
        return
