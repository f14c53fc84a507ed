import asyncio

import pytest
from hypothesis import given

from scanner.core.facts import Access
from scanner.services.infrastructure.clamd import COMMANDS, PROBE, ClamdFacts, parse_answer
from tests.support.hostile import pieces, survives
from tests.support.talks import Say, ScriptedTalk

ANSWER = b"ClamAV 1.4.6/27000/Sat Nov 28 08:00:00 2026| COMMANDS: SCAN QUIT RELOAD PING SHUTDOWN\n"
SETTINGS = """TCPSocket 3310
TCPAddr {address}
Foreground yes
DatabaseDirectory {dir}/db
OfficialDatabaseOnly no
"""
SIGNATURE = "44d88612fea8a8f36de82e1278abb02f:68:Eicar\n"


def ask(*steps):
    return asyncio.run(PROBE.ask(ScriptedTalk(steps, PROBE.sends)))


def test_version_and_commands_are_told():
    facts = ask(COMMANDS, Say(ANSWER))
    assert (facts.access, facts.version, facts.evidence) == (Access.CONTROL, "1.4.6", {"commands": 5})


def test_a_daemon_that_may_scan_nothing_is_known_all_the_same():
    assert ask(COMMANDS, Say(b"ClamAV 1.5| COMMANDS: PING\n")).access is Access.METADATA


@pytest.mark.parametrize("answer", [b"", b"UNKNOWN COMMAND\n", b"ClamAV 1.4.6\n", b"x| COMMANDS: SCAN\n"])
def test_other_answers_are_another_product(answer):
    assert parse_answer(answer) is None


def test_the_rule_holds_for_what_was_read_alone():
    (rule,) = PROBE.rules
    assert rule.holds(ClamdFacts()) is None
    assert rule.holds(ClamdFacts(access=Access.CONTROL))


@given(pieces(ANSWER))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


@pytest.mark.timeout(120)
@pytest.mark.fleet("clamd", "open")
def test_a_daemon_on_the_network_is_exposed(server, see):
    files = {"clamd.conf": SETTINGS, "db/test.hdb": SIGNATURE}
    running = server(
        ["clamd", "-F", "-c", "{dir}/clamd.conf"], [3310], package="clamav-daemon", files=files, patience_s=60
    )
    verdict = see(running, "clamd", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["clamd-open"])
    assert see(running, "infrastructure").service == "clamd"
