import socket
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet6 import ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6NDOptDstLLAddr, IPv6
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from scanner.sweep.syn import arp_ndp

MAC, THEIRS = bytes.fromhex("020000000001"), "02:00:00:00:00:09"
OWN, OWN6 = socket.inet_aton("10.0.0.1"), socket.inet_pton(socket.AF_INET6, "fd00::1")
WANTED, WANTED6 = socket.inet_aton("10.0.0.9"), socket.inet_pton(socket.AF_INET6, "fd00::9:8765")


def advertisement(**ip):
    packet = IPv6(**{"src": "fd00::9:8765", "dst": "fd00::1", "hlim": 255, **ip})
    return Ether(src="02:00:00:00:00:07") / packet / ICMPv6ND_NA(tgt="fd00::9:8765")


def test_an_arp_question_asks_for_the_address():
    question = Ether(arp_ndp._arp_maker(MAC, OWN)(WANTED))
    assert question.dst == "ff:ff:ff:ff:ff:ff"
    assert (question[ARP].op, question[ARP].psrc, question[ARP].pdst) == (1, "10.0.0.1", "10.0.0.9")


def test_a_solicitation_goes_to_the_group_of_the_address():
    question = Ether(arp_ndp._solicitation_maker(MAC, OWN6)(WANTED6))
    assert question.dst == "33:33:ff:09:87:65"
    assert (question[IPv6].dst, question[IPv6].hlim) == ("ff02::1:ff09:8765", 255)
    assert question[ICMPv6ND_NS].tgt == "fd00::9:8765"
    stored = question[IPv6].payload.cksum
    del question[IPv6].payload.cksum
    assert Ether(bytes(question))[IPv6].payload.cksum == stored


def test_answers_are_read():
    arp = Ether() / ARP(op=2, hwsrc=THEIRS, psrc="10.0.0.9", pdst="10.0.0.1")
    assert arp_ndp._read_arp(bytes(arp)) == (WANTED, bytes.fromhex("020000000009"))
    told = advertisement() / ICMPv6NDOptDstLLAddr(lladdr=THEIRS)
    assert arp_ndp._read_advertisement(bytes(told)) == (WANTED6, bytes.fromhex("020000000009"))
    assert arp_ndp._read_advertisement(bytes(advertisement())) == (WANTED6, bytes.fromhex("020000000007"))


def test_other_frames_are_no_answer():
    assert arp_ndp._read_arp(bytes(Ether() / ARP(op=1))) is None
    assert arp_ndp._read_arp(b"short") is None
    assert arp_ndp._read_advertisement(bytes(advertisement(hlim=64))) is None
    assert arp_ndp._read_advertisement(bytes(Ether() / IPv6(hlim=255) / ICMPv6ND_NS() / Raw(bytes(40)))) is None


def test_an_option_of_length_zero_ends_the_reading():
    assert arp_ndp._read_advertisement(bytes(advertisement() / Raw(bytes(16)))) is None


@given(st.binary(max_size=120))
def test_noise_is_survived(noise):
    arp_ndp._read_arp(noise)
    arp_ndp._read_advertisement(noise)


class Wire:
    """A link on which every second asked address answers at once, unless it is down."""

    def __init__(self, down):
        self.down, self.asked = down, []
        self.waiting = []

    def send(self, frame):
        self.asked.append(frame)
        tries = max(self.asked.count(one) for one in set(self.asked))
        if tries not in self.down and frame[-1] % 2:
            self.waiting.append(frame)


def hunt_on(wire, tries):
    """Ask two addresses as often as is told, and return whether each try counted; frames are addresses."""
    clock = SimpleNamespace(now_s=lambda: 0.0)
    bucket = SimpleNamespace(available=lambda _now_s: True, take=lambda _count: None)
    hunt = arp_ndp._Hunt(wire, lambda frame: (frame, b"mac"), {b"\x01", b"\x02"}, {}, None)
    counted = []
    for _ in range(tries):
        hunt.ask(lambda address: address, bucket, clock, lambda: False)
        while wire.waiting:
            hunt._note(wire.waiting.pop())
        counted.append(hunt.link_worked)
    return counted, hunt.missing


def test_a_try_counts_only_if_somebody_who_had_answered_answers_again():
    """A link that was down for three seconds made living neighbours unreachable."""
    assert hunt_on(Wire(down=()), 3) == ([True, True, True], {b"\x02"})
    assert hunt_on(Wire(down=(2, 3)), 4) == ([True, False, False, True], {b"\x02"})
    assert hunt_on(Wire(down=(1, 2)), 4) == ([True] * 4, {b"\x02"})
