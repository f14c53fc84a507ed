"""What is read out of messages recorded in a network namespace (Linux 6): veth0 is 10.9.0.1/24, lo and a tun beside."""

import errno
import ipaddress
import socket
import struct

import pytest

from scanner.core.address import to_number
from scanner.core.intervals import Intervals
from scanner.sweep import kernel
from scanner.sweep.kernel import PRESENT, Kernel, Nud, Route
from scanner.sweep.netlink import NetlinkError
from tests.sweep.replay import replay

# 10.9.0.7 permanent, .11 being asked for, .9 and .10 failed, .8 stale, 0.0.0.0 of lo, and an IPv6 group.
NEIGHBOURS = bytes.fromhex(
    "4c0000001c00020001000000680d0000020000000300000080000001080001000a0900070a000200020000000007000008000400000000001400"
    "03004f0100004f0100004f01000000000000400000001c00020001000000680d0000020000000300000001000001080001000a09000b08000400"
    "040000001400030075170000050000000500000001000000400000001c00020001000000680d0000020000000300000020000001080001000a09"
    "00090800040006000000140003"
    "00bf1800004f0100001d000000000000004c0000001c00020001000000680d0000020000000100000040000003080001000000"
    "00000a00020000000000000000000800040000000000140003008d1700001d0000001d00000000000000400000001c00020001000000680d0000"
    "020000000300000020000001080001000a09000a080004000600000014000300bf1800004f0100001d000000000000004c0000001c0002000100"
    "0000680d0000020000000300000004000001080001000a0900080a0002000200000000080000080004000000000014000300bf1800004f010000"
    "4f01000000000000580000001c00020001000000680d00000a000000030000004000000514000100ff0200000000000000000000000000020a00"
    "0200333300000002000008000400000000001400030007180000970000009700000000000000"
)
NEIGHBOURS_DONE = bytes.fromhex("140000000300020001000000680d000000000000")
# The links lo (1), veth1 (2), veth0 (3) and tun0 (4), without their attributes.
LINKS = b"".join(
    bytes.fromhex("20000000100002000200" + "00006a0c0000" + header)
    for header in (
        "00000403010000004900010000000000",
        "00000100020000004310010000000000",
        "00000100030000004310010000000000",
        "0000feff040000009110000000000000",
    )
)
LINKS_DONE = bytes.fromhex("1400000003000200020000006a0c000000000000")
# 10.8.0.0/16 via 10.9.0.2, 10.9.0.0/24 on veth0, 10.77.0.0/24 on tun0 (down), own 10.9.0.1, broadcast 10.9.0.255.
ROUTES = bytes.fromhex(
    "3c00000018000200030000006a0c000002100000fe0300010000000008000f00fe000000080001000a080000080005000a090002080004000300"
    "00003c00000018000200030000006a0c000002180000fe02fd010000000008000f00fe000000080001000a090000080007000a09000108000400"
    "030000003c00000018000200030000006a0c000002180000fe02fd011000000008000f00fe000000080001000a4d0000080007000a4d00010800"
    "0400040000003c00000018000200030000006a0c000002200000ff02fe020000000008000f00ff000000080001000a090001080007000a090001"
    "08000400030000003c00000018000200030000006a0c000002200000ff02fd030000000008000f00ff000000080001000a0900ff080007000a09"
    "00010800040003000000"
)
ROUTES_DONE = bytes.fromhex("1400000003000200030000006a0c000000000000")
ROUTE_ON_LINK = bytes.fromhex(
    "6800000018000000050000006a0c000002200000fe0000010002000008000f00fe000000080001000a0900070800040003000000080007000a09"
    "0001080019000000000024000c000200000000000000000000000000000000000000000000000000000000000000"
)
ROUTE_VIA = bytes.fromhex(
    "7000000018000000060000006a0c000002200000fe0000010002000008000f00fe000000080001000a0800010800040003000000080007000a09"
    "0001080005000a090002080019000000000024000c000200000000000000000000000000000000000000000000000000000000000000"
)
ROUTE_OWN = bytes.fromhex(
    "6800000018000000070000006a0c000002200000fe0000020002008008000f00fe000000080001000a0900010800040001000000080007000a09"
    "0001080019000000000024000c000100000000000000000000000000000000000000000000000000000000000000"
)
NO_ROUTE = bytes.fromhex(
    "3800000002000000080000006a0c00009bffffff240000001a00010008000000000000000220000000000000000000000800010008080808"
)
OWN = socket.inet_aton("10.9.0.1")


