import random
import socket

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP
from scapy.layers.inet6 import ICMPv6DestUnreach, IPv6
from scapy.packet import Raw

from scanner.sweep.syn.cookies import Cookies
from scanner.sweep.syn.parse import Parser, Said
from scanner.sweep.syn.rings import HEADER_WORDS, SNAP_BYTES, STATUS_CHECKSUM_PARTIAL, STATUS_USER

COOKIES = Cookies(bytes(16))
PEER, OWN = "10.0.0.9", "10.0.0.1"
PEER6, OWN6 = "fd00::9", "fd00::1"
PORT, SOURCE_PORT = 443, 61_003
NUMBER = int.from_bytes(socket.inet_aton(PEER))
COOKIE = int(COOKIES.of_v4(np.array([NUMBER], np.uint32), np.array([PORT], np.uint32), SOURCE_PORT)[0])
COOKIE6 = int(COOKIES.of_v6(np.array([[0xFD00 << 48, 9]], np.uint64), np.array([PORT], np.uint32), SOURCE_PORT)[0])


def read(family, *packets, status=STATUS_USER, wire_length=None):
    """Parse packets as a ring would hold them; returns ([(address, port, source port, said)], rejected)."""
    rows = np.zeros((len(packets), SNAP_BYTES), dtype=np.uint8)
    headers = np.zeros((len(packets), HEADER_WORDS), dtype=np.uint32)
    for place, packet in enumerate(packets):
        octets = bytes(packet)
        kept = octets[:SNAP_BYTES]
        rows[place, : len(kept)] = np.frombuffer(kept, dtype=np.uint8)
        headers[place, :3] = status, wire_length or len(octets), len(kept)
    parser = Parser(COOKIES)
    found = []
    for answers in parser.read(family, rows, headers):
        address = answers.address.tolist()
        found += zip(address, answers.port.tolist(), answers.source_port.tolist(), answers.said.tolist(), strict=True)
    return found, parser.rejected


def syn_ack(*, ahead=1, flags="SA", options=(("MSS", 1_460),), payload=b"", **ip):
    tcp = TCP(sport=PORT, dport=SOURCE_PORT, seq=7, ack=(COOKIE + ahead) % 2**32, flags=flags, options=list(options))
    return IP(**{"src": PEER, "dst": OWN, **ip}) / tcp / Raw(payload)


def syn_ack6(*, ahead=1, flags="SA", **ip):
    tcp = TCP(sport=PORT, dport=SOURCE_PORT, seq=7, ack=(COOKIE6 + ahead) % 2**32, flags=flags)
    return IPv6(**{"src": PEER6, "dst": OWN6, **ip}) / tcp


GENUINE = (NUMBER, PORT, SOURCE_PORT)
GENUINE6 = ([0xFD00 << 48, 9], PORT, SOURCE_PORT)


def test_a_syn_ack_means_open():
    assert read(4, syn_ack())[0] == [(*GENUINE, Said.OPEN)]
    assert read(6, syn_ack6())[0] == [(*GENUINE6, Said.OPEN)]


@pytest.mark.parametrize("ahead", [0, 1])
def test_a_reset_means_closed(ahead):
    assert read(4, syn_ack(flags="RA", options=(), ahead=ahead))[0] == [(*GENUINE, Said.CLOSED)]
    assert read(6, syn_ack6(flags="RA", ahead=ahead))[0] == [(*GENUINE6, Said.CLOSED)]


def test_options_of_ip_and_tcp_and_a_payload_do_not_matter():
    many = [("MSS", 1_460), ("SAckOK", b""), ("Timestamp", (1, 2)), ("NOP", None), ("WScale", 7)]
    assert read(4, syn_ack(options=many))[0]
    assert read(4, syn_ack(payload=b"early"))[0]
    assert read(4, IP(src=PEER, dst=OWN, options=b"\x01" * 8) / syn_ack()[TCP])[0]


def test_options_that_would_trap_a_walker_are_not_walked():
    packet = bytearray(bytes(syn_ack(options=(("NOP", None),) * 4)))
    packet[40:44] = bytes([2, 0, 254, 0])
    checked = IP(bytes(packet))
    del checked[TCP].chksum
    assert len(read(4, bytes(packet[:36]) + bytes(IP(bytes(checked))[TCP])[16:18] + bytes(packet[38:]))[0]) == 0
    assert read(4, packet, status=STATUS_USER | STATUS_CHECKSUM_PARTIAL)[0] == [(*GENUINE, Said.OPEN)]


@pytest.mark.parametrize("ahead", [0, 2, 99_999, -1])
def test_a_wrong_number_is_forged(ahead):
    found, rejected = read(4, syn_ack(ahead=ahead))
    assert not found
    assert rejected.forged == 1
    assert not read(6, syn_ack6(ahead=ahead))[0]


def test_a_number_counts_only_for_the_endpoint_that_it_was_made_for():
    assert not read(4, syn_ack(src="10.0.0.10"))[0]
    wrong_port = syn_ack()
    wrong_port[TCP].sport = PORT + 1
    wrong_source_port = syn_ack()
    wrong_source_port[TCP].dport = SOURCE_PORT + 1
    found, rejected = read(4, wrong_port, wrong_source_port)
    assert not found
    assert rejected.forged == 2


