"""The filters, run by the kernel itself: a Unix datagram socket filters its payload."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6DestUnreach, ICMPv6EchoReply, IPv6

from scanner.sweep.syn import bpf

FIRST, LAST = 61_000, 61_255


def passes(program, packet) -> bool:
    sender, receiver = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with sender, receiver:
        bpf.attach(receiver, program)
        receiver.setblocking(False)
        try:
            sender.send(bytes(packet))
            return bool(receiver.recv(4_096))
        except (BlockingIOError, PermissionError):
            return False


def tcp(port):
    return TCP(sport=80, dport=port, flags="SA")


@pytest.mark.parametrize(
    ("packet", "wanted"),
    [
        (IP() / tcp(FIRST), True),
        (IP() / tcp(LAST), True),
        (IP() / tcp(FIRST - 1), False),
        (IP() / tcp(LAST + 1), False),
        (IP(options=b"\x01" * 8) / tcp(FIRST), True),
        (IP(frag=10) / tcp(FIRST), False),
        (IP() / UDP(sport=80, dport=FIRST), False),
        (IP() / ICMP(type=3, code=1) / IP() / TCP(), True),
        (IP() / ICMP(type=0), False),
        (IP(), False),
    ],
)
def test_only_answers_to_our_ports_pass_v4(packet, wanted):
    assert passes(bpf.filter_v4(FIRST, LAST), packet) is wanted


@pytest.mark.parametrize(
    ("packet", "wanted"),
    [
        (IPv6() / tcp(FIRST), True),
        (IPv6() / tcp(LAST), True),
        (IPv6() / tcp(LAST + 1), False),
        (IPv6() / UDP(sport=80, dport=FIRST), False),
        (IPv6() / ICMPv6DestUnreach() / IPv6() / TCP(), True),
        (IPv6() / ICMPv6EchoReply(), False),
        (IPv6(), False),
    ],
)
def test_only_answers_to_our_ports_pass_v6(packet, wanted):
    assert passes(bpf.filter_v6(FIRST, LAST), packet) is wanted


@given(st.integers(0, 65_535))
def test_the_range_of_ports_is_exact(port):
    assert passes(bpf.filter_v4(FIRST, LAST), IP() / tcp(port)) is (FIRST <= port <= LAST)
