from dataclasses import replace
from ipaddress import ip_address

from scanner.core.endpoint import Endpoint
from scanner.core.probe import Greeting
from scanner.core.sends import line
from scanner.probes.strangers import by_likelihood
from tests.support.probes import toy

HERE = Endpoint(ip_address("10.0.0.5"), 9998)


def order(left, *replies):
    return [left.take(replies).id for _ in range(len(left))]


def test_strangers_come_by_reply_then_family_then_port_then_base_rate():
    redis = toy(identifier="redis", ports=(6379,))
    memcached = toy(identifier="memcached", ports=(11211,))
    binary = replace(toy(identifier="binary", ports=(9997,)), sends=(line(b"\x00\x01"),))
    greeter = toy(identifier="greeter", ports=(4222,), greetings=(Greeting(start=b"INFO"),))
    rare = toy(identifier="rare", ports=(7777,))
    left = by_likelihood((greeter, rare, binary, memcached, redis), HERE)
    assert order(left.copy()) == ["binary", "redis", "memcached", "rare", "greeter"]
    assert order(left.copy(), b"ERROR\r\n") == ["memcached", "redis", "rare", "greeter", "binary"]
    assert order(left.copy(), b"\x00what?") == ["binary", "redis", "memcached", "rare", "greeter"]
    assert len(left) == 5


def test_strangers_are_those_who_may_be_asked_anywhere():
    redis = toy(identifier="redis", ports=(6379,))
    fragile = toy(identifier="fragile", ports=(5005,), only_default_ports=True)
    listener = replace(toy(identifier="listener", ports=(3306,)), sends=())
    server_first = replace(redis, id="server-first", listens_first=True)
    assert order(by_likelihood((fragile, listener, server_first, redis), HERE)) == ["redis"]
    assert len(by_likelihood((redis,), replace(HERE, port=6379))) == 0


def test_a_part_of_them_keeps_its_order():
    left = by_likelihood([toy(identifier=name, ports=(1,)) for name in ("kafka", "redis", "mqtt")], HERE)
    assert order(left.only(lambda probe: probe.id != "mqtt")) == ["redis", "kafka"]