def test_a_wrong_checksum_is_refused():
    broken_tcp, broken_ip = syn_ack(), syn_ack()
    broken_tcp[TCP].chksum = 0x1234
    broken_ip.chksum = 0x1234
    found, rejected = read(4, broken_tcp, broken_ip)
    assert not found
    assert rejected.checksum == 2
    six = syn_ack6()
    six[TCP].chksum = 0x1234
    assert read(6, six)[1].checksum == 1


def test_a_checksum_that_a_local_sender_has_not_computed_yet_is_not_missed():
    packet = syn_ack()
    packet[TCP].chksum = 0x1234
    assert read(4, packet, status=STATUS_USER | STATUS_CHECKSUM_PARTIAL)[0]


def test_fragments_and_impossible_lengths_are_malformed():
    packets = [
        IP(src=PEER, dst=OWN, flags="MF") / syn_ack()[TCP],
        IP(src=PEER, dst=OWN, frag=100) / syn_ack()[TCP],
        syn_ack(len=2_000),
        syn_ack(len=10),
        syn_ack(ihl=4),
        bytes(syn_ack())[:30],
    ]
    for packet in packets:
        found, rejected = read(4, packet)
        assert not found
        assert rejected.total == 1


@pytest.mark.parametrize("flags", ["S", "A", "R", "F", "SAF", "SAR", "PA", ""])
def test_flags_that_answer_no_syn_are_unasked(flags):
    found, rejected = read(4, syn_ack(flags=flags))
    assert not found
    assert rejected.unasked == 1


def unreachable(code, *, sequence=COOKIE, quoted=None, source="10.0.0.254"):
    inner = IP(src=OWN, dst=PEER) / TCP(sport=SOURCE_PORT, dport=PORT, seq=sequence % 2**32, flags="S")
    return IP(src=source, dst=OWN) / ICMP(type=3, code=code) / Raw(bytes(inner)[:quoted])


@pytest.mark.parametrize(
    ("code", "said"),
    [(0, Said.UNREACHABLE), (1, Said.UNREACHABLE), (3, Said.CLOSED), (9, Said.PROHIBITED), (13, Said.PROHIBITED)],
)
@pytest.mark.parametrize("quoted", [28, None])
def test_icmp_counts_when_it_quotes_our_syn(code, said, quoted):
    assert read(4, unreachable(code, quoted=quoted))[0] == [(*GENUINE, said)]


def test_icmp_for_a_flow_that_is_not_ours_is_refused():
    found, rejected = read(4, unreachable(1, sequence=COOKIE + 1))
    assert not found
    assert rejected.forged == 1
    found, rejected = read(4, unreachable(1, quoted=24), unreachable(4), unreachable(200))
    assert not found
    assert rejected.malformed == 3


@pytest.mark.parametrize(("code", "said"), [(0, Said.UNREACHABLE), (1, Said.PROHIBITED), (4, Said.CLOSED)])
def test_icmpv6_counts_when_it_quotes_our_syn(code, said):
    inner = IPv6(src=OWN6, dst=PEER6) / TCP(sport=SOURCE_PORT, dport=PORT, seq=COOKIE6, flags="S")
    packet = IPv6(src="fd00::fe", dst=OWN6) / ICMPv6DestUnreach(code=code) / Raw(bytes(inner))
    assert read(6, packet)[0] == [(*GENUINE6, said)]


def test_an_extension_header_is_malformed():
    packet = bytearray(bytes(syn_ack6()))
    packet[6] = 0
    assert read(6, packet)[1].malformed == 1


def test_good_and_bad_share_a_batch():
    packets = [syn_ack(), syn_ack(ahead=5), unreachable(1), syn_ack(flags="RA"), syn_ack(frag=1), syn_ack()]
    random.Random(1).shuffle(packets)
    found, rejected = read(4, *packets)
    assert sorted(said for *_, said in found) == [Said.OPEN, Said.OPEN, Said.CLOSED, Said.UNREACHABLE]
    assert rejected.total == 2


@given(st.lists(st.binary(max_size=SNAP_BYTES), min_size=1, max_size=8), st.sampled_from([4, 6]), st.integers(0, 255))
def test_noise_is_refused_and_counted_and_nothing_is_raised(noise, family, status):
    found, rejected = read(family, *noise, status=status)
    assert not found
    assert rejected.total == len(noise)


@given(st.data())
def test_damaging_a_genuine_answer_never_yields_another_endpoint(data):
    octets = bytearray(bytes(data.draw(st.sampled_from([syn_ack(), syn_ack(flags="RA"), unreachable(1)]))))
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    for answer in read(4, octets)[0]:
        assert answer[:3] == GENUINE


def test_none_of_a_million_forged_answers_is_accepted():
    count = 1_000_000
    template = np.frombuffer(bytes(syn_ack(options=())), dtype=np.uint8)
    rows = np.zeros((count, SNAP_BYTES), dtype=np.uint8)
    rows[:, : len(template)] = template
    # Right ports, random sender, random acknowledgement number: an attacker who saw no SYN of ours.
    generator = np.random.default_rng(5)
    rows[:, 28:32] = generator.integers(0, 256, (count, 4), dtype=np.uint8)
    headers = np.zeros((count, HEADER_WORDS), dtype=np.uint32)
    headers[:, :3] = STATUS_USER | STATUS_CHECKSUM_PARTIAL, len(template), len(template)
    parser = Parser(Cookies(bytes(range(16))))
    assert parser.read(4, rows, headers) == []
    assert parser.rejected.forged == count
