from dataclasses import replace
from ipaddress import ip_address

from scanner.core.endpoint import Endpoint
from scanner.core.ports import Transport
from scanner.core.probe import Greeting, udp
from scanner.probes.choose_probes import for_datagrams, greeted_by, port_hint
from tests.support.probes import toy


def endpoint(port, transport=Transport.TCP):
    return Endpoint(ip_address("10.0.0.5"), port, transport)


def ids(probes):
    return [probe.id for probe in probes]


def test_a_port_number_recalls_the_products_own():
    probe = toy(ports=(6379,))
    assert [port_hint(probe, port) for port in (6379, 16379, 63790, 6380, 7379, 8080)] == [4, 3, 3, 2, 1, 0]


def test_a_greeting_is_compared_where_it_stands():
    probe = toy(greetings=(Greeting(start=b"\x0a5.", offset=4), Greeting(start=b"RFB ")))
    assert greeted_by(probe, b"\x4a\x00\x00\x00\x0a5.5")
    assert greeted_by(probe, b"RFB 003.008\n")
    assert not greeted_by(probe, b"xRFB 003.008\n")
    assert not greeted_by(probe, b"")


def test_datagrams_go_to_those_at_home_else_to_the_few_that_the_port_recalls():
    async def ask(talk):
        return None

    snmp = replace(toy(identifier="snmp"), ports=udp(161), ask=None, ask_datagram=ask)
    ntp = replace(snmp, id="ntp", ports=udp(123))
    assert ids(for_datagrams((snmp, ntp), [snmp], endpoint(161, Transport.UDP), identify=True)) == ["snmp"]
    assert ids(for_datagrams((snmp, ntp), [], endpoint(1161, Transport.UDP), identify=True)) == ["snmp"]
    assert for_datagrams((snmp, ntp), [], endpoint(1161, Transport.UDP), identify=False) == []
