import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import UsageError
from scanner.targets.span import parse_span


@pytest.mark.parametrize(
    ("text", "shown", "size"),
    [
        ("10.0.0.5", "10.0.0.5", 1),
        ("10.0.0.5/24", "10.0.0.0-10.0.0.255", 256),
        ("0.0.0.0/0", "0.0.0.0-255.255.255.255", 2**32),
        ("10.0.0.1-50", "10.0.0.1-10.0.0.50", 50),
        ("10.0.0.1-10.0.1.20", "10.0.0.1-10.0.1.20", 276),
        ("fd00::1-20", "fd00::1-fd00::20", 32),
        ("fd00::5/120", "fd00::-fd00::ff", 256),
        ("fe80::1%eth0", "fe80::1%eth0", 1),
        ("fe80::1%br-lan", "fe80::1%br-lan", 1),
        ("::-ffff", "::-::ffff", 65_536),
        ("fe80::1-5%br-lan", "fe80::1%br-lan-fe80::5%br-lan", 5),
    ],
)
def test_what_is_written_is_what_is_meant(text, shown, size):
    span = parse_span(text)
    assert (str(span), span.size) == (shown, size)


@pytest.mark.parametrize("name", ["example.com", "a-b", "10-20.example", "x1", "localhost", "10.0.0.1-"])
def test_a_name_is_left_to_others(name):
    assert parse_span(name) is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("10.0.0.05", "write 10.0.0.5 if"),
        ("2130706433", "write 127.0.0.1 if"),
        ("0x7f000001", "write 127.0.0.1 if"),
        ("127.1", "write 127.0.0.1 if"),
        ("10.0.0.256", "not an IPv4 address"),
        ("10.0.0.0/33", "from 0 to 32"),
        ("fd00::/129", "from 0 to 128"),
        ("10.0.0.0/", "from 0 to 32"),
        ("10.0.0.0/٢", "from 0 to 32"),
        ("host/24", "before the slash is not an address"),
        ("127.1/8", "write 127.0.0.1 if"),
        ("10.0.0.9-1", "ends before it starts"),
        ("10.0.0.1-999", "not a range"),
        ("fd00::1%eth0", "only link-local"),
        ("fe80::1%eth0-fe80::5%eth1", "same interface"),
        ("fe80::1%eth 0", "not an interface name"),
        ("fe80::/8%eth0", "from 0 to 128"),
        ("fd00::zz", "not an IPv6 address or range"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(text, complaint):
    with pytest.raises(UsageError, match=complaint):
        parse_span(text)


@given(st.ip_addresses(), st.integers(0, 32))
def test_a_network_holds_what_the_library_says(address, prefix):
    prefix += 96 if address.version == 6 else 0
    network = ipaddress.ip_network(f"{address}/{prefix}", strict=False)
    assert parse_span(f"{address}/{prefix}").size == network.num_addresses


@given(st.text(max_size=40) | st.text("0123456789abcdef.:-/%x", max_size=30))
def test_no_text_does_more_than_be_refused(text):
    try:
        span = parse_span(text)
    except UsageError:
        return
    assert span is None or span.size >= 1
