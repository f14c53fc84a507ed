import asyncio

import pytest
from hypothesis import given

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.core.unheard import Unheard
from scanner.services.messaging.nsqd import CLOSE, IDENTIFY, IDENTIFY_TLS, PROBE, parse_features, read_frame
from tests.fleet.server import ROOT
from tests.support.hostile import pieces, survives
from tests.support.standins import see_stand_in
from tests.support.talks import Say, ScriptedTalk


def frame(kind, content):
    return (len(content) + 4).to_bytes(4) + kind.to_bytes(4) + content


OPEN = frame(0, b'{"max_rdy_count":2500,"version":"1.3.0","tls_v1":false,"auth_required":false}')
UNTOLD = frame(0, b'{"max_rdy_count":2500,"version":"0.2.24"}')
LOGIN = OPEN.replace(b'"auth_required":false}', b'"auth_required":true }')
NO_SUBSCRIPTION = frame(1, b"E_INVALID cannot CLS in current state")
WANTS_TLS = frame(1, b"E_INVALID cannot CLS in current state (TLS required)")
OK = frame(0, b"OK")


def told(*script):
    talk = ScriptedTalk(script, PROBE.sends)
    facts = asyncio.run(PROBE.ask(talk))
    assert talk.finished
    return facts


def test_a_command_that_is_taken_proves_that_strangers_are_let_in():
    facts = told(IDENTIFY, Say(OPEN + NO_SUBSCRIPTION))
    assert (facts.access, facts.version) == (Access.CONTROL, "1.3.0")
    assert PROBE.rules[0].holds(facts)


def test_a_login_that_is_required_protects():
    facts = told(IDENTIFY, Say(LOGIN))
    assert facts.access is Access.REFUSED
    assert not PROBE.rules[0].holds(facts)


def test_tls_that_is_required_is_begun_and_no_refusal():
    begun = OPEN.replace(b'"tls_v1":false', b'"tls_v1":true ')
    facts = told(IDENTIFY, Say(OPEN + WANTS_TLS), IDENTIFY_TLS, Say(begun), Say(OK), CLOSE, Say(NO_SUBSCRIPTION))
    assert facts.access is Access.CONTROL


@pytest.mark.parametrize("reply", [OK, frame(1, b"E_INVALID exiting")])
def test_another_answer_to_the_first_command_decides_nothing(reply):
    facts = told(IDENTIFY, Say(OPEN + reply))
    assert (facts.access, facts.unheard) == (Access.UNKNOWN, Unheard.UNDECIDED)


@pytest.mark.parametrize(("features", "access"), [(OPEN, Access.CONTROL), (UNTOLD, Access.UNKNOWN)])
def test_a_first_command_without_an_answer_leaves_what_the_server_said_of_logins(features, access):
    assert told(IDENTIFY, Say(features)).access is access


@pytest.mark.parametrize("features", [b"OK", b"{}", b'{"version":"1.3.0"}', b'{"max_rdy_count":1}', b"[", b""])
def test_features_of_something_else_are_malformed(features):
    with pytest.raises(Malformed):
        parse_features(0, features)
    with pytest.raises(Malformed):
        parse_features(1, b'{"max_rdy_count":2500,"version":"1.3.0"}')


@pytest.mark.parametrize("head", [bytes(8), frame(0, b"x" * 20_000), frame(2, b"x"), frame(0, b"")[:-1] + b"\x09"])
def test_bytes_that_are_no_frame_are_malformed(head):
    with pytest.raises(Malformed):
        asyncio.run(read_frame(ScriptedTalk((Say(head),), ())))


@given(pieces(OPEN + NO_SUBSCRIPTION))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


def test_a_stand_in_without_a_login_is_exposed():
    verdict = see_stand_in("nsqd", "open")
    assert (verdict.status, verdict.rules) == ("exposed", ["nsqd-open"])


def test_a_stand_in_with_a_login_is_protected():
    verdict = see_stand_in("nsqd", "protected")
    assert (verdict.status, verdict.rules) == ("protected", [])


PROGRAM = str(ROOT / ".fleet/bin/nsqd")


@pytest.mark.fleet("nsqd", "open", lint="nsqio/nsq:v1.3.0", given={"command": "/nsqd"})
@pytest.mark.fleet("nsq", "open", lint="nsqio/nsq:v1.3.0", given={"command": "/nsqd"})
def test_a_real_daemon_is_exposed_over_both_of_its_protocols(server, see):
    argv = [PROGRAM, "-tcp-address={address}:4150", "-http-address={address}:4151", "-data-path={dir}"]
    running = server(argv, [4150, 4151], package="nsqd")
    verdict = see(running, "nsqd", golden="real-open")
    assert (verdict.status, verdict.rules) == ("exposed", ["nsqd-open"])
    verdict = see(running, "nsq", port=4151)
    assert (verdict.status, verdict.rules) == ("exposed", ["nsq-http-open"])
    assert verdict.row.version == "1.3.0"
