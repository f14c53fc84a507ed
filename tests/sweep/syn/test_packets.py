import socket

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether

from scanner.sweep.syn.packets import LinkHeader, SynTemplate

ETHERNET = LinkHeader(own_mac=bytes.fromhex("020000000001"), next_hop_mac=bytes.fromhex("020000000002"))
BARE = LinkHeader(own_mac=None)
numbers32 = st.integers(0, 2**32 - 1)
ports = st.integers(0, 65_535)


def patched(template: SynTemplate, *, address, port: int, source_port: int, sequence: int) -> bytes:
    frames = np.zeros((1, 96), dtype=np.uint8)
    frames[:, : len(template.frame)] = np.frombuffer(template.frame, dtype=np.uint8)
    patch = template.patch_v4 if template.family == 4 else template.patch_v6
    patch(frames, address, np.array([port], np.uint32), source_port, np.array([sequence], np.uint32))
    return frames[0, : len(template.frame)].tobytes()


def scapys(layers, *, port: int, source_port: int, sequence: int, mss: int) -> bytes:
    tcp = TCP(sport=source_port, dport=port, seq=sequence, flags="S", window=64_240, options=[("MSS", mss)])
    return bytes(layers / tcp)


@pytest.mark.parametrize("link", [ETHERNET, BARE])
@given(address=numbers32, port=ports, source_port=ports, sequence=numbers32, source=st.binary(min_size=4, max_size=4))
def test_a_v4_syn_is_byte_for_byte_what_scapy_makes(link, address, port, source_port, sequence, source):
    built = patched(
        SynTemplate(4, source, link),
        address=np.array([address], np.uint32),
        port=port,
        source_port=source_port,
        sequence=sequence,
    )
    ip = IP(src=socket.inet_ntoa(source), dst=socket.inet_ntoa(address.to_bytes(4)), id=0, flags="DF", ttl=64)
    layers = ip if link is BARE else Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / ip
    assert built == scapys(layers, port=port, source_port=source_port, sequence=sequence, mss=1_460)


@pytest.mark.parametrize("link", [ETHERNET, BARE])
@given(
    address=st.binary(min_size=16, max_size=16),
    port=ports,
    source_port=ports,
    sequence=numbers32,
    source=st.binary(min_size=16, max_size=16),
)
def test_a_v6_syn_is_byte_for_byte_what_scapy_makes(link, address, port, source_port, sequence, source):
    halves = np.array([[int.from_bytes(address[:8]), int.from_bytes(address[8:])]], np.uint64)
    built = patched(SynTemplate(6, source, link), address=halves, port=port, source_port=source_port, sequence=sequence)
    ip = IPv6(src=socket.inet_ntop(socket.AF_INET6, source), dst=socket.inet_ntop(socket.AF_INET6, address), hlim=64)
    layers = ip if link is BARE else Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / ip
    assert built == scapys(layers, port=port, source_port=source_port, sequence=sequence, mss=1_440)


def test_a_batch_is_patched_row_by_row():
    template = SynTemplate(4, bytes([10, 0, 0, 1]), ETHERNET)
    count = 1_000
    address = np.arange(count, dtype=np.uint32) * np.uint32(4_001) + np.uint32(0x0A000000)
    port = np.arange(count, dtype=np.uint32) + np.uint32(1)
    frames = np.zeros((count, 96), dtype=np.uint8)
    frames[:, : len(template.frame)] = np.frombuffer(template.frame, dtype=np.uint8)
    template.patch_v4(frames, address, port, 61_000, address * np.uint32(7))
    for place in (0, 1, 499, 999):
        alone = patched(
            template,
            address=address[place : place + 1],
            port=int(port[place]),
            source_port=61_000,
            sequence=int(address[place] * np.uint32(7)),
        )
        assert frames[place, : len(alone)].tobytes() == alone
