import asyncio

import pytest
from hypothesis import given

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.development.rserve import PROBE, RserveFacts, parse_greeting
from tests.support.hostile import pieces, survives
from tests.support.talks import Say, ScriptedTalk

OPEN = b"Rsrv0103QAP1\r\n\r\n--------------\r\n"
CLOSED = b"Rsrv0103QAP1ARucKabc--------\r\n\r\n"


@pytest.mark.parametrize(("said", "access"), [(OPEN, Access.CONTROL), (CLOSED, Access.REFUSED)])
def test_the_attributes_decide(said, access):
    facts = asyncio.run(PROBE.ask(ScriptedTalk((Say(said),), PROBE.sends)))
    assert (facts.access, facts.evidence) == (access, {"protocol": "0103"})


@pytest.mark.parametrize("said", [b"", OPEN[:-1], b"Rsrvabcd" + OPEN[8:], OPEN.replace(b"QAP1", b"QAP9")])
def test_other_greetings_are_malformed(said):
    with pytest.raises(Malformed):
        parse_greeting(said)


@given(pieces(OPEN))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


def test_the_rule_holds_without_a_login_alone():
    (rule,) = PROBE.rules
    assert rule.holds(RserveFacts(access=Access.REFUSED)) is None
    assert rule.holds(RserveFacts(access=Access.CONTROL))


def start(server, cable, settings):
    run = f"library(Rserve); run.Rserve(port=6311, remote=TRUE, {settings})"
    argv = ["R", "--vanilla", "--no-echo", "-e", run]
    server(argv, package="r-cran-rserve", prefix=cable.prefix, ready=lambda _: cable.accepts(6311), patience_s=60)
    return cable.see(6311, "rserve")


@pytest.mark.root
@pytest.mark.fleet("rserve", "open")
def test_a_server_for_everybody_is_exposed(server, cable):
    seen = start(server, cable, "auth=FALSE")
    assert (seen["status"], seen["rules"]) == ("exposed", ["rserve-no-login"])


@pytest.mark.root
@pytest.mark.fleet("rserve", "protected")
def test_a_login_protects(server, cable):
    seen = start(server, cable, "auth=TRUE, pwdfile='/dev/null'")
    assert (seen["status"], seen["rules"]) == ("protected", [])
