from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed, UsageError
from scanner.core.ports import Transport
from scanner.targets.imports import file
from scanner.targets.imports.file import parse, read_file
from scanner.targets.imports.found import Found

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


DOWN = b'<nmaprun><runstats><finished exit="success"/><hosts up="0" down="1"/></runstats></nmaprun>'


@pytest.mark.parametrize(
    ("data", "ended"),
    [
        (b"", False),
        (b"[\n]\n", False),
        (b"[]", False),
        (b"[\n{finished: 1}\n]\n", False),
        (b"{finished: 1}\n", False),
        (b"[\n", False),
        (b'[{"ip": "10.0.0.5", "ports": [{"port": 1, "proto": "tcp", "status": "closed"}]}]', True),
        (b"<nmaprun><runstats/></nmaprun>", False),
        (DOWN, False),
        (DOWN.replace(b'up="0"', b'up="3"'), True),
        (DOWN.replace(b'up="0"', b'up="3"').replace(b"success", b"error"), False),
    ],
)
def test_nothing_found_is_only_a_result_when_the_scan_came_to_its_end_and_heard_a_host(data, ended):
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


@pytest.mark.parametrize(("data", "found"), [(NMAP, FROM_NMAP), (MASSCAN, FROM_MASSCAN), (NAABU, FROM_NAABU)])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_files_of_windows_are_read(data, found, encoding):
    # I08
    assert parse(data.decode().replace("\n", "\r\n").encode(encoding)).found == found
