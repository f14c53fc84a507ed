"""What masscan and naabu write, whole, cut off and hostile."""

import json

import pytest

from scanner.core.errors import Malformed
from scanner.core.ports import Transport
from scanner.targets.imports.file import parse
from scanner.targets.imports.scanner_json import read_json
from tests.targets.imports.test_file import FROM_MASSCAN, MASSCAN

TCP, UDP = Transport.TCP, Transport.UDP
ONE = '{"ip": "10.0.0.5", "port": 1}'


def test_masscan_files_that_are_no_json_are_read_all_the_same():
    trailing_comma = MASSCAN.replace(b"} ] }\n]", b"} ] },\n]")
    interrupted = MASSCAN.rstrip().removesuffix(b"]")
    old = MASSCAN.replace(b"\n]\n", b",\n{finished: 1}\n]\n")
    for data in (trailing_comma, interrupted, old):
        with pytest.raises(json.JSONDecodeError):
            json.loads(data)
        assert parse(data).found == FROM_MASSCAN


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


@pytest.mark.parametrize(
    ("text", "ended"),
    [
        (f"[{ONE}]", True),
        (f"[{ONE},\n]\n", True),
        (f"[{ONE},\n{{finished: 1}}\n]\n", True),
        (f'[{ONE},\n{{"finished": 1}}', True),
        (f"[{ONE},", False),
        (f"{ONE}\n", False),
        # What a host says of itself ends no scan.
        ('[{"ip": "10.0.0.5", "port": 1, "banner": "{finished: 1}"},', False),
        ('{"ip": "10.0.0.5", "port": 1, "rec_type": "banner", "data": {"banner": "{finished: 1}]"}}\n', False),
    ],
)
def test_a_scan_has_ended_when_the_end_of_the_file_says_so(text, ended):
    known = read_json(text.encode())
    assert (len(known.found), known.ended) == (1, ended)


@pytest.mark.parametrize("value", [["tcp"], {"a": 1}, None, 6, "sctp", "icmp", "TCP", True])
@pytest.mark.parametrize("form", ["protocol", "proto", "ports", "rec_type"])
def test_a_transport_of_any_other_kind_is_left_out(value, form):
    entry = {"ip": "10.0.0.5", "port": 1}
    entry |= {"ports": [{"port": 1, "proto": value}]} if form == "ports" else {"proto": value}
    entry |= {"rec_type": "status", "data": {"status": "open"}} if form == "rec_type" else {}
    entry |= {"protocol": value} if form == "protocol" else {}
    known = read_json(json.dumps([entry]).encode())
    assert (known.found, sum(left.count for left in known.left_out)) == ([], 1)


@pytest.mark.parametrize(
    ("entry", "ports"),
    [
        (
            {"ports": [{"port": 1}, {"port": 2, "status": "closed"}, {"port": 3, "status": "open", "proto": "udp"}]},
            [1, 3],
        ),
        ({"ports": []}, []),
        ({"ports": {"port": 1}}, []),
        ({"rec_type": "status", "port": 1, "data": {"status": "closed"}}, []),
        ({"rec_type": "banner", "port": 1}, [1]),
        ({"port": {"Port": 53, "Protocol": 1}}, [53]),
        ({"port": {"Port": 53, "Protocol": 7}}, []),
        ({"port": "80"}, [80]),
        ({"port": 80.0}, []),
    ],
)
def test_each_form_of_an_entry_is_read(entry, ports):
    assert [one.port for one in read_json(json.dumps([{"ip": "10.0.0.5", **entry}]).encode()).found] == ports


@pytest.mark.parametrize(
    "data", [b"{}", b"[null]", b'[{"a": 1}]', b'"x"', b"[1, 2]", b"\xff\xfe{", b'[{"ip": "10.0.0.5",']
)
def test_what_is_neither_tool_s_is_malformed(data):
    with pytest.raises(Malformed):
        read_json(data)
