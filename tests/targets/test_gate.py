"""What may be touched at all, whatever was asked for: public, special and metadata addresses."""

import socket
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.address import to_number
from scanner.core.errors import UsageError
from scanner.core.intervals import Intervals
from scanner.targets.files import Line
from scanner.targets.gate import Wanted, permit
from scanner.targets.parse import parse_target
from scanner.targets.special import NEVER_SCANNED, Reach, numbers_of
from tests.targets.test_plan import plan


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("8.8.8.8", "8.8.8.8"),
        ("8.8.8.8:2375", "8.8.8.8"),
        ("https://8.8.8.8/", "8.8.8.8"),
        ("::ffff:8.8.8.8", "8.8.8.8"),
        ("2606:4700::1111", "2606:4700::1111"),
        ("64:ff9b::8.8.8.8", "NAT64"),
        ("64:ff9b:1::1", "local-use NAT64"),
        ("2002:808:808::1", "6to4"),
        ("10.0.0.0/7", "10.0.0.0/7 includes 11.0.0.0-11.255.255.255"),
        ("192.167.255.255-192.168.0.9", "includes 192.167.255.255 "),
        ("public.example", "public.example resolves to 8.8.8.8"),
        ("mixed.example", "mixed.example resolves to 8.8.8.8"),
    ],
)
def test_public_addresses_need_the_option(target, words):
    with pytest.raises(UsageError) as caught:
        plan("10.0.0.1", target, "1.1.1.1")
    assert words in str(caught.value)
    assert "--allow-public" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2
    assert plan(target, allow_public=True).space.size > 0


def test_the_first_offender_is_named_with_its_line(tmp_path):
    path = tmp_path / "t.txt"
    path.write_text("10.0.0.1\n8.8.8.8 resolver\n1.1.1.1\n")
    with pytest.raises(UsageError, match=r"t\.txt:2: 8\.8\.8\.8 .*--allow-public"):
        plan(files=[str(path)])


@pytest.mark.parametrize(
    "target",
    [
        "0.0.0.0",
        "0.1.2.3",
        "0.0.0.0/0",
        "::",
        "192.0.0.8",
        "192.0.2.1",
        "203.0.113.0/24",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "223.255.255.255-224.0.0.0",
        "255.255.255.255",
        "ff02::1",
        "ff02::1:ff00:0/120",
        "2001:db8::1",
        "100::1",
        "2001::1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::169.254.169.254",
        "2002:7f00:1::",
        "2002:a00:1::1",
    ],
)
@pytest.mark.parametrize("allow_public", [False, True])
def test_some_space_is_never_scanned(target, allow_public):
    with pytest.raises(UsageError, match="never scanned"):
        plan(target, allow_public=allow_public)


def test_metadata_services_are_looked_at_only_when_named_one_by_one():
    found = plan("169.254.169.0/24", ports="80")
    assert found.space.size == 255
    assert [(one.kind, one.where) for one in found.problems] == [("metadata-address-skipped", "169.254.169.254")]
    assert plan("169.254.169.254", ports="80").space.size == 1
    assert plan("169.254.169.0/24", "169.254.169.254:80", ports="80").space.size == 256
    assert plan("fd00:ec2::100-1ff", ports="80").space.size == 256
    assert plan("fd00:ec2::200-2ff", ports="80").space.size == 255
    with pytest.raises(UsageError, match=r"rebound\.example resolves to 169\.254\.169\.254"):
        plan("rebound.example", allow_public=True)


def test_link_local_v6_needs_its_interface():
    for target in ("fe80::1", "bare.example"):
        with pytest.raises(UsageError, match="%eth0"):
            plan(target)
    index, name = socket.if_nameindex()[0]
    found = plan(f"fe80::1%{name}", f"[fe80::1%{index}]:80", "fe80::2%999", ports="80")
    assert found.space.addresses.spans == (
        (index << 128 | 0xFE80 << 112 | 1,) * 2,
        (999 << 128 | 0xFE80 << 112 | 2,) * 2,
    )
    with pytest.raises(UsageError, match="no interface of this machine"):
        plan("fe80::1%no-such-if")


@given(st.lists(st.ip_addresses(), min_size=1, max_size=6), st.booleans())
def test_whatever_passes_the_gate_is_permitted(addresses, allow_public):
    try:
        found = plan(*map(str, addresses), allow_public=allow_public)
    except UsageError:
        forbidden = numbers_of(*NEVER_SCANNED) | numbers_of(Reach.LINK_LOCAL)
        if not allow_public:
            forbidden |= numbers_of(Reach.PUBLIC)
        assert any(to_number(address) in forbidden for address in addresses)
    else:
        assert not found.scope.numbers & numbers_of(*NEVER_SCANNED)
        assert allow_public or not found.scope.numbers & numbers_of(Reach.PUBLIC)
        assert all(address in found.scope for address in addresses)


TEN, EIGHT = to_number(ip_address("10.0.0.0")), to_number(ip_address("8.8.8.8"))
METADATA = to_number(ip_address("169.254.169.254"))


def want(text, *spans):
    return Wanted(line=Line(spec=parse_target(text), file="t.txt", line=3), numbers=Intervals(spans))


def test_exclusions_come_first_and_what_they_take_out_is_not_judged():
    both = [want("10.0.0.0/24", (TEN, TEN + 255)), want("8.8.8.8", (EIGHT, EIGHT))]
    with pytest.raises(UsageError, match=r"t\.txt:3: 8\.8\.8\.8 .*--allow-public"):
        permit(both, Intervals(), allow_public=False)
    left, problems = permit(both, Intervals([(EIGHT, EIGHT), (TEN, TEN + 9)]), allow_public=False)
    assert (left.spans, problems) == (((TEN + 10, TEN + 255),), [])


def test_each_network_around_a_metadata_address_says_that_it_was_left_out():
    near = [
        want("169.254.169.0/24", (METADATA - 254, METADATA + 1)),
        want("169.254.169.254/31", (METADATA, METADATA + 1)),
    ]
    left, problems = permit(near, Intervals(), allow_public=False)
    assert METADATA not in left
    assert METADATA + 1 in left
    assert [problem.detail.split(";")[0] for problem in problems] == [
        "part of 169.254.169.0/24",
        "part of 169.254.169.254/31",
    ]
    left, problems = permit([*near, want("169.254.169.254", (METADATA, METADATA))], Intervals(), allow_public=False)
    assert (METADATA in left, problems) == (True, [])


def test_a_zone_hides_no_address():
    zoned = 7 << 128
    with pytest.raises(UsageError, match="never scanned"):
        permit([want("10.0.0.1", (zoned | 0xFF02 << 112, zoned | 0xFF02 << 112))], Intervals(), allow_public=True)
