"""Endpoints of untrusted values, and the space that they make up."""

import json
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.core.address import to_number
from scanner.core.intervals import Intervals
from scanner.core.ports import Transport
from scanner.targets.imports.file import parse
from scanner.targets.imports.found import Found, Import, lay_out_found, read_found
from tests.targets.imports.test_file import FROM_MASSCAN, FROM_NMAP, NMAP

TCP = Transport.TCP


@pytest.mark.parametrize(
    ("address", "port"),
    [
        ("10.0.0.5; rm -rf /", "80"),
        ("-oX/etc/passwd", "80"),
        ("scanme.example", "80"),
        ("fe80::1%nosuch0", "80"),
        ("10.0.0.5", "0"),
        ("10.0.0.5", "65536"),
        ("10.0.0.5", "-1"),
        ("10.0.0.5", "\u0662\u0663"),
        ("10.0.0.5", "9" * 5_000),
        ("", ""),
    ],
)
def test_values_that_are_no_endpoint_are_left_out_and_said(address, port):
    xml = f'<nmaprun><host><address addr="{address}" addrtype="ipv4"/><ports><port protocol="tcp" portid="{port}">'
    known = parse(f'{xml}<state state="open"/></port></ports></host></nmaprun>'.encode())
    assert known.found == []
    assert [left.count for left in known.left_out] == [1] if port else known.left_out == ()
    known = parse(json.dumps([{"ip": address, "port": port, "protocol": "tcp"}]).encode())
    assert (known.found, [left.count for left in known.left_out]) == ([], [1])
    ports = [{"port": port, "proto": "tcp"}, {"port": True, "proto": "tcp"}, "80"]
    known = parse(json.dumps([{"ip": address, "ports": ports}]).encode())
    assert (known.found, sum(left.count for left in known.left_out)) == ([], 3)


def test_the_space_holds_exactly_the_permitted_endpoints():
    number = to_number(ip_address("10.0.0.5"))
    space = lay_out_found([*FROM_NMAP, *FROM_MASSCAN], Intervals([(number, number)]), {})
    assert sorted(space.at(index) for index in range(space.size)) == [
        (number, 80),
        (number, 2375),
        (number, 65_536 + 53),
        (number, 65_536 + 161),
    ]


@pytest.mark.parametrize("host", ["10.0.0.8", "", "a b", "-oX", 7, None, "x" * 300])
def test_a_host_that_is_no_name_is_none(host):
    data = json.dumps({"host": host, "ip": "10.0.0.8", "port": 1}).encode()
    assert parse(data).found == [Found(ip_address("10.0.0.8"), 1, TCP)]


def test_a_zone_is_kept_when_it_is_an_interface_of_this_machine():
    xml = '<nmaprun><host><address addr="fe80::1%{}" addrtype="ipv6"/><ports><port protocol="tcp" portid="1">'
    xml += '<state state="open"/></port></ports></host></nmaprun>'
    assert [str(one.address) for one in parse(xml.format("lo").encode()).found] == ["fe80::1%lo"]
    known = parse(xml.format("eth77").encode())
    assert (known.found, [left.why for left in known.left_out]) == ([], ["its zone is no interface of this machine"])


def test_what_is_left_out_is_counted_with_examples():
    known = parse(NMAP.replace(b'state="closed" count="995"', b'state="open|filtered" count="995"'))
    assert known.found == FROM_NMAP
    assert [(left.why[:13], left.count, left.examples) for left in known.left_out] == [
        ("SCTP is not s", 1, ("10.0.0.5:36412/sctp",)),
        ("open|filtered", 995, ("10.0.0.5: 995 ports",)),
    ]


def test_an_excluded_endpoint_is_left_out_of_what_another_scanner_found():
    number = to_number(ip_address("10.0.0.5"))
    only = Intervals([(number, number)])
    space = lay_out_found(FROM_NMAP, only, {2375: only, 53: only})
    assert sorted(space.at(index)[1] for index in range(space.size)) == [65_536 + 53, 65_536 + 161]


ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.lists(st.integers())


@settings(max_examples=50)
@given(ANYTHING | st.just("10.0.0.5"), ANYTHING | st.just(80), ANYTHING | st.just("tcp"), ANYTHING)
def test_any_values_are_an_endpoint_or_a_reason(address, port, transport, host):
    read = read_found(address, port, transport)
    assert isinstance(read, str | Found)
    known = Import()
    known.take(address, port, transport, host)
    assert len(known.found) + sum(left.count for left in known.left_out) == 1
    assert all(shown.isprintable() and len(shown) <= 80 for left in known.left_out for shown in left.examples)


def test_an_endpoint_of_two_names_is_found_under_both_and_one_of_none_once():
    known = Import()
    for host in ("a.example", "b.example", "A.example", None, "10.0.0.5"):
        known.take("10.0.0.5", 1, "tcp", host)
    assert [one.host for one in known.found] == ["a.example", "b.example", None]
