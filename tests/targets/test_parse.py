import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.address import V4_FIRST, to_number
from scanner.core.errors import UsageError
from scanner.targets.parse import parse_target
from scanner.targets.spec import HostName, Local, Span, Spec

V4 = V4_FIRST
TEN = V4 + (10 << 24)
FD = 0xFD00 << 112
FE80 = 0xFE80 << 112


def spec(place, port=None, scheme=None, base_path=""):
    return Spec(text="", place=place, port=port, scheme=scheme, base_path=base_path)


FORMS = [
    ("10.0.0.5", spec(Span(TEN + 5, TEN + 5))),
    (" 10.0.0.5\n", spec(Span(TEN + 5, TEN + 5))),
    ("10.0.0.0/24", spec(Span(TEN, TEN + 255))),
    ("10.0.0.77/24", spec(Span(TEN, TEN + 255))),
    ("10.0.0.5/32", spec(Span(TEN + 5, TEN + 5))),
    ("0.0.0.0/0", spec(Span(V4, V4 + (1 << 32) - 1))),
    ("10.0.0.1-50", spec(Span(TEN + 1, TEN + 50))),
    ("10.0.0.1-10.0.1.20", spec(Span(TEN + 1, TEN + 256 + 20))),
    ("10.0.0.7-7", spec(Span(TEN + 7, TEN + 7))),
    ("fd00::5", spec(Span(FD + 5, FD + 5))),
    ("FD00:0:0::5", spec(Span(FD + 5, FD + 5))),
    ("fd00::/120", spec(Span(FD, FD + 255))),
    ("fd00::1-20", spec(Span(FD + 1, FD + 0x20))),
    ("fd00::1-fd00::1:20", spec(Span(FD + 1, FD + 0x10020))),
    ("fe80::1%eth0", spec(Span(FE80 + 1, FE80 + 1, "eth0"))),
    ("fe80::1%br-lan", spec(Span(FE80 + 1, FE80 + 1, "br-lan"))),
    ("fe80::1-20%br-lan", spec(Span(FE80 + 1, FE80 + 0x20, "br-lan"))),
    ("fe80::1%eth0-fe80::20%eth0", spec(Span(FE80 + 1, FE80 + 0x20, "eth0"))),
    ("fe80::%3/120", spec(Span(FE80, FE80 + 255, "3"))),
    ("::ffff:10.0.0.5", spec(Span(TEN + 5, TEN + 5))),
    ("::ffff:10.0.0.0/120", spec(Span(TEN, TEN + 255))),
    ("@local", spec(Local())),
    ("@LOCAL", spec(Local())),
    ("db.example.com", spec(HostName("db.example.com"))),
    ("DB.Example.com.", spec(HostName("db.example.com"))),
    ("localhost", spec(HostName("localhost"))),
    ("my_container", spec(HostName("my_container"))),
    ("web-1-2", spec(HostName("web-1-2"))),
    ("10-20.example", spec(HostName("10-20.example"))),
    ("1a", spec(HostName("1a"))),
    ("bücher.example", spec(HostName("xn--bcher-kva.example"))),
    ("10.0.0.5:2375", spec(Span(TEN + 5, TEN + 5), 2375)),
    ("[fd00::1]:6379", spec(Span(FD + 1, FD + 1), 6379)),
    ("[fe80::1%eth0]:6379", spec(Span(FE80 + 1, FE80 + 1, "eth0"), 6379)),
    ("[fd00::1]", spec(Span(FD + 1, FD + 1))),
    ("cache:6379", spec(HostName("cache"), 6379)),
    ("https://host:2376", spec(HostName("host"), 2376, "https")),
    ("HTTPS://Host/", spec(HostName("host"), 443, "https")),
    ("http://10.0.0.5", spec(Span(TEN + 5, TEN + 5), 80, "http")),
    ("https://host:2376/base/path", spec(HostName("host"), 2376, "https", "/base/path")),
    ("https://[fd00::1]/es/", spec(Span(FD + 1, FD + 1), 443, "https", "/es")),
    ("https://[fe80::1%25eth0]:8443", spec(Span(FE80 + 1, FE80 + 1, "eth0"), 8443, "https")),
    ("https://[fe80::1%eth0]:8443", spec(Span(FE80 + 1, FE80 + 1, "eth0"), 8443, "https")),
    ("tcp://10.0.0.5:2375", spec(Span(TEN + 5, TEN + 5), 2375, "tcp")),
]


