"""The order of questions to one port, over a conversation that only notes them."""

from dataclasses import replace
from ipaddress import ip_address
from types import SimpleNamespace

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.errors import ClientCertificateWanted, Refused, Reset, TimedOut, TlsFailed
from scanner.core.observation import Observation
from scanner.core.probe import Greeting, tcp
from scanner.core.sends import line
from scanner.core.talk import HttpAnswer
from scanner.core.unheard import Unheard
from scanner.probes import identify as module
from scanner.probes.contact import Contact
from scanner.probes.decoy import Turn
from scanner.probes.identify import identify
from scanner.probes.outcomes import Outcomes
from scanner.probes.registry import load_registry
from scanner.probes.strangers import by_likelihood
from tests.support.probes import toy

PORT = 7000
PORT_OF_NOBODY = 54321


async def nobody(talk):
    return None


def web(identifier="web", ports=(PORT,), **fields):
    return replace(toy(identifier=identifier, ports=ports, **fields), ask=None, ask_http=nobody)


class Scripted:
    """A conversation (scanner.probes.conversation) that answers by a table and notes what it is asked."""

    def __init__(self, probes, contacts=(), recognised=(), port=PORT, got=b"?"):
        self.endpoint = Endpoint(ip_address("127.0.0.1"), port)
        self.seen = Observation(endpoint=self.endpoint)
        self.probes, self.contacts, self.recognised, self.got = probes, list(contacts), recognised, got
        self.asked, self.turns, self.outcomes = [], [], Outcomes()
        self.over = self.locked = False
        self.exchanges = SimpleNamespace(audit=None)

    def note(self, sentence, *, left_alone=False):
        self.seen = replace(self.seen, note=sentence, left_alone=left_alone)

    def flag(self, reason):
        self.seen = self.seen.flagged(reason)

    def demand_for_certificate(self, home):
        self.asked.append(("locked", [probe.id for probe in home]))

    async def contact(self, *, use_tls, guess, speak, listen_s):
        self.asked.append(("contact", use_tls))
        said = self.contacts.pop(0)
        if isinstance(said, Exception):
            raise said
        return replace(said, use_tls=use_tls)

    async def ask_stream(self, probe, *, use_tls):
        self.asked.append((probe.id, use_tls))
        self.turns.append(Turn(f"to {probe.id}".encode(), self.got))
        return (probe.id, use_tls) in self.recognised

    async def ask_http(self, probe):
        self.asked.append((probe.id, "http"))
        return (probe.id, "http") in self.recognised


def contact(**what):
    return Contact(endpoint=Endpoint(ip_address("127.0.0.1"), PORT), use_tls=False, **what)


async def run(talk, *, widely=True, said_tls=None):
    await identify(talk, widely=widely, said_tls=said_tls)
    return talk.asked


MANY = [toy(identifier=f"other-{number}", ports=(100 + number,)) for number in range(5)]


async def test_a_port_of_nobody_is_not_asked_unless_identification_is_on():
    talk = Scripted(MANY)
    assert await run(talk, widely=False) == []
    assert talk.seen.note.startswith("not asked: ")
    assert talk.seen.left_alone


async def test_a_few_are_simply_asked_and_no_contact_is_made():
    talk = Scripted([toy(identifier="a"), toy(identifier="b")], [contact()], [("a", False)])
    assert await run(talk) == [("a", False)]


async def test_when_none_of_the_few_is_it_the_contact_follows():
    talk = Scripted([toy(identifier="a")], [contact(closed=True, request=b"x", reply=b"y")])
    assert await run(talk) == [("a", False), ("contact", False), ("a", False)]


async def test_whoever_speaks_first_has_the_fresh_connection_and_then_two_of_the_home():
    home = [toy(identifier=name, ports=(PORT,)) for name in "abc"]
    first = toy(identifier="first", ports=(PORT,), speaks_first=True)
    talk = Scripted([*home, first, *MANY], recognised=[("b", False)])
    assert await run(talk) == [("first", False), ("a", False), ("b", False)]


async def test_on_a_web_port_only_whoever_speaks_first_comes_before_the_contact():
    talk = Scripted([toy(identifier="a", ports=(PORT,)), web(), *MANY], [contact(greeting=b"??")])
    assert (await run(talk))[0] == ("contact", False)


async def test_a_product_at_home_over_tls_is_asked_without_it_too():
    probe = replace(toy(identifier="a"), ports=tcp(PORT, tls=True))
    talk = Scripted([probe, *MANY], recognised=[("a", False)])
    assert await run(talk) == [("a", True), ("a", False)]


@pytest.mark.parametrize("error", [TlsFailed("x"), TimedOut("x")])
async def test_where_tls_is_usual_and_fails_plain_is_tried(error):
    probe = replace(web(), ports=tcp(PORT, tls=True))
    talk = Scripted([probe, *MANY], [error, contact(greeting=b"220 x")])
    assert (await run(talk))[:2] == [("contact", True), ("contact", False)]


@pytest.mark.parametrize("second", [contact(greeting=b"220 x"), TlsFailed("x")])
async def test_a_port_that_asks_for_tls_gets_it_and_plain_stands_where_that_fails(second):
    wants = contact(request=b"GET", reply=b"\x15\x03\x01\x00\x02\x02\x46")
    talk = Scripted([web(), *MANY], [wants, second])
    assert (await run(talk))[:2] == [("contact", False), ("contact", True)]
    assert talk.seen.note or talk.seen.service


