import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.infrastructure.ipmi import ASK_CAPABILITIES, PROBE, parse_capabilities
from tests.support.talks import ScriptedDatagrams
from tests.support.udp import listens


def answer(types, status, code=0):
    head = b"\x81\x1c"
    body = b"\x20\0\x38" + bytes([code, 1, types, status, 2, 0, 0, 0, 0])
    message = head + bytes([-sum(head) & 0xFF]) + body + bytes([-sum(body) & 0xFF])
    return b"\x06\0\xff\x07" + bytes(9) + bytes([len(message)]) + message


def ask(said):
    return asyncio.run(PROBE.ask_datagram(ScriptedDatagrams(lambda _: said, PROBE.sends)))


def rules(facts):
    return [rule.id for rule in PROBE.rules if rule.holds(facts)]


@pytest.mark.parametrize(("types", "status"), [(0x81, 0x04), (0x84, 0x01)])
def test_sessions_without_a_login_are_named(types, status):
    facts = ask(answer(types, status))
    assert (facts.access, facts.version, rules(facts)) == (Access.METADATA, "2.0", ["ipmi-no-auth"])


def test_a_controller_with_users_is_identified():
    facts = ask(answer(0x16, 0x04))
    assert (facts.access, facts.version, rules(facts)) == (Access.UNKNOWN, "1.5", [])
    assert facts.evidence["authentication"] == ["MD2", "MD5", "password"]


@pytest.mark.parametrize("said", [ASK_CAPABILITIES, bytes(40), b"", answer(0, 0, code=0xC1), answer(1, 1)[:-1] + b"\0"])
def test_echoes_and_errors_are_malformed(said):
    with pytest.raises(Malformed):
        parse_capabilities(said)


@given(st.binary(max_size=40), st.integers(0, 40))
def test_any_bytes_are_malformed_or_read(data, cut):
    whole = answer(0x81, 1)
    for said in (data, whole[:cut] + data, whole[:cut] + data + whole[cut + len(data) :]):
        try:
            parse_capabilities(said)
        except Malformed:
            continue


LAN = """
name "bmc"
set_working_mc 0x20
startlan 1
  addr {address} 623
  priv_limit admin
  allowed_auths_callback %s
  allowed_auths_user %s
  allowed_auths_operator %s
  allowed_auths_admin %s
  guid a123456789abcdefa123456789abcdef
endlan
user 2 true "admin" "secret" admin 10 %s
"""
MC = "mc_setbmc 0x20\nmc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr\nmc_enable 0x20\n"


def start(server, ways):
    files = {"lan.conf": LAN % ((ways,) * 5), "mc.emu": MC, "state/keep": ""}
    argv = ["ipmi_sim", "-n", "-c", "{dir}/lan.conf", "-f", "{dir}/mc.emu", "-s", "{dir}/state"]
    return server(argv, package="openipmi", files=files, ready=listens(623))


@pytest.mark.root
@pytest.mark.fleet("ipmi", "open")
def test_a_controller_that_offers_none_is_exposed(server, see):
    verdict = see(start(server, "none"), "ipmi", port=623, transport="udp", golden="none")
    assert (verdict.status, verdict.rules) == ("exposed", ["ipmi-no-auth"])


@pytest.mark.root
@pytest.mark.fleet("ipmi", "protected")
def test_a_controller_that_wants_a_password_is_identified(server, see):
    verdict = see(start(server, "md5"), "ipmi", port=623, transport="udp", golden="md5")
    assert (verdict.status, verdict.rules) == ("identified", [])
