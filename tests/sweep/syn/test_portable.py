import errno
import platform
import socket
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6DestUnreach, IPv6

from scanner.sweep.syn import portable
from scanner.sweep.syn.portable import PortableLink
from scanner.sweep.syn.rings import (
    HEADER_INTERFACE,
    HEADER_KEPT,
    HEADER_LENGTH,
    HEADER_STATUS,
    SNAP_BYTES,
    STATUS_CHECKSUM_PARTIAL,
    STATUS_USER,
)

PORTS = range(60_000, 60_256)


@pytest.mark.parametrize(
    ("family", "packet", "expected"),
    [
        (4, IP() / TCP(dport=60_000), True),
        (4, IP() / TCP(dport=60_255), True),
        (4, IP() / TCP(dport=60_256), False),
        (4, IP(options=b"\1" * 8) / TCP(dport=60_001), True),
        (4, IP() / UDP(dport=60_000), False),
        (4, IP() / ICMP(type=3) / IP() / TCP(), True),
        (4, IP() / ICMP(type=8), False),
        (6, IPv6() / TCP(dport=60_000), True),
        (6, IPv6() / TCP(dport=80), False),
        (6, IPv6() / ICMPv6DestUnreach() / IPv6() / TCP(), True),
    ],
)
def test_only_answers_to_our_ports_and_unreachable_messages_are_kept(family, packet, expected):
    assert portable._concerns(family, bytes(packet), PORTS) is expected


@given(st.sampled_from([4, 6]), st.binary(max_size=64))
@example(4, b"")
@example(4, bytes(8))
def test_no_frame_breaks_the_filter(family, octets):
    if portable._concerns(family, octets, PORTS):
        portable._rows(family, [octets], 1)


@pytest.mark.parametrize(("family", "ip"), [(4, IP(src="10.0.0.1", dst="10.0.0.2")), (6, IPv6(src="::1", dst="::2"))])
def test_a_checksum_that_a_local_sender_left_unfinished_is_recognised(family, ip):
    whole = bytes(ip / TCP(dport=60_000))
    assert not portable._is_partial(family, whole)
    start = len(whole) - 20
    pseudo = ip.src, ip.dst
    words = b"".join(socket.inet_pton(socket.AF_INET if family == 4 else socket.AF_INET6, one) for one in pseudo)
    total = 6 + 20 + sum(int.from_bytes(words[at : at + 2], "big") for at in range(0, len(words), 2))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    partial = whole[: start + 16] + total.to_bytes(2, "big") + whole[start + 18 :]
    assert portable._is_partial(family, partial)
    _, headers = portable._rows(family, [whole, partial], 3)
    assert headers[:, HEADER_STATUS].tolist() == [STATUS_USER, STATUS_USER | STATUS_CHECKSUM_PARTIAL]
    assert headers[:, HEADER_INTERFACE].tolist() == [3, 3]


def test_a_long_packet_is_kept_in_part_and_its_length_is_told():
    whole = bytes(IP() / TCP(dport=60_000) / (b"x" * 500))
    rows, headers = portable._rows(4, [whole], 1)
    assert rows[0].tobytes() == whole[:SNAP_BYTES]
    assert (headers[0, HEADER_LENGTH], headers[0, HEADER_KEPT]) == (540, SNAP_BYTES)


def test_macos_takes_length_and_fragment_field_in_its_own_order(monkeypatch):
    frame = bytes(range(20))
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    assert portable._as_kernel_wants(frame) == frame
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    assert portable._as_kernel_wants(frame) == bytes([0, 1, 3, 2, 4, 5, 7, 6]) + frame[8:]


class Socket:
    def __init__(self, *errors):
        self.errors, self.sent = list(errors), []

    def sendto(self, frame, to):
        if self.errors:
            raise OSError(self.errors.pop(0), "refused")
        self.sent.append((frame, to))


def link_with(**senders):
    link = object.__new__(PortableLink)
    link._senders = {int(family[1:]): sock for family, sock in senders.items()}
    return link


def test_a_target_without_a_route_is_passed_over_and_a_full_queue_is_waited_for():
    pauses = []
    frame = bytes(IP(dst="10.0.0.9") / TCP())
    assert not link_with(v4=Socket(errno.ENETUNREACH))._send_one(4, frame, 0, lambda: pauses.append(1))
    assert pauses == []
    full = Socket(errno.ENOBUFS, errno.ENOBUFS)
    assert link_with(v4=full)._send_one(4, frame, 0, lambda: pauses.append(1))
    assert (len(pauses), full.sent) == (2, [(frame, ("10.0.0.9", 0))])


def test_the_kernel_writes_the_ipv6_header_and_knows_the_zone():
    frame = bytes(IPv6(dst="fe80::9") / TCP())
    sock = Socket()
    assert link_with(v6=sock)._send_one(6, frame, 7, lambda: None)
    assert sock.sent == [(frame[40:], ("fe80::9", 0, 0, 7))]


def test_a_piece_without_an_interface_is_not_sent():
    link = object.__new__(PortableLink)
    link._routes = SimpleNamespace(pieces=[SimpleNamespace(route=SimpleNamespace(interface=0))])
    sent = link.send(0, np.zeros(3), 60_000, lambda: None)
    assert sent.tolist() == [False] * 3


def test_what_the_kernel_dropped_is_told_where_it_can_be():
    class Counting(socket.socket):
        def getsockopt(self, *_):
            return b"\x09\0\0\0\x04\0\0\0"

    link = object.__new__(PortableLink)
    with Counting() as counting, socket.socket() as another:
        link._captures = [(1, SimpleNamespace(ins=counting)), (2, SimpleNamespace(ins=another)), (3, object())]
        assert link.dropped() == 4
