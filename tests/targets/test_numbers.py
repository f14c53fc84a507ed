import socket

import pytest

from scanner.core.address import V4_FIRST, V4_LAST
from scanner.core.errors import UsageError
from scanner.targets.numbers import numbers_of_span
from scanner.targets.span import parse_span
from scanner.targets.spec import Span


def spans(text):
    return list(numbers_of_span(parse_span(text)).spans)


def test_whoever_writes_all_of_ipv6_does_not_mean_ipv4():
    assert spans("::/0") == [(0, V4_FIRST - 1), (V4_LAST + 1, 2**128 - 1)]
    assert spans("0.0.0.0/0") == [(V4_FIRST, V4_LAST)]


def test_a_zone_is_a_line_of_its_own_by_name_and_by_index():
    index = socket.if_nametoindex("lo")
    address = 0xFE80 << 112 | 1
    assert spans("fe80::1%lo") == spans(f"fe80::1%{index}") == [((index << 128) + address,) * 2]


@pytest.mark.parametrize("zone", ["0", "no-such-if", str(1 << 31), "9" * 15])
def test_an_interface_that_is_not_there_is_named(zone):
    with pytest.raises(UsageError, match=f"%{zone} is no interface"):
        numbers_of_span(Span(1, 1, zone))
