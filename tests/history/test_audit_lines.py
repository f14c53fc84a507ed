"""The lines of an audit log by themselves; test_audit_file.py holds all of them to their schema."""

from ipaddress import ip_address

import pytest

from scanner.core.address import to_number
from scanner.core.audit import SocketRecord
from scanner.core.ports import Transport
from scanner.history.audit_lines import Batch, Kind, asked, delegated, swept, told, utc

ONE = to_number(ip_address("10.0.0.1"))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "1970-01-01T00:00:00.000Z"), (1.5, "1970-01-01T00:00:01.500Z"), (1e9, "2001-09-09T01:46:40.000Z")],
)
def test_times_are_utc_to_the_millisecond(seconds, text):
    assert utc(seconds) == text


def batch(*sent):
    made = Batch(began_s=1.5, count=len(sent), bytes_out=9)
    for number, port in sent:
        made.to[port].append(number)
    return made


def test_a_sweep_names_every_attempt_under_its_port_even_the_same_one_twice():
    line = swept(Kind(Transport.TCP, 2, None), batch((ONE, 443), (ONE + 1, 80), (ONE, 80), (ONE, 80)))
    assert list(line["sweep"].items()) == [("80", ["10.0.0.2", "10.0.0.1", "10.0.0.1"]), ("443", ["10.0.0.1"])]
    assert (line["t"], line["transport"], line["attempt"], line["count"]) == ("1970-01-01T00:00:01.500Z", "tcp", 2, 4)
    assert not {"bytes_out", "source_port"} & set(line)


def test_a_sweep_says_its_bytes_over_udp_and_its_port_where_it_has_one():
    line = swept(Kind(Transport.UDP, "canary", 0), batch((ONE, 53)))
    assert (line["bytes_out"], line["source_port"], line["attempt"]) == (9, 0, "canary")


@pytest.mark.parametrize(
    ("transport", "said", "unsaid"), [(Transport.TCP, "tls", "datagrams"), (Transport.UDP, "datagrams", "tls")]
)
def test_a_conversation_says_what_its_transport_has(transport, said, unsaid):
    record = SocketRecord(
        address=ip_address("fe80::1"), port=53, transport=transport, asker="dns", opened_s=1.5, bytes_in=7
    )
    line = told(record)
    assert said in line
    assert unsaid not in line
    assert (line["to"], line["port"], line["probe"], line["bytes_in"]) == ("fe80::1", 53, "dns", 7)


def test_questions_and_delegates_say_whom_they_are_about():
    line = asked("neighbour", [ONE, ONE + 1])
    assert (line["count"], line["of"], line["what"]) == (2, ["10.0.0.1", "10.0.0.2"], "neighbour")
    line = delegated("nmap", "-sT", "80", "10.0.0.0/24")
    assert [line[key] for key in ("program", "arguments", "ports", "targets")] == ["nmap", "-sT", "80", "10.0.0.0/24"]
    assert "not recorded here" in line["note"]