@pytest.mark.parametrize("said", [True, False])
async def test_a_url_says_how_to_begin(said):
    talk = Scripted([toy(identifier="a", ports=(PORT,)), *MANY], [contact(greeting=b"??")])
    assert (await run(talk, said_tls=said))[0] == ("contact", said)


async def test_a_demand_for_a_certificate_is_the_lock_of_the_home():
    talk = Scripted([web(), *MANY], [ClientCertificateWanted("x")])
    assert await run(talk) == [("contact", False), ("locked", ["web"])]


async def test_a_port_that_takes_no_connection_any_more_was_not_heard():
    talk = Scripted([web(), *MANY], [Refused("connection refused")])
    await run(talk)
    assert talk.outcomes.unheard(talk.seen, [web()]) is not None
    assert "connection refused" in talk.seen.note


@pytest.mark.parametrize(("said", "over"), [([Reset("reset")], False), ([], True)])
async def test_who_lives_at_a_port_that_was_reset_or_had_no_time_left_was_not_heard(said, over):
    talk = Scripted([web(), *MANY], said)
    talk.over = over
    await run(talk)
    assert talk.outcomes.unheard(talk.seen, [web()]) is (Unheard.TIMED_OUT if over else Unheard.CUT_OFF)


async def test_a_greeting_names_whom_to_ask_before_the_home():
    greeter = toy(identifier="greeter", ports=(1,), greetings=(Greeting(start=b"HI "),))
    home = [toy(identifier=name, ports=(PORT,)) for name in "abc"]
    talk = Scripted([*home, greeter, *MANY], [contact(greeting=b"HI there")])
    asked = await run(talk)
    assert asked[2:5] == [("contact", False), ("greeter", False), ("a", False)]
    kept = Scripted([*home, greeter, *MANY], [contact(greeting=b"HI there")])
    assert ("greeter", False) not in await run(kept, widely=False)


async def test_a_protocol_that_names_itself_is_asked_nothing_more():
    talk = Scripted(MANY, [contact(greeting=b"SSH-2.0-OpenSSH_9.6\r\n")])
    assert await run(talk) == [("contact", False)]
    assert talk.seen.service == "ssh"


@pytest.mark.parametrize(("recognised", "service"), [([("grpc", False)], None), ([], "http2")])
async def test_http2_is_asked_by_who_speaks_it_and_named_where_that_is_nobody(recognised, service):
    grpc = replace(toy(identifier="grpc", ports=(1,)), sends=(line(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),))
    settings = b"\0\0\6\4\0\0\0\0\0" + b"\0\3\0\0\0\x64"
    talk = Scripted([grpc, *MANY], [contact(greeting=settings)], recognised)
    assert await run(talk) == [("contact", False), ("grpc", False)]
    assert talk.seen.service == service
    assert (talk.seen.note is None) is bool(recognised)


async def test_an_echo_is_asked_nothing_more():
    talk = Scripted(MANY, [contact(request=b"GET / HTTP/1.1\r\n", reply=b"GET / HTTP/1.1\r\n")])
    assert await run(talk) == [("contact", False)]
    assert "echo" in talk.seen.decoy


async def test_strangers_are_asked_until_one_is_it():
    talk = Scripted(MANY, [contact(request=b"GET", reply=b"what?")], [("other-2", False)])
    asked = await run(talk)
    assert asked[0] == ("contact", False)
    assert asked[-1] == ("other-2", False)


async def test_a_silent_port_is_asked_only_by_who_waits_in_silence():
    waits = toy(identifier="waits", ports=(1,), waits_in_silence=True)
    talk = Scripted([*MANY, waits], [contact(request=b"GET")])
    assert await run(talk) == [("contact", False), ("waits", False)]
    assert "says nothing" in talk.seen.note


async def test_strangers_end_after_so_many_questions_and_where_it_is_over():
    crowd = [toy(identifier=f"x{number}", ports=(1,)) for number in range(60)]
    talk = Scripted(crowd, [contact(request=b"GET", reply=b"what?")])
    assert len(await run(talk)) == 1 + module._MOST_QUESTIONS
    gone = Scripted(crowd, [contact(request=b"GET", reply=b"what?")])
    gone.ask_stream = lambda probe, *, use_tls: ends(gone)
    await run(gone)
    assert gone.asked == [("contact", False), "once"]


def test_nobody_of_the_catalogue_falls_out_of_the_questions_to_a_port_of_nobody():
    """Whoever comes last is never asked there, and nothing would say so."""
    everybody = by_likelihood(load_registry().probes, Endpoint(ip_address("127.0.0.1"), PORT_OF_NOBODY))
    assert 0 < len(everybody) <= module._MOST_QUESTIONS


async def ends(talk):
    talk.asked.append("once")
    talk.over = True
    return False


async def test_who_closes_before_a_word_is_asked_nothing():
    talk = Scripted(MANY, [contact(closed=True)])
    assert await run(talk) == [("contact", False)]
    assert talk.seen.note == "it closes connections without a word"


async def test_a_printer_gets_whole_requests_alone_first():
    printer = web("ipp", ports=(631,))
    talk = Scripted([printer, *MANY], recognised=[("ipp", "http")], port=631)
    assert await run(talk) == [("ipp", "http")]


async def test_a_web_page_goes_its_own_way(monkeypatch):
    gone = []

    async def follow(conversation, found, home, *, widely):
        gone.append(([probe.id for probe in home], widely))

    monkeypatch.setattr(module, "identify_http", follow)
    talk = Scripted([web(), *MANY], [contact(request=b"GET", reply=b"x", answer=HttpAnswer(status=200))])
    assert await run(talk) == [("contact", False)]
    assert gone == [(["web"], True)]
