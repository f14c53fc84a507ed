from dataclasses import replace
from ipaddress import ip_address

from scanner.core.endpoint import Endpoint
from scanner.core.ports import Transport
from scanner.core.probe import Greeting, udp
from scanner.core.sends import line
from scanner.probes.choose_probes import at_home, for_datagrams, greeted_by, likeliest, port_hint, strangers
from tests.support.probes import toy


def endpoint(port, transport=Transport.TCP):
    return Endpoint(ip_address("10.0.0.5"), port, transport)


def ids(probes):
    return [probe.id for probe in probes]


def test_a_port_number_recalls_the_products_own():
    probe = toy(ports=(6379,))
    assert [port_hint(probe, port) for port in (6379, 16379, 63790, 6380, 7379, 8080)] == [4, 3, 3, 2, 1, 0]


def test_whoever_speaks_first_gets_the_fresh_connection():
    late, first = toy(identifier="late"), toy(identifier="first", speaks_first=True)
    assert ids(at_home((late, first), endpoint(6379))) == ["first", "late"]
    assert at_home((late, first), endpoint(6380)) == []


def order(probes, port, *replies):
    left, ordered = list(probes), []
    while left:
        left.remove(probe := likeliest(left, port, replies))
        ordered.append(probe.id)
    return ordered


def test_strangers_come_by_reply_then_family_then_port_then_base_rate():
    redis = toy(identifier="redis", ports=(6379,))
    memcached = toy(identifier="memcached", ports=(11211,))
    binary = replace(toy(identifier="binary", ports=(9997,)), sends=(line(b"\x00\x01"),))
    greeter = toy(identifier="greeter", ports=(4222,), greetings=(Greeting(start=b"INFO"),))
    rare = toy(identifier="rare", ports=(7777,))
    probes = (greeter, rare, binary, memcached, redis)
    assert order(probes, 9998) == ["binary", "redis", "memcached", "rare", "greeter"]
    assert order(probes, 9998, b"ERROR\r\n") == ["memcached", "redis", "rare", "greeter", "binary"]


def test_strangers_are_those_who_may_be_asked_anywhere():
    redis = toy(identifier="redis", ports=(6379,))
    fragile = toy(identifier="fragile", ports=(5005,), only_default_ports=True)
    listener = replace(toy(identifier="listener", ports=(3306,)), sends=())
    server_first = replace(redis, id="server-first", listens_first=True)
    assert ids(strangers((fragile, listener, server_first, redis), endpoint(9998))) == ["redis"]
    assert strangers((redis,), endpoint(6379)) == []


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
    assert ids(for_datagrams((snmp, ntp), endpoint(161, Transport.UDP), identify=True)) == ["snmp"]
    assert ids(for_datagrams((snmp, ntp), endpoint(1161, Transport.UDP), identify=True)) == ["snmp"]
    assert for_datagrams((snmp, ntp), endpoint(1161, Transport.UDP), identify=False) == []
