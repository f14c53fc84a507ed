import json
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.address import to_number
from scanner.core.errors import Malformed, UsageError
from scanner.core.intervals import Intervals
from scanner.core.ports import Transport
from scanner.targets.imports import file
from scanner.targets.imports.file import parse, read_file
from scanner.targets.imports.found import Found, lay_out_found

TCP, UDP = Transport.TCP, Transport.UDP
NMAP = b"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<?xml-stylesheet href="file:///usr/bin/../share/nmap/nmap.xsl" type="text/xsl"?>
<nmaprun scanner="nmap" args="nmap -oX - 10.0.0.5" start="1" version="7.93" xmloutputversion="1.05">
<hosthint><status state="up"/><address addr="10.9.9.9" addrtype="ipv4"/></hosthint>
<host><status state="up" reason="user-set"/><address addr="10.0.0.5" addrtype="ipv4"/>
<address addr="5E:42:8D:8A:2B:40" addrtype="mac"/>
<ports><extraports state="closed" count="995"><extrareasons reason="reset" count="995"/></extraports>
<port protocol="tcp" portid="2375"><state state="open" reason="syn-ack"/><service name="docker"/></port>
<port protocol="tcp" portid="22"><state state="closed" reason="reset"/></port>
<port protocol="udp" portid="161"><state state="open" reason="udp-response"/></port>
<port protocol="udp" portid="53"><state state="open|filtered" reason="no-response"/></port>
<port protocol="sctp" portid="36412"><state state="open" reason="init-ack"/></port></ports></host>
<host><address addr="fd00::1" addrtype="ipv6"/><ports><port protocol="tcp" portid="6379"><state state="open"/></port>
</ports></host><runstats/></nmaprun>
"""
FROM_NMAP = [
    Found(ip_address("10.0.0.5"), 2375, TCP),
    Found(ip_address("10.0.0.5"), 161, UDP),
    # open|filtered is what nearly every open UDP port is (I05).
    Found(ip_address("10.0.0.5"), 53, UDP),
    Found(ip_address("fd00::1"), 6379, TCP),
]
MASSCAN = b"""[
{   "ip": "10.0.0.5",   "timestamp": "1", "ports": [ {"port": 80, "proto": "tcp", "status": "open", "ttl": 64} ] },
{   "ip": "10.0.0.6",   "timestamp": "1", "ports": [ {"port": 53, "proto": "udp", "status": "open", "ttl": 64} ] },
{   "ip": "10.0.0.7",   "timestamp": "1", "ports": [ {"port": 81, "proto": "tcp", "status": "closed", "ttl": 64} ] }
]
"""
FROM_MASSCAN = [Found(ip_address("10.0.0.5"), 80, TCP), Found(ip_address("10.0.0.6"), 53, UDP)]
NAABU = b"""{"host":"db.example","ip":"10.0.0.8","port":5432,"protocol":"tcp","tls":false,"timestamp":"2024"}
{"ip":"10.0.0.9","port":{"Port":53,"Protocol":1,"TLS":false}}
"""
FROM_NAABU = [Found(ip_address("10.0.0.8"), 5432, TCP, "db.example"), Found(ip_address("10.0.0.9"), 53, UDP)]


@pytest.mark.parametrize(("data", "found"), [(NMAP, FROM_NMAP), (MASSCAN, FROM_MASSCAN), (NAABU, FROM_NAABU)])
def test_the_open_ports_of_each_tool_are_read(data, found):
    assert parse(data).found == found


def test_masscan_files_that_are_no_json_are_read_all_the_same():
    trailing_comma = MASSCAN.replace(b"} ] }\n]", b"} ] },\n]")
    interrupted = MASSCAN.rstrip().removesuffix(b"]")
    old = MASSCAN.replace(b"\n]\n", b",\n{finished: 1}\n]\n")
    for data in (trailing_comma, interrupted, old):
        with pytest.raises(json.JSONDecodeError):
            json.loads(data)
        assert parse(data).found == FROM_MASSCAN


DOWN = b'<nmaprun><runstats><finished exit="success"/><hosts up="0" down="1"/></runstats></nmaprun>'


@pytest.mark.parametrize(
    ("data", "ended"),
    [
        (b"", False),
        (b"[\n]\n", True),
        (b"[]", True),
        (b"[\n{finished: 1}\n]\n", True),
        (b"{finished: 1}\n", True),
        (b"[\n", False),
        (b"<nmaprun><runstats/></nmaprun>", False),
        (DOWN, False),
        (DOWN.replace(b'up="0"', b'up="3"'), True),
        (DOWN.replace(b'up="0"', b'up="3"').replace(b"success", b"error"), False),
    ],
)
def test_nothing_found_is_only_a_result_when_the_scan_came_to_its_end(data, ended):
    known = parse(data)
    assert (known.found, known.left_out, known.ended) == ([], (), ended)


def test_a_port_that_is_listed_twice_is_found_once():
    assert parse(NAABU + NAABU).found == FROM_NAABU


BOMB = b"""<?xml version="1.0"?><!DOCTYPE nmaprun [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><nmaprun><host><address addr="&c;" addrtype="ipv4"/></host></nmaprun>"""
EXTERNAL = b"""<?xml version="1.0"?><!DOCTYPE nmaprun [<!ENTITY x SYSTEM "file:///etc/hostname">]>
<nmaprun><host><address addr="&x;" addrtype="ipv4"/></host></nmaprun>"""


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (BOMB, "declares entities"),
        (EXTERNAL, "declares entities"),
        (b"<html><body>404</body></html>", "not nmaprun"),
        (NMAP[:900], "not well-formed"),
        (b"<a>" * 100_000, "not nmaprun"),
        (b"<nmaprun>" + b"<a>" * 100_000, "nested deeper"),
        (b'{"ip": "10.0.0.1", "port": 80}\x00{', "not JSON"),
        (b'[{"address": "10.0.0.1"}]', "neither masscan's nor naabu's"),
        (b"[" * 100_000, "not JSON"),
        (b"plain text", "neither XML nor JSON"),
        (b"\x7fELF\x00\x01", "neither XML nor JSON"),
    ],
)
def test_other_files_are_refused(data, words):
    with pytest.raises(Malformed, match=words):
        parse(data)


def test_control_characters_of_a_hostile_service_name_are_survived():
    data = NMAP.replace(b'name="docker"', b'name="do\x01\x1bcker\x08"')
    assert parse(data).found == FROM_NMAP


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


def test_files_that_cannot_be_used_are_named(tmp_path, monkeypatch):
    absent, strange = tmp_path / "absent.xml", tmp_path / "strange.txt"
    strange.write_bytes(b"hello")
    with pytest.raises(UsageError, match=r"absent\.xml: can't be read: No such file"):
        read_file(absent)
    with pytest.raises(UsageError, match=r"strange\.txt: is neither XML nor JSON; give nmap's XML"):
        read_file(strange)
    monkeypatch.setattr(file, "MOST_BYTES", 4)
    with pytest.raises(UsageError, match="larger than"):
        read_file(strange)


def test_too_many_ports_are_refused(monkeypatch):
    monkeypatch.setattr(file, "MOST_FOUND", 1)
    with pytest.raises(Malformed, match="more than 1 open"):
        parse(NMAP)


@given(st.binary(max_size=400))
def test_noise_is_read_or_refused(noise):
    for data in (noise, b"<nmaprun>" + noise, b"[" + noise, b"{" + noise):
        try:
            parse(data)
        except (Malformed, UsageError):
            continue


@given(st.data())
def test_damaged_reports_are_read_or_refused(data):
    octets = bytearray(data.draw(st.sampled_from([NMAP, MASSCAN, NAABU])))
    for _ in range(data.draw(st.integers(1, 6))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    try:
        parse(bytes(octets))
    except (Malformed, UsageError):
        return


def test_the_space_holds_exactly_the_permitted_endpoints():
    number = to_number(ip_address("10.0.0.5"))
    space = lay_out_found([*FROM_NMAP, *FROM_MASSCAN], Intervals([(number, number)]), {})
    assert sorted(space.at(index) for index in range(space.size)) == [
        (number, 80),
        (number, 2375),
        (number, 65_536 + 53),
        (number, 65_536 + 161),
    ]


def test_what_is_no_json_as_a_whole_is_read_value_by_value():
    one = '{"ip": "10.0.0.5", "ports": [{"port": %d, "proto": "tcp", "status": "open"}]}'
    for text in (
        f"[{one % 1},{one % 2},]",
        f"[\n{one % 1},\n{one % 2},\n{{finished: 1}}\n]",
        f"[{one % 1}\n{one % 2}",
        f"{one % 1}{one % 2}",
    ):
        assert [one.port for one in parse(text.encode()).found] == [1, 2]


def test_masscan_s_ndjson_says_protocol_and_state():
    # I01, I02
    line = '{"ip":"10.0.0.5","port":%d,"proto":"%s","rec_type":"%s","data":{"status":"%s"}}\n'
    text = (
        line % (161, "udp", "status", "open") + line % (1, "tcp", "status", "closed") + line % (2, "tcp", "banner", "")
    )
    assert [(one.port, one.transport) for one in parse(text.encode()).found] == [(161, UDP), (2, TCP)]


@pytest.mark.parametrize("reference", ["&#x1b;", "&#1;", "&#xFFFE;", "&#xD800;", "&#x110000;", "\x08", "\xff\xfe"])
def test_characters_that_xml_forbids_are_survived(reference):
    # I03
    data = NMAP.replace(b'name="docker"', f'name="do{reference}cker"'.encode("latin-1"))
    assert parse(data).found == FROM_NMAP


@pytest.mark.parametrize(("data", "found"), [(NMAP, FROM_NMAP), (MASSCAN, FROM_MASSCAN), (NAABU, FROM_NAABU)])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_files_of_windows_are_read(data, found, encoding):
    # I08
    assert parse(data.decode().replace("\n", "\r\n").encode(encoding)).found == found


def test_the_name_that_was_scanned_is_kept_and_reverse_dns_is_not():
    # I07
    names = '<hostname name="ptr.example" type="PTR"/><hostname name="Es.Example.test" type="user"/>'
    data = NMAP.replace(b'addrtype="mac"/>', f'addrtype="mac"/><hostnames>{names}</hostnames>'.encode())
    assert [one.host for one in parse(data).found] == ["es.example.test"] * 3 + [None]


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
