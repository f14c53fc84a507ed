import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.address import V4_FIRST, V4_LAST, interface_index, is_v4, order_number, to_address, to_number, zone_of


@given(st.ip_addresses())
def test_an_address_comes_back_from_its_place(address):
    number = to_number(address)
    mapped = address.ipv4_mapped if address.version == 6 else None
    assert to_address(number) == (mapped or address)
    assert is_v4(number) == (address.version == 4 or mapped is not None)
    assert zone_of(number) == 0


@given(st.ip_addresses(), st.ip_addresses())
def test_places_are_unique(one, other):
    same = to_address(to_number(one)) == to_address(to_number(other))
    assert (to_number(one) == to_number(other)) == same


def test_a_mapped_address_is_the_one_that_it_reaches():
    assert to_number(ipaddress.ip_address("::ffff:127.0.0.1")) == to_number(ipaddress.ip_address("127.0.0.1"))
    assert to_address(V4_FIRST) == ipaddress.ip_address("0.0.0.0")
    assert to_address(V4_LAST) == ipaddress.ip_address("255.255.255.255")
    assert not is_v4(V4_FIRST - 1)
    assert not is_v4(V4_LAST + 1)


def test_the_same_neighbour_on_two_interfaces_is_two_places():
    one, other = (to_number(ipaddress.ip_address(f"fe80::1%{index}")) for index in (900, 901))
    assert (zone_of(one), zone_of(other)) == (900, 901)
    assert str(to_address(one)) == "fe80::1%900"


def test_a_zone_by_name_and_by_index_is_one_place():
    index, name = socket.if_nameindex()[0]
    by_name, by_index = ipaddress.ip_address(f"fe80::1%{name}"), ipaddress.ip_address(f"fe80::1%{index}")
    assert to_number(by_name) == to_number(by_index)
    assert to_address(to_number(by_index)) == by_name


def test_an_unknown_interface_is_an_os_error():
    with pytest.raises(OSError, match="interface"):
        to_number(ipaddress.ip_address("fe80::1%no-such-if"))


@pytest.mark.parametrize("zone", ["none-such", "\u00b2", "99999999999", "-1", "\u0661"])
def test_a_zone_that_names_no_interface_is_an_error_of_the_system(zone):
    with pytest.raises(OSError, match=r".+"):
        interface_index(zone)


def test_an_address_of_another_machine_can_be_sorted_though_not_touched():
    foreign = ipaddress.ip_address("fe80::1%nosuch0")
    with pytest.raises(OSError, match="interface"):
        to_number(foreign)
    assert order_number(foreign) == to_number(ipaddress.ip_address("fe80::1"))
    here = ipaddress.ip_address("10.0.0.5")
    assert order_number(here) == to_number(here)