@pytest.mark.parametrize(("text", "expected"), FORMS, ids=[text for text, _ in FORMS])
def test_every_form_is_read(text, expected):
    assert parse_target(text) == expected


@pytest.mark.parametrize(("text", "expected"), FORMS, ids=[text for text, _ in FORMS])
def test_what_is_written_back_reads_the_same(text, expected):
    assert parse_target(str(expected)) == expected


REFUSED = [
    ("", "empty"),
    ("2130706433", "write 127.0.0.1"),
    ("0x7f000001", "write 127.0.0.1"),
    ("0X7F.1", "write 127.0.0.1"),
    ("127.1", "write 127.0.0.1"),
    ("010.0.0.1", "write 10.0.0.1"),
    ("10.0.0.08", "write 10.0.0.8"),
    ("127.1:80", "write 127.0.0.1"),
    ("http://2130706433/", "write 127.0.0.1"),
    ("127.1/8", "write 127.0.0.1"),
    ("１２７.0.0.1:80", "numbers from 0 to 255"),
    ("10。0。0。1", "write 10.0.0.1"),
    ("10。0.0.1-5", "write 10.0.0.1-5"),
    ("10.0.0.5.", "10.0.0.5"),
    ("256.1.1.1", "numbers from 0 to 255"),
    ("1.1.1.²", "numbers from 0 to 255"),
    ("1" * 5_000 + ".1.1.1", "numbers from 0 to 255"),
    ("1" * 5_000, "numbers from 0 to 255"),
    ("10.0.0.0/" + "2" * 5_000, "0 to 32"),
    ("10.0.0.1-" + "2" * 5_000, "not a range"),
    ("10.0.0.1:" + "2" * 5_000, "1 to 65535"),
    ("https://10.0.0.1:" + "2" * 5_000, "1 to 65535"),
    ("fd00::1%" + "2" * 5_000, "only link-local"),
    ("1.2.3.4.5", "numbers from 0 to 255"),
    ("example.123", "numbers from 0 to 255"),
    ("example.0x1f", "numbers from 0 to 255"),
    ("10.0.0.0/33", "0 to 32"),
    ("fd00::/129", "0 to 128"),
    ("10.0.0.0/", "0 to 32"),
    ("10.0.0.0/255.255.255.0", "0 to 32"),
    ("10.0.0.0/²", "0 to 32"),
    ("web/24", "before the slash"),
    ("10.0.0.9-10.0.0.1", "ends before it starts"),
    ("10.0.0.9-1", "ends before it starts"),
    ("fd00::20-1", "ends before it starts"),
    ("10.0.0.1-256", "not a range"),
    ("10.0.0-5.1", "not a range"),
    ("10.0.0.1-", "neither an address nor a host name"),
    ("::-::ffff:0:5", "one range for each"),
    ("fe80::1%eth0-fe80::2%eth1", "same interface"),
    ("fd00::1%eth0", "only link-local"),
    ("::ffff:10.0.0.1%eth0", "only link-local"),
    ("fe80::1-ff02::1%eth0", "only link-local"),
    ("fe80::1%eth0-ff02::1", "interface name"),
    ("fe80::1%" + "x" * 40, "interface name"),
    ("fd00:::1", "not an IPv6 address"),
    ("fd00::1:6379:", "not an IPv6 address"),
    ("[fd00::1", "[fd00::1]:6379"),
    ("[fd00::1]6379", "[fd00::1]:6379"),
    ("[10.0.0.1]:80", "brackets"),
    ("[fd00::/120]:80", "one address only"),
    ("10.0.0.0/24:80", "one address only"),
    ("10.0.0.1-5:80", "one address only"),
    ("10.0.0.5:0", "1 to 65535"),
    ("10.0.0.5:70000", "1 to 65535"),
    ("10.0.0.5:", "1 to 65535"),
    ("10.0.0.5:٣", "1 to 65535"),
    ("10.0.0.5:-1", "1 to 65535"),
    ("https://host:99999/", "1 to 65535"),
    ("https://user:secret@host/", "user name"),
    ("https://user@host/", "user name"),
    ("user@host", "user name"),
    ("ftp://host/", "http://"),
    ("tcp://host", "port"),
    ("tcp://host:1/x", "no path"),
    ("https://host/?a=1", "leave out ?"),
    ("https://host/#x", "leave out ?"),
    ("https://host/../admin", ".."),
    ("https://host/%2e%2E/admin", ".."),
    ("https://host/\u2028x", "control character"),
    ("https://host\n.evil/", "control character"),
    ("https://fd00::1/", "brackets"),
    ("https://10.0.0.0%2f24/", "neither"),
    ("http://", "names no host"),
    ("@docker", "@local"),
    ("-oN", "neither"),
    ("a b", "space"),
    ("-leading.example", "neither"),
    ("a..b", "neither"),
    ("x" * 64 + ".example", "neither"),
    ("x." * 127, "at most 253"),
    ("ü" * 130, "at most 253"),
    ("ü" * 63, "xn--"),
]


