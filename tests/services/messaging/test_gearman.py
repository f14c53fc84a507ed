import asyncio

import pytest
from hypothesis import given

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.messaging.gearman import PROBE, STATUS, VERSION, GearmanFacts, parse_status, parse_version
from tests.support.hostile import pieces, survives
from tests.support.talks import Say, ScriptedTalk

TABLE = b"resize\t3\t1\t2\nmail\t0\t0\t1\n.\n"


def test_functions_and_jobs_are_counted():
    talk = ScriptedTalk((VERSION, Say(b"OK 1.1.20+ds\n"), STATUS, Say(TABLE)), PROBE.sends)
    facts = asyncio.run(PROBE.ask(talk))
    assert talk.finished
    assert (facts.access, facts.version, facts.functions, facts.jobs) == (Access.CONTROL, "1.1.20+ds", 2, 3)
    assert facts.evidence["workers"] == 2


@pytest.mark.parametrize(
    "reply", [b"", b"OK\n", b"OK x\n", b"+OK 1.1\r\n", b"OK 1\n", b"200 OK\r\n", b"OK 1." + b"1" * 99]
)
def test_other_replies_are_malformed(reply):
    with pytest.raises(Malformed):
        parse_version(reply)


@pytest.mark.parametrize("lines", [[b"x"], [b"a\tb\tc\td"], [b"a\t1\t2"], [b"OK 1.1"]])
def test_other_tables_are_malformed(lines):
    with pytest.raises(Malformed):
        parse_status(lines)


@given(pieces(b"OK 1.1.20\n" + TABLE))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


def test_a_table_without_an_end_is_given_up():
    assert survives(PROBE, [b"OK 1.1.20\n", b"a\t1\t2\t3\n" * 5_001]) is None


def test_the_rule_holds_for_what_was_read_alone():
    (rule,) = PROBE.rules
    assert rule.holds(GearmanFacts()) is None
    assert "2 functions, 3 jobs" in rule.holds(GearmanFacts(access=Access.CONTROL, functions=2, jobs=3))


@pytest.mark.fleet("gearman", "open", lint="artefactual/gearmand")
def test_a_job_server_is_exposed(server, see):
    argv = ["gearmand", "--listen={address}", "--port=4730", "-l", "stderr"]
    running = server(argv, [4730], package="gearman-job-server")
    verdict = see(running, "gearman", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["gearman-open"])
    assert verdict.row.version.startswith("1.1.")
    assert see(running, "messaging").service == "gearman"


@pytest.mark.fleet("gearman", "look-alike")
def test_another_queue_on_its_port_is_not_exposed(server, see):
    running = server(["beanstalkd", "-l", "{address}", "-p", "4730"], [4730], package="beanstalkd")
    verdict = see(running, "gearman")
    # What it says at home is another protocol: never exposed, and not heard out either.
    assert (verdict.status, verdict.rules) == ("inconclusive", [])
