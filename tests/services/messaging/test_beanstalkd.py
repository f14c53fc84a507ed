import asyncio

import pytest
from hypothesis import given

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.messaging.beanstalkd import (
    LIST_TUBES,
    PROBE,
    QUIT,
    STATS,
    BeanstalkdFacts,
    parse_length,
    parse_stats,
    parse_tubes,
)
from tests.support.hostile import pieces, survives
from tests.support.raw import connected
from tests.support.talks import Say, ScriptedTalk

BODY = (
    b'---\ncurrent-jobs-ready: 2\ncurrent-jobs-buried: 1\ncmd-put: 3\ncurrent-tubes: 1\nversion: "1.12"\nhostname: vm\n'
)
TUBES = b"---\n- default\n- mail\n"


def said(body):
    return b"OK %d\r\n%s\r\n" % (len(body), body)


def test_statistics_and_tubes_are_counted():
    talk = ScriptedTalk((STATS, Say(said(BODY)), LIST_TUBES, Say(said(TUBES)), QUIT), PROBE.sends)
    facts = asyncio.run(PROBE.ask(talk))
    assert talk.finished
    assert (facts.access, facts.version, facts.jobs, facts.tubes) == (Access.CONTROL, "1.12", 3, 2)
    assert facts.traces == {"name": ("default", "mail")}


@pytest.mark.parametrize("reply", [b"", b"OK\r\n", b"OK -1\r\n", b"OK 99999\r\n", b"UNKNOWN_COMMAND\r\n", b"OK 1"])
def test_other_replies_are_malformed(reply):
    with pytest.raises(Malformed):
        parse_length(reply)


@pytest.mark.parametrize("body", [b"", b"---\n", b"---\nversion: 1\n", b"x\n" + BODY])
def test_statistics_of_something_else_are_malformed(body):
    with pytest.raises(Malformed):
        parse_stats(body)


def test_a_list_needs_its_first_line():
    with pytest.raises(Malformed):
        parse_tubes(b"- default\n")


@given(pieces(said(BODY) + said(TUBES)))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


def test_the_rule_holds_for_what_was_read_alone():
    (rule,) = PROBE.rules
    assert rule.holds(BeanstalkdFacts()) is None
    assert "2 tubes with 3 jobs" in rule.holds(BeanstalkdFacts(access=Access.CONTROL, tubes=2, jobs=3))


def command(running, line: bytes) -> bytes:
    with connected(running.address, 11300) as sock:
        sock.sendall(line)
        return sock.recv(65_536)


@pytest.mark.fleet("beanstalkd", "open", lint="schickling/beanstalkd")
def test_a_queue_is_exposed_and_unchanged(server, see, unchanged):
    running = server(["beanstalkd", "-l", "{address}", "-p", "11300"], [11300], package="beanstalkd")
    command(running, b"use mail\r\nput 0 0 60 5\r\nhello\r\n")

    def state():
        lines = command(running, b"stats\r\n").split(b"\n")
        return [
            one
            for one in lines
            if one.startswith((b"cmd-put", b"cmd-delete", b"cmd-res", b"current-jobs", b"total-jobs"))
        ]

    with unchanged(state):
        verdict = see(running, "beanstalkd", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["beanstalkd-open"])
    assert verdict.row.evidence["jobs"] == 1
    assert sorted(verdict.row.evidence["tubes"]) == ["default", "mail"]
    assert see(running, "messaging").service == "beanstalkd"


@pytest.mark.fleet("beanstalkd", "look-alike")
def test_another_queue_on_its_port_is_not_exposed(server, see):
    running = server(
        ["gearmand", "--listen={address}", "--port=11300", "-l", "stderr"], [11300], package="gearman-job-server"
    )
    verdict = see(running, "beanstalkd")
    # What it says at home is another protocol: never exposed, and not heard out either.
    assert (verdict.status, verdict.rules) == ("inconclusive", [])