@pytest.mark.parametrize(("text", "remedy"), REFUSED, ids=[ascii(text)[:40] for text, _ in REFUSED])
def test_what_is_no_target_is_refused_in_one_line_that_says_what_to_write(text, remedy):
    with pytest.raises(UsageError) as caught:
        parse_target(text)
    assert remedy in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)
    assert len(str(caught.value)) < 240


@given(st.ip_addresses())
def test_an_address_stands_where_the_line_says(address):
    found = parse_target(str(address))
    assert found == spec(Span(to_number(address), to_number(address)))
    assert found.exact
    assert parse_target(str(found)) == found


@given(st.ip_addresses(v=4), st.integers(0, 32))
def test_a_network_has_the_library_s_ends(address, prefix):
    network = ipaddress.ip_network((int(address), prefix), strict=False)
    place = parse_target(f"{address}/{prefix}").place
    assert (place.first, place.last) == (to_number(network[0]), to_number(network[-1]))
    assert place.size == network.num_addresses
    assert parse_target(str(place)).place == place


@given(st.ip_addresses(v=6), st.ip_addresses(v=6), st.integers(1, 65535))
def test_a_v6_range_and_a_pinned_address_survive_printing(one, other, port):
    first, last = sorted((one, other))
    try:
        ranged = parse_target(f"{first}-{last}")
    except UsageError as error:
        message = str(error)
        assert "one range for each" in message
    else:
        assert parse_target(str(ranged)) == ranged
    pinned = parse_target(f"[{one}]:{port}")
    assert pinned.port == port
    assert parse_target(str(pinned)) == pinned


@given(st.text(max_size=80))
def test_no_text_makes_anything_but_a_target_or_a_usage_error(text):
    try:
        found = parse_target(text)
    except UsageError as error:
        message = str(error)
        assert message.isprintable()
    else:
        assert parse_target(str(found)) == found


@given(st.text(alphabet="0123456789abcdefx.:-%/[]@", max_size=30))
def test_no_text_of_address_letters_does_either(text):
    try:
        found = parse_target(text)
    except UsageError as error:
        message = str(error)
        assert message.isprintable()
    else:
        assert parse_target(str(found)) == found
        if isinstance(found.place, HostName):
            # Nothing that inet_aton would take may reach the resolver as a name.
            assert not found.place.name.rsplit(".", 1)[-1].isdigit()
