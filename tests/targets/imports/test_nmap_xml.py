"""nmap's XML as strangers leave it: what hosts say in it, what scans that were stopped leave out."""

import pytest

from scanner.core.errors import Malformed
from scanner.targets.imports.file import parse
from scanner.targets.imports.nmap_xml import NmapEnd, read_hosts, read_report
from tests.targets.imports.test_file import FROM_NMAP, NMAP

REPORT = (
    '<nmaprun><host><address addr="10.0.0.5" addrtype="ipv4"/><ports>{}</ports></host>'
    '<runstats><finished exit="{}"/><hosts up="{}"/></runstats></nmaprun>'
)
PORT = '<port protocol="tcp" portid="{}"><state state="{}" reason="r"/></port>'


def test_control_characters_of_a_hostile_service_name_are_survived():
    data = NMAP.replace(b'name="docker"', b'name="do\x01\x1bcker\x08"')
    assert parse(data).found == FROM_NMAP


@pytest.mark.parametrize("reference", ["&#x1b;", "&#1;", "&#xFFFE;", "&#xD800;", "&#x110000;", "\x08", "\xff\xfe"])
def test_characters_that_xml_forbids_are_survived(reference):
    # I03
    data = NMAP.replace(b'name="docker"', f'name="do{reference}cker"'.encode("latin-1"))
    assert parse(data).found == FROM_NMAP


def test_the_name_that_was_scanned_is_kept_and_reverse_dns_is_not():
    # I07
    names = '<hostname name="ptr.example" type="PTR"/><hostname name="Es.Example.test" type="user"/>'
    data = NMAP.replace(b'addrtype="mac"/>', f'addrtype="mac"/><hostnames>{names}</hostnames>'.encode())
    assert [one.host for one in parse(data).found] == ["es.example.test"] * 3 + [None]


@pytest.mark.parametrize("state", ["open", "open|filtered", "unfiltered"])
def test_what_may_be_open_is_taken_over(state):
    assert [one.port for one in parse(REPORT.format(PORT.format(80, state), "success", 1).encode()).found] == [80]


@pytest.mark.parametrize("state", ["closed", "filtered", "closed|filtered", "", "OPEN"])
def test_what_is_not_open_is_not(state):
    assert parse(REPORT.format(PORT.format(80, state), "success", 1).encode()).found == []


@pytest.mark.parametrize(
    ("extra", "others"),
    [
        ('<extraports state="closed" count="5"><extrareasons reason="reset" count="5"/></extraports>',
         [("closed", "reset", 5)]),
        ('<extraports state="closed" count="5"><extrareasons reason="a" count="2"/><extrareasons reason="b" count="3"/>'
         "</extraports>", [("closed", "a", 2), ("closed", "b", 3)]),
        ('<extraports state="filtered" count="7"/>', [("filtered", "", 7)]),
        ('<extraports state="open" count="-7"/>', []),
        ('<extraports state="open" count="99999999999"/>', []),
        ('<extraports state="open"/>', []),
    ],
)  # fmt: skip
def test_ports_that_are_not_listed_one_by_one_are_counted_once(extra, others):
    (host,) = read_hosts(REPORT.format(extra, "success", 1).encode())
    assert host.others == others


def test_a_port_and_a_state_belong_together_and_only_the_outer_host_counts():
    ports = PORT.format(80, "open") + '<port protocol="tcp" portid="81"/><state state="open"/>'
    inner = "<a><host><address addr='10.9.9.9' addrtype='ipv4'/></host></a>"
    hosts = read_hosts(REPORT.format(ports + inner, "success", 1).encode())
    assert [(one.address, one.ports) for one in hosts] == [
        ("10.0.0.5", [("tcp", "80", "open", "r"), ("tcp", "81", "open", "")])
    ]


@pytest.mark.parametrize(
    ("exit_word", "up", "finished", "ended"),
    [
        ("success", "1", True, True),
        ("error", "1", False, False),
        ("success", "0", True, False),
        ("success", "x", True, False),
    ],
)
def test_only_a_scan_that_came_to_its_end_and_heard_a_host_has_ended(exit_word, up, finished, ended):
    data = REPORT.format("", exit_word, up).encode()
    end = NmapEnd()
    read_hosts(data, end)
    assert end.finished is finished
    assert read_report(data).ended is ended


@pytest.mark.parametrize("encoding", ["utf-7", "idna", "no-such-encoding", "utf-32"])
def test_an_encoding_that_no_report_has_is_refused_in_one_line(encoding):
    data = f'<?xml version="1.0" encoding="{encoding}"?>'.encode() + REPORT.format("", "success", 1).encode()
    with pytest.raises(Malformed) as caught:
        read_hosts(data)
    assert str(caught.value).isprintable()
