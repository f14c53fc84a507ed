"""Who has to be heard at an endpoint, and when silence, noise or a close leave it inconclusive."""

from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.errors import Malformed, NeverAccepted, Reset, TimedOut
from scanner.core.facts import Access, Facts
from scanner.core.observation import Observation
from scanner.core.quirk import Cut
from scanner.core.talk import HttpAnswer
from scanner.core.unheard import Unheard
from scanner.probes.contact import Contact
from scanner.probes.outcomes import Outcomes
from scanner.probes.tap import TappedStream
from tests.support.probes import toy

PORT = 6379
HERE = Endpoint(IPv4Address("127.0.0.1"), PORT)
SEEN = Observation(endpoint=HERE)
AT_HOME = toy()
WEB = toy(identifier="web", ask_http=AT_HOME.ask)
ELSEWHERE = toy(identifier="elsewhere", ports=(1,))
PAGE = HttpAnswer(status=200, headers=(("content-length", "9"),), body=b"x")


def contact(**fields) -> Contact:
    return Contact(endpoint=HERE, use_tls=False, **{"request": b"GET / HTTP/1.1\r\n", **fields})


def outcome(*missed, seen=SEEN, home=(AT_HOME,), met=None, named=(), hung_up=False):
    outcomes = Outcomes(named=set(named), contact=met)
    for probe, reason in missed:
        outcomes.missed(probe, reason, hung_up=hung_up)
    return outcomes.unheard(seen, home)


@pytest.mark.parametrize("reason", [Unheard.TIMED_OUT, Unheard.CUT_OFF, Unheard.MALFORMED])
def test_a_product_at_home_must_be_heard_and_a_stranger_need_not(reason):
    assert outcome((AT_HOME, reason)) is reason
    assert outcome((ELSEWHERE, reason)) is None
    assert outcome((ELSEWHERE, reason), named={"elsewhere"}) is reason


@pytest.mark.parametrize("reason", [Unheard.REFUSED_LATER, Unheard.LOCAL_FAULT])
def test_whom_no_connection_reached_was_not_heard_whoever_asked(reason):
    assert outcome((ELSEWHERE, reason), met=contact(answer=PAGE)) is reason


def test_no_contact_at_all_leaves_nothing_known():
    outcomes = Outcomes()
    outcomes.contact_failed(NeverAccepted("x"))
    assert outcomes.unheard(SEEN, ()) is Unheard.REFUSED_LATER


@pytest.mark.parametrize(("error", "reason"), [(Reset("x"), Unheard.CUT_OFF), (TimedOut("x"), Unheard.TIMED_OUT)])
def test_a_contact_that_ended_before_a_word_leaves_who_lives_there_unheard(error, reason):
    """A server that resets everything ended as open on 6443 and 9200: its reset came before the first question."""
    outcomes = Outcomes()
    outcomes.contact_failed(error)
    assert outcomes.unheard(SEEN, (WEB,)) is reason
    assert outcomes.unheard(SEEN, ()) is None
    outcomes.heard(WEB)
    assert outcomes.unheard(SEEN, (WEB,)) is None


def test_an_answer_settles_it_whatever_was_missed_before():
    outcomes = Outcomes()
    outcomes.missed(AT_HOME, Unheard.TIMED_OUT)
    outcomes.heard(AT_HOME)
    assert outcomes.unheard(SEEN, (AT_HOME,)) is None


def test_a_recognised_product_of_which_a_question_went_unanswered_is_not_called_identified():
    outcomes = Outcomes(partial=Unheard.TIMED_OUT)
    known = Observation(endpoint=HERE, probe=AT_HOME, facts=Facts())
    assert outcomes.unheard(known, (AT_HOME,)) is Unheard.TIMED_OUT
    for access in (Access.REFUSED, Access.DATA):
        proven = Observation(endpoint=HERE, probe=AT_HOME, facts=Facts(access=access))
        assert outcomes.unheard(proven, (AT_HOME,)) is None


def test_a_protocol_that_names_itself_is_heard():
    assert outcome((AT_HOME, Unheard.TIMED_OUT), seen=Observation(endpoint=HERE, service="ssh")) is None


def test_a_product_that_its_greeting_names_is_not_heard_by_its_name():
    named = Observation(endpoint=HERE, service=AT_HOME.id)
    assert outcome((AT_HOME, Unheard.CUT_OFF), seen=named) is Unheard.CUT_OFF


def test_a_whole_page_clears_a_product_that_is_no_web_server_and_half_a_one_only_where_web_servers_live():
    page = contact(answer=PAGE)
    assert outcome((AT_HOME, Unheard.TIMED_OUT), met=page) is None
    assert outcome((AT_HOME, Unheard.TIMED_OUT), met=page, named={AT_HOME.id}) is Unheard.TIMED_OUT
    for other in (HttpAnswer(status=503, headers=()), replace(PAGE, cut=Cut.TIME, body=b"")):
        assert outcome((AT_HOME, Unheard.TIMED_OUT), met=contact(answer=other)) is Unheard.TIMED_OUT
    assert outcome((AT_HOME, Unheard.TIMED_OUT), met=page, home=(AT_HOME, WEB)) is None
    assert outcome((WEB, Unheard.TIMED_OUT), met=page, home=(AT_HOME, WEB)) is Unheard.TIMED_OUT
    assert outcome((AT_HOME, Unheard.MALFORMED), met=page, home=(AT_HOME, WEB)) is None
    assert outcome((WEB, Unheard.MALFORMED), met=page, home=(WEB,)) is Unheard.MALFORMED
    debugger = toy(speaks_first=True)
    assert outcome((debugger, Unheard.TIMED_OUT), met=page, home=(debugger,)) is None


