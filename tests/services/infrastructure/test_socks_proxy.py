import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.infrastructure.socks_proxy import OFFER_NOTHING, OFFER_PASSWORD, PROBE, parse_method
from tests.support.talks import Say, ScriptedTalk


def ask(free, password):
    steps = (OFFER_NOTHING, Say(free), OFFER_PASSWORD, Say(password))
    return asyncio.run(PROBE.ask(ScriptedTalk(steps, PROBE.sends)))


@pytest.mark.parametrize(
    ("free", "password", "access", "rules"),
    [
        (b"\5\0", b"\5\xff", Access.CONTROL, ["socks-proxy-no-auth"]),
        (b"\5\0", b"\5\2", Access.CONTROL, ["socks-proxy-no-auth"]),
        (b"\5\xff", b"\5\2", Access.REFUSED, []),
        (b"\5\xff", b"\5\xff", Access.UNKNOWN, []),
    ],
)
def test_the_accepted_method_decides(free, password, access, rules):
    facts = ask(free, password)
    assert (facts.access, [rule.id for rule in PROBE.rules if rule.holds(facts)]) == (access, rules)


@pytest.mark.parametrize("reply", [b"\5\1", b"\4\0", b"HT", b"\5"])
def test_other_replies_are_no_proxy(reply):
    with pytest.raises(Malformed):
        parse_method(reply, 0)


@given(st.binary(max_size=4))
def test_any_bytes_are_malformed_or_read(data):
    try:
        parse_method(data, 0)
    except Malformed:
        assert data not in {b"\5\0", b"\5\xff"}


def start(server, *more):
    return server(["microsocks", "-i", "{address}", "-p", "1080", *more], [1080], package="microsocks")


@pytest.mark.fleet("socks-proxy", "open")
def test_a_proxy_without_a_password_is_exposed(server, see):
    running = start(server)
    verdict = see(running, "socks-proxy", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["socks-proxy-no-auth"])
    assert see(running).service == "socks-proxy"


@pytest.mark.fleet("socks-proxy", "protected")
def test_a_password_protects(server, see):
    verdict = see(start(server, "-u", "u", "-P", "p"), "socks-proxy", golden="password")
    assert (verdict.status, verdict.rules) == ("protected", [])
