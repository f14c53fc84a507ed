import asyncio

import pytest
from hypothesis import given

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.observability.zabbix_agent import HOSTNAME, PING, PROBE, VERSION, ZabbixFacts, parse_length
from tests.support.hostile import pieces, survives
from tests.support.talks import Say, ScriptedTalk


def said(value: bytes) -> Say:
    return Say(b"ZBXD\x01" + len(value).to_bytes(4, "little") + bytes(4) + value)


def ask(*steps):
    return asyncio.run(PROBE.ask(ScriptedTalk(steps, PROBE.sends)))


def test_an_agent_tells_version_and_name():
    facts = ask(PING, said(b"1"), VERSION, said(b"6.0.14"), HOSTNAME, said(b"web1"))
    assert (facts.access, facts.version, facts.evidence) == (Access.METADATA, "6.0.14", {"host": "web1"})


def test_unsupported_items_are_left_out():
    unsupported = said(b"ZBX_NOTSUPPORTED\x00Unsupported item key.")
    facts = ask(PING, said(b"1"), VERSION, unsupported, HOSTNAME, unsupported)
    assert (facts.version, facts.evidence) == (None, {})


def test_another_answer_to_the_ping_is_no_agent():
    assert ask(PING, said(b"ZBX_NOTSUPPORTED")) is None


@pytest.mark.parametrize("header", [b"", b"ZBXD\x01", b"ZBXD\x03" + bytes(8), b"ZBXD\x01\xff\xff\xff\xff" + bytes(4)])
def test_other_headers_are_malformed(header):
    with pytest.raises(Malformed):
        parse_length(header)


@given(pieces(said(b"1").data + said(b"6.0.14").data))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


def test_an_echo_is_no_agent():
    assert survives(PROBE, [PING]) is None


def test_the_rule_holds_for_what_was_read_alone():
    (rule,) = PROBE.rules
    assert rule.holds(ZabbixFacts()) is None
    assert rule.holds(ZabbixFacts(access=Access.METADATA))


@pytest.fixture
def agent(server):
    def start(allowed):
        # One listener rests for a second after each connection that it turned away.
        lines = (
            "LogType=console",
            "StartAgents=50",
            f"Server={allowed}",
            "ListenIP={address}",
            "Hostname=fleet",
            "PidFile={dir}/pid",
        )
        argv = ["zabbix_agentd", "-f", "-c", "{dir}/agent.conf"]
        files = {"agent.conf": "\n".join(lines) + "\n"}
        return server(argv, [10050], package="zabbix-agent", files=files, user="zabbix")

    return start


@pytest.mark.fleet("zabbix-agent", "open")
def test_an_agent_for_all_servers_is_exposed(agent, see):
    running = agent("0.0.0.0/0")
    verdict = see(running, "zabbix-agent", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["zabbix-agent-answers-anybody"])
    assert verdict.row.version.startswith("6.")
    assert see(running, "observability").service == "zabbix-agent"


@pytest.mark.fleet(
    "zabbix-agent", "protected", unlike={"odd": "on a port of nobody whoever hangs up at everybody is just open"}
)
def test_an_agent_for_another_server_hangs_up_and_is_not_heard(agent, see):
    verdict = see(agent("192.0.2.1"), "zabbix-agent")
    assert (verdict.status, verdict.rules) == ("inconclusive", [])
