import asyncio

import pytest
from hypothesis import given

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.infrastructure.qmp import GREETING, PROBE, QmpFacts, parse_greeting
from tests.support.hostile import pieces, survives
from tests.support.talks import Say, ScriptedTalk

SAID = GREETING + b'{"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": "Debian"}, "capabilities": ["oob"]}}\r\n'


def test_the_greeting_is_control():
    facts = asyncio.run(PROBE.ask(ScriptedTalk((Say(SAID),), PROBE.sends)))
    assert (facts.access, facts.version) == (Access.CONTROL, "7.2.22")


@pytest.mark.parametrize("said", [b"", b"{}", b'{"QMP": {"version": {"qemu": {"major": "7", "minor": 2}}}}'])
def test_other_greetings_are_malformed(said):
    with pytest.raises(Malformed):
        parse_greeting(said)


@given(pieces(SAID))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


def test_the_rule_holds_for_control_alone():
    (rule,) = PROBE.rules
    assert rule.holds(QmpFacts()) is None
    assert rule.holds(QmpFacts(access=Access.CONTROL))


@pytest.mark.fleet("qmp", "open")
def test_a_machine_that_listens_is_exposed(server, see):
    machine = ["qemu-system-x86_64", "-machine", "none", "-display", "none", "-monitor", "none", "-serial", "none"]
    running = server([*machine, "-qmp", "tcp:{address}:4444,server=on,wait=off"], [4444], package="qemu-system-x86")
    verdict = see(running, "qmp", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["qmp-open"])
    assert see(running, "infrastructure").service == "qmp"