def test_a_page_clears_a_named_product_that_is_no_web_server():
    """Go's "404 page not found" names etcd's gRPC too."""
    outcomes = Outcomes(contact=contact(answer=PAGE), named={AT_HOME.id})
    outcomes.missed(AT_HOME, Unheard.MALFORMED)
    assert outcomes.unheard(SEEN, ()) is None


def test_what_a_web_product_itself_finds_malformed_is_an_answer_that_is_not_its_own():
    outcomes = Outcomes(contact=contact(answer=PAGE))
    outcomes.of_http(WEB, Malformed("not a response of IPP"), None)
    assert outcomes.unheard(SEEN, (WEB,)) is None
    outcomes = Outcomes(contact=contact(answer=PAGE))
    outcomes.of_http(WEB, None, Unheard.MALFORMED)
    assert outcomes.unheard(SEEN, (WEB,)) is Unheard.MALFORMED


@pytest.mark.parametrize("status", [407, 421, 429, 500, 503])
def test_a_front_page_that_says_not_now_leaves_the_port_unheard(status):
    met = contact(answer=HttpAnswer(status=status, headers=(("content-length", "0"),)))
    assert Outcomes(contact=met).unheard(SEEN, ()) is Unheard.REFUSED_LATER


def test_a_greeting_of_its_own_clears_those_who_do_not_greet():
    assert outcome((AT_HOME, Unheard.TIMED_OUT), met=contact(greeting=b"hello", request=b"")) is None
    greets = toy(listens_first=True)
    assert outcome((greets, Unheard.MALFORMED), met=contact(greeting=b"hello", request=b"")) is Unheard.MALFORMED


def test_hanging_up_is_an_answer_of_those_alone_who_say_something_else():
    missed = (AT_HOME, Unheard.CUT_OFF)
    assert outcome(missed, hung_up=True, met=contact(closed=True)) is Unheard.CUT_OFF
    assert outcome(missed, hung_up=True, met=contact(reply=b"what?")) is None
    assert outcome(missed, hung_up=True, met=contact(closed=True, request=b"")) is Unheard.CUT_OFF
    assert outcome(missed, hung_up=True, met=contact()) is Unheard.CUT_OFF


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, Unheard.TIMED_OUT),
        ({"closed": True, "request": b""}, Unheard.CUT_OFF),
        ({"closed": True}, Unheard.CUT_OFF),
        ({"reply": b"what?"}, None),
        ({"reply": b"HTTP/1.1 2"}, Unheard.TIMED_OUT),
        ({"reply": b"HTTP/1.1 2", "closed": True}, Unheard.CUT_OFF),
        ({"answer": PAGE}, None),
    ],
)
def test_web_products_are_heard_by_the_first_contact(fields, reason):
    assert outcome(met=contact(**fields), home=(WEB,)) is reason


@pytest.mark.parametrize(
    ("cut", "reason"),
    [
        (Cut.SIZE, Unheard.CUT_OFF),
        (Cut.TIME, Unheard.TIMED_OUT),
        (Cut.CLOSED, Unheard.CUT_OFF),
        (Cut.BROKEN, Unheard.MALFORMED),
    ],
)
def test_a_page_that_was_cut_was_not_heard_out(cut, reason):
    answer = HttpAnswer(status=200, headers=(("content-length", "9"),), body=b"x", cut=cut)
    assert outcome(met=contact(answer=answer), home=()) is reason


def test_a_stream_of_pictures_that_nobody_ends_is_heard_as_far_as_it_goes():
    stream = HttpAnswer(
        status=200, headers=(("content-type", "multipart/x-mixed-replace"),), body=b"--frame", cut=Cut.TIME
    )
    assert outcome(met=contact(answer=stream), home=()) is None


def test_a_silent_port_of_nobody_is_just_open():
    assert outcome(met=contact(), home=()) is None


def test_a_probe_that_made_do_without_a_byte_was_not_heard():
    talk = TappedStream(stream=None, failure=TimedOut("x"))
    outcomes = Outcomes()
    outcomes.of_stream(AT_HOME, None, talk)
    assert outcomes.unheard(SEEN, (AT_HOME,)) is Unheard.TIMED_OUT
    talk.got += b"nope"
    outcomes.of_stream(AT_HOME, None, talk)
    assert outcomes.unheard(SEEN, (AT_HOME,)) is None


def test_a_close_without_a_word_is_one_whatever_the_probe_makes_of_it():
    for raised in (None, Malformed("x")):
        outcomes = Outcomes()
        outcomes.of_stream(AT_HOME, raised, TappedStream(stream=None, closed=True))
        assert outcomes.unheard(SEEN, (AT_HOME,)) is Unheard.CUT_OFF
        outcomes.contact = contact(closed=True)
        assert outcomes.unheard(SEEN, (AT_HOME,)) is Unheard.CUT_OFF
        outcomes.contact = contact(reply=b"what?")
        assert outcomes.unheard(SEEN, (AT_HOME,)) is None