def v4(text: str) -> int:
    return to_number(ipaddress.ip_address(text))


def refused(serial: int) -> bytes:
    return struct.pack("IHHIIi", 20, 2, 0, serial, 0, -errno.EPERM)


def test_neighbours_have_the_states_that_the_kernel_names():
    found = Kernel(replay(NEIGHBOURS, NEIGHBOURS_DONE)).neighbours()
    assert {str(last): found[v4(f"10.9.0.{last}")] for last in (7, 8, 9, 10, 11)} == {
        "7": Nud.PERMANENT,
        "8": Nud.STALE,
        "9": Nud.FAILED,
        "10": Nud.FAILED,
        "11": Nud.INCOMPLETE,
    }
    assert [bool(state & PRESENT) for state in (Nud.STALE, Nud.PERMANENT, Nud.FAILED, Nud.INCOMPLETE)] == [
        True,
        True,
        False,
        False,
    ]


def test_link_addresses_are_those_of_one_interface_that_can_be_used():
    known = Kernel(replay(NEIGHBOURS, NEIGHBOURS_DONE)).link_addresses(4, 3)
    v4_only = {address: mac for address, mac in known.items() if len(address) == 4}
    assert v4_only == {
        socket.inet_aton("10.9.0.7"): bytes.fromhex("020000000007"),
        socket.inet_aton("10.9.0.8"): bytes.fromhex("020000000008"),
    }
    assert Kernel(replay(NEIGHBOURS, NEIGHBOURS_DONE)).link_addresses(4, 9) == {}


def test_on_link_is_what_no_router_own_address_tunnel_or_broadcast_is():
    found = Kernel(replay(LINKS, LINKS_DONE, ROUTES, ROUTES_DONE)).attached()
    assert found == Intervals([(v4("10.9.0.0"), v4("10.9.0.0")), (v4("10.9.0.2"), v4("10.9.0.254"))])


@pytest.mark.parametrize(
    ("answer", "target", "expected"),
    [
        (ROUTE_ON_LINK, "10.9.0.7", Route(3, OWN)),
        (ROUTE_VIA, "10.8.0.1", Route(3, OWN, socket.inet_aton("10.9.0.2"))),
        (ROUTE_OWN, "10.9.0.1", Route(1, OWN, local=True)),
        (NO_ROUTE, "8.8.8.8", Route(0)),
    ],
)
def test_a_route_is_read_as_the_kernel_gives_it(answer, target, expected):
    assert Kernel(replay(answer)).route(4, socket.inet_aton(target)) == expected


def test_prefixes_are_those_of_routes_and_rules():
    rules = bytes.fromhex(
        "340000002000020004000000" + "6a0c0000" + "02200000fe00000100000000" + "080001000a050505" + "00" * 16
    )
    rules_done = bytes.fromhex("140000000300020004000000" + "6a0c0000" + "00000000")
    found = Kernel(replay(ROUTES, ROUTES_DONE, rules, rules_done)).prefixes(4)
    plain = {(str(ipaddress.ip_address(first)), str(ipaddress.ip_address(last))) for first, last in found}
    assert plain == {
        ("10.8.0.0", "10.8.255.255"),
        ("10.9.0.0", "10.9.0.255"),
        ("10.77.0.0", "10.77.0.255"),
        ("10.9.0.1", "10.9.0.1"),
        ("10.9.0.255", "10.9.0.255"),
        ("10.5.5.5", "10.5.5.5"),
    }


@pytest.mark.parametrize(
    ("answers", "ask"),
    [
        ((refused(1),), lambda it: it.neighbours()),
        ((NEIGHBOURS, refused(1)), lambda it: it.neighbours()),
        ((refused(1),), lambda it: it.link_addresses(4, 3)),
        ((refused(2),), lambda it: it.attached()),
        ((LINKS, LINKS_DONE, refused(3)), lambda it: it.attached()),
        ((refused(3),), lambda it: it.prefixes(4)),
        ((refused(5),), lambda it: it.route(4, OWN)),
    ],
)
def test_a_refusal_is_never_an_empty_table(answers, ask):
    with pytest.raises(NetlinkError, match="not permitted"):
        ask(Kernel(replay(*answers)))


@pytest.mark.skipif(not hasattr(socket, "AF_NETLINK"), reason="needs Linux")
def test_this_machine_answers():
    with Kernel() as live:
        assert live.route(4, socket.inet_aton("127.0.0.1")).local
    assert v4("127.0.0.1") not in kernel.attached()
    assert all(isinstance(state, Nud) for state in kernel.neighbours().values())
