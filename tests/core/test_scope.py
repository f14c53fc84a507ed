import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.address import to_number
from scanner.core.errors import ScopeError
from scanner.core.intervals import Intervals
from scanner.core.scope import Scope

ADDRESS = st.ip_addresses()


@given(st.lists(ADDRESS, max_size=6), ADDRESS)
def test_only_what_is_in_it_may_be_touched(allowed, address):
    scope = Scope(Intervals((number, number) for number in map(to_number, allowed)))
    inside = to_number(address) in {to_number(one) for one in allowed}
    assert (address in scope) == (to_number(address) in scope) == inside
    if inside:
        scope.demand(address)
    else:
        with pytest.raises(ScopeError, match="nothing was sent"):
            scope.demand(address)


def test_an_address_is_the_same_in_both_of_its_spellings():
    loopback = ipaddress.ip_address("127.0.0.1")
    scope = Scope(Intervals([(to_number(loopback), to_number(loopback))]))
    scope.demand(ipaddress.ip_address("::ffff:127.0.0.1"))
    assert list(scope) == [loopback]
    assert scope.at(0) == loopback
    assert scope.size == 1


def test_an_empty_scope_permits_nothing():
    assert not Scope()
    with pytest.raises(ScopeError):
        Scope().demand(ipaddress.ip_address("127.0.0.1"))


def test_a_link_local_address_without_its_zone_is_another_place():
    zoned = ipaddress.ip_address("fe80::1%900")
    scope = Scope(Intervals([(to_number(zoned), to_number(zoned))]))
    assert zoned in scope
    assert ipaddress.ip_address("fe80::1") not in scope
    assert ipaddress.ip_address("fe80::1%901") not in scope


def test_an_interface_that_is_gone_is_outside_and_no_crash():
    with pytest.raises(ScopeError):
        Scope(Intervals([(0, 5)])).demand(ipaddress.ip_address("fe80::1%no-such-if"))
