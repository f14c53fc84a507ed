"""The classic BPF program that lets only answers to this run into the receive ring.

The programs read from the network header, as SOCK_DGRAM packet sockets see packets. What passes is still checked
byte by byte (syn.parse): the filter only keeps the ring free of everybody else's traffic.
"""

import ctypes
import socket
import struct

SO_ATTACH_FILTER = 26
_LDB_ABS, _LDH_ABS, _LDB_IND, _LDH_IND, _LDX_MSH, _JEQ, _JGT, _JGE, _JSET, _RET = (
    0x30, 0x28, 0x50, 0x48, 0xB1, 0x15, 0x25, 0x35, 0x45, 0x06,
)  # fmt: skip
_ALL = 0x40000

Instruction = tuple[int, int, int, int]


def filter_v4(first_port: int, last_port: int) -> list[Instruction]:
    """Return the program for IPv4: TCP to our source ports, and ICMP destination unreachable (RFC 792)."""
    return [
        (_LDB_ABS, 0, 0, 9),
        (_JEQ, 0, 6, 6),
        (_LDH_ABS, 0, 0, 6),
        (_JSET, 9, 0, 0x1FFF),  # a later fragment has no TCP header
        (_LDX_MSH, 0, 0, 0),
        (_LDH_IND, 0, 0, 2),
        (_JGE, 0, 6, first_port),
        (_JGT, 5, 4, last_port),
        (_JEQ, 0, 4, 1),
        (_LDX_MSH, 0, 0, 0),
        (_LDB_IND, 0, 0, 0),
        (_JEQ, 0, 1, 3),
        (_RET, 0, 0, _ALL),
        (_RET, 0, 0, 0),
    ]


def filter_v6(first_port: int, last_port: int) -> list[Instruction]:
    """Return the program for IPv6 without extension headers: TCP, and ICMPv6 type 1 (RFC 4443 section 3.1)."""
    return [
        (_LDB_ABS, 0, 0, 6),
        (_JEQ, 0, 3, 6),
        (_LDH_ABS, 0, 0, 42),
        (_JGE, 0, 5, first_port),
        (_JGT, 4, 3, last_port),
        (_JEQ, 0, 3, 58),
        (_LDB_ABS, 0, 0, 40),
        (_JEQ, 0, 1, 1),
        (_RET, 0, 0, _ALL),
        (_RET, 0, 0, 0),
    ]


def attach(sock: socket.socket, program: list[Instruction]) -> None:
    """Attach a program to a socket; the kernel drops it with the socket."""
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in program))
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HL", len(program), ctypes.addressof(code)))
