"""What a ticket says to whoever gets it, who has no report and no scanner at hand."""

import shlex

import pytest

from scanner.core.ports import Transport
from scanner.tickets.fields import Fields
from scanner.tickets.marker import Marker, key_of_finding, member_of
from scanner.tickets.ticket import Code, verify_command, write_ticket
from tests.report import samples
from tests.tickets.worlds import docker_finding, night, redis_finding


def ticket_of(*findings, host=False):
    marker = Marker(key_of_finding(findings[0].fingerprint), tuple(map(member_of, findings)))
    return write_ticket(findings, marker, Fields(project="acme/ops"), night(1).run, host=host)


def test_it_ends_with_a_command_that_needs_no_file():
    finding = redis_finding()
    codes = [line for block in ticket_of(finding).blocks if isinstance(block, Code) for line in block.lines]
    assert f"exposure verify --endpoint {finding.url} --rule {finding.rule}" in codes


@pytest.mark.parametrize(
    ("finding", "words"),
    [
        (samples.finding("8.8.8.8", url="redis://8.8.8.8:6379"), ["--allow-public"]),
        (samples.finding("10.0.0.5", url="http://10.0.0.5:80/a;reboot"), []),
        (samples.finding("10.0.0.5", url="http://10.0.0.5:80/$(id)"), []),
    ],
)
def test_the_command_can_be_pasted_whatever_the_report_held(finding, words):
    split = shlex.split(verify_command(finding))
    assert split == ["exposure", "verify", "--endpoint", finding.url, "--rule", finding.rule, *words]


def test_a_port_of_udp_is_named_as_one():
    endpoint = samples.endpoint("10.0.0.5", 161, transport=Transport.UDP)
    assert "--endpoint 10.0.0.5:161/udp " in verify_command(
        samples.finding(endpoint=endpoint, url="snmp://10.0.0.5:161")
    )


def test_the_gravest_finding_of_a_host_comes_first_and_gives_the_severity():
    ticket = ticket_of(redis_finding(), docker_finding("127.0.0.1"), host=True)
    assert ticket.severity is docker_finding().severity
    assert ticket.findings[0].rule == docker_finding().rule
    assert ticket.title == "Services open to anybody on 127.0.0.1 (build-server): docker-api, redis"
