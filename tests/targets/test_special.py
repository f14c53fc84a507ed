import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.address import to_number
from scanner.core.intervals import Intervals
from scanner.targets.special import Reach, metadata_numbers, numbers_of, reach, row_of

ROWS = [
    ("127.0.0.1", Reach.LOOPBACK),
    ("127.255.255.255", Reach.LOOPBACK),
    ("::1", Reach.LOOPBACK),
    ("::ffff:127.0.0.1", Reach.LOOPBACK),
    ("10.255.255.255", Reach.PRIVATE),
    ("172.15.255.255", Reach.PUBLIC),
    ("172.16.0.0", Reach.PRIVATE),
    ("172.31.255.255", Reach.PRIVATE),
    ("172.32.0.0", Reach.PUBLIC),
    ("192.168.0.1", Reach.PRIVATE),
    ("192.169.0.0", Reach.PUBLIC),
    ("100.63.255.255", Reach.PUBLIC),
    ("100.64.0.0", Reach.PRIVATE),
    ("100.127.255.255", Reach.PRIVATE),
    ("100.128.0.0", Reach.PUBLIC),
    ("198.18.0.1", Reach.PRIVATE),
    ("198.20.0.0", Reach.PUBLIC),
    ("::ffff:192.168.0.1", Reach.PRIVATE),
    ("fc00::1", Reach.PRIVATE),
    ("fdff:ffff::1", Reach.PRIVATE),
    ("169.254.1.1", Reach.LINK_LOCAL),
    ("fe80::1", Reach.LINK_LOCAL),
    ("fe80::1%1", Reach.LINK_LOCAL),
    ("8.8.8.8", Reach.PUBLIC),
    ("::ffff:8.8.8.8", Reach.PUBLIC),
    ("2606:4700::1", Reach.PUBLIC),
    ("192.0.0.9", Reach.PUBLIC),
    ("192.31.196.1", Reach.PUBLIC),
    ("0.0.0.0", Reach.UNSPECIFIED),
    ("::", Reach.UNSPECIFIED),
    ("0.1.2.3", Reach.RESERVED),
    ("192.0.0.8", Reach.RESERVED),
    ("192.0.0.1", Reach.PRIVATE),
    ("192.0.0.170", Reach.RESERVED),
    ("192.0.2.1", Reach.RESERVED),
    ("198.51.100.1", Reach.RESERVED),
    ("203.0.113.1", Reach.RESERVED),
    ("192.88.99.1", Reach.RESERVED),
    ("240.0.0.1", Reach.RESERVED),
    ("255.255.255.255", Reach.RESERVED),
    ("224.0.0.1", Reach.MULTICAST),
    ("239.255.255.255", Reach.MULTICAST),
    ("ff02::1", Reach.MULTICAST),
    ("2001:db8::1", Reach.RESERVED),
    ("3fff::1", Reach.RESERVED),
    ("100::1", Reach.RESERVED),
    ("5f00::1", Reach.RESERVED),
    ("fec0::1", Reach.RESERVED),
    ("4000::1", Reach.RESERVED),
    ("::127.0.0.1", Reach.RESERVED),
    ("2001::1", Reach.RESERVED),
    ("2001:1::1", Reach.PUBLIC),
    ("2001:2::1", Reach.PRIVATE),
    ("2001:200::1", Reach.PUBLIC),
    # Tunnels and translators reach what they embed.
    ("64:ff9b::8.8.8.8", Reach.PUBLIC),
    ("64:ff9b::7f00:1", Reach.RESERVED),
    ("64:ff9b::10.0.0.1", Reach.RESERVED),
    ("64:ff9b::169.254.169.254", Reach.RESERVED),
    ("64:ff9b::224.0.0.1", Reach.RESERVED),
    ("64:ff9b:1::10.0.0.1", Reach.PUBLIC),
    ("2002:808:808::1", Reach.PUBLIC),
    ("2002:7f00:1::", Reach.RESERVED),
    ("2002:a00:1::1", Reach.RESERVED),
    ("2002:a9fe:a9fe::", Reach.RESERVED),
    ("2002:e000:1::", Reach.RESERVED),
]


@pytest.mark.parametrize(("text", "expected"), ROWS)
def test_the_table(text, expected):
    address = ipaddress.ip_address(text)
    assert reach(to_number(address)) is expected
    assert row_of(to_number(address)).what


@given(st.ip_addresses())
def test_lookup_and_intervals_agree(address):
    number = to_number(address)
    assert [kind for kind in Reach if number in numbers_of(kind)] == [reach(number)]


def test_the_kinds_part_the_whole_line():
    assert sum(numbers_of(kind).size for kind in Reach) == 1 << 128
    assert numbers_of(*Reach).spans == ((0, (1 << 128) - 1),)
    for kind in Reach:
        others = numbers_of(*(other for other in Reach if other is not kind))
        assert not others & numbers_of(kind)


@given(st.ip_addresses(v=4))
def test_an_embedded_address_is_public_only_if_it_is_public_itself(address):
    nat64 = int(ipaddress.IPv6Address("64:ff9b::")) + int(address)
    six_to_four = int(ipaddress.IPv6Address("2002::")) + (int(address) << 80) + 77
    expected = Reach.PUBLIC if reach(to_number(address)) is Reach.PUBLIC else Reach.RESERVED
    assert reach(nat64) is expected
    assert reach(six_to_four) is expected


def test_metadata_addresses():
    named = ["169.254.169.254", "fd00:ec2::254", "100.100.100.200"]
    wanted = Intervals((number, number) for number in map(to_number, map(ipaddress.ip_address, named)))
    assert wanted & metadata_numbers() == wanted
    assert not metadata_numbers() & numbers_of(Reach.PUBLIC)
