import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.probes.registry import load_registry
from scanner.services.infrastructure.snmp import (
    ASK_PUBLIC,
    DISCOVER,
    PROBE,
    parse_description,
    parse_report,
)
from scanner.wire.ber import INTEGER, OCTETS, SEQUENCE, encode, encode_oid
from tests.support.talks import ScriptedDatagrams
from tests.support.udp import listens

ZERO, ID = encode(INTEGER, b"\0"), encode(INTEGER, b"\x24\x68\x13\x57")


def variable(oid, value):
    return encode(SEQUENCE, encode(SEQUENCE, encode_oid(oid), value))


ENGINE = encode(SEQUENCE, encode(OCTETS, b"\x80\0\x1f\x88"), ZERO, ZERO, *[encode(OCTETS)] * 3)
REPORT = encode(
    SEQUENCE,
    encode(INTEGER, b"\3"),
    encode(SEQUENCE, ID),
    encode(OCTETS, ENGINE),
    encode(
        SEQUENCE, encode(OCTETS), encode(OCTETS),
        encode(0xA8, ID, ZERO, ZERO, variable("1.3.6.1.6.3.15.1.1.4.0", encode(0x41, b"\1"))),
    ),
)  # fmt: skip
DESCRIBED = encode(
    SEQUENCE, encode(INTEGER, b"\1"), encode(OCTETS, b"public"),
    encode(0xA2, ID, ZERO, ZERO, variable("1.3.6.1.2.1.1.1.0", encode(OCTETS, b"Linux router"))),
)  # fmt: skip


def ask(answers):
    return asyncio.run(PROBE.ask_datagram(ScriptedDatagrams(answers.get, PROBE.sends)))


def rules(facts):
    return [rule.id for rule in PROBE.rules if rule.holds(facts)]


def test_the_community_public_is_metadata():
    facts = ask({DISCOVER: REPORT, ASK_PUBLIC: DESCRIBED})
    assert (facts.access, rules(facts)) == (Access.METADATA, ["snmp-community-public"])
    assert facts.evidence == {"engine": "80001f88", "description": "Linux router"}
    assert ask({ASK_PUBLIC: DESCRIBED}).access is Access.METADATA


def test_a_report_alone_identifies():
    facts = ask({DISCOVER: REPORT})
    assert (facts.access, rules(facts)) == (Access.UNKNOWN, [])
    assert facts.note


def test_silence_is_nobody():
    assert ask({}) is None


def test_it_is_asked_by_name_only():
    assert PROBE.opt_in
    assert "snmp" not in {probe.id for probe in load_registry().select(()).probes}


@pytest.mark.parametrize("parse", [parse_report, parse_description])
@pytest.mark.parametrize("said", [DISCOVER, ASK_PUBLIC, b"", bytes(60)])
def test_an_echo_is_no_agent(parse, said):
    with pytest.raises(Malformed):
        parse(said)


@given(st.binary(max_size=60), st.integers(0, 120))
def test_any_bytes_are_malformed_or_read(data, cut):
    for parse, whole in ((parse_report, REPORT), (parse_description, DESCRIBED)):
        for said in (data, whole[:cut] + data, whole[:cut] + data + whole[cut + len(data) :]):
            try:
                parse(said)
            except Malformed:
                continue


def start(server, conf):
    files = {"snmpd.conf": "agentaddress udp:{address}:161\nmaster no\n" + conf}
    argv = ["snmpd", "-f", "-Lo", "-I", "-smux", "-C", "-c", "{dir}/snmpd.conf", "-p", "{dir}/pid"]
    env = {"SNMP_PERSISTENT_DIR": "{dir}/state", "MIBS": ""}
    return server(argv, package="snmpd", files=files, env=env, ready=listens(161))


@pytest.mark.root
@pytest.mark.fleet("snmp", "open")
def test_a_real_agent_with_public_is_exposed(server, see):
    running = start(server, "rocommunity public\n")
    verdict = see(running, "snmp", port=161, transport="udp", golden="public")
    assert (verdict.status, verdict.rules) == ("exposed", ["snmp-community-public"])


@pytest.mark.root
@pytest.mark.fleet("snmp", "protected")
def test_a_real_agent_without_public_is_identified(server, see):
    running = start(server, "rocommunity long-and-random\n")
    verdict = see(running, "snmp", port=161, transport="udp", golden="private")
    assert (verdict.status, verdict.rules) == ("identified", [])
