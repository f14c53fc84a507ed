import asyncio

import pytest
from hypothesis import given

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.messaging.amqp import HEADER, PROBE, parse_start
from tests.support.hostile import pieces, survives
from tests.support.talks import Say, ScriptedTalk


def long(data: bytes) -> bytes:
    return len(data).to_bytes(4) + data


TABLE = (
    b"\x0ccapabilitiesF"
    + long(b"\x07consumet\x01")
    + b"\x07productS"
    + long(b"RabbitMQ")
    + b"\x07versionS"
    + long(b"3.10.8")
)
START = b"\x00\x0a\x00\x0a\x00\x09" + long(TABLE) + long(b"PLAIN AMQPLAIN") + long(b"en_US")


def frame(payload: bytes) -> bytes:
    return b"\x01\x00\x00" + long(payload) + b"\xce"


def ask(*steps):
    return asyncio.run(PROBE.ask(ScriptedTalk(steps, PROBE.sends)))


def test_a_broker_names_itself_and_its_logins():
    facts = ask(HEADER, Say(frame(START)))
    assert (facts.access, facts.product, facts.version) == (Access.UNKNOWN, "RabbitMQ", "3.10.8")
    assert facts.evidence == {"mechanisms": ["PLAIN", "AMQPLAIN"]}
    assert "ANONYMOUS" not in facts.note


def test_an_anonymous_login_is_noted_and_not_tried():
    start = START.replace(long(b"PLAIN AMQPLAIN"), long(b"ANONYMOUS PLAIN"))
    facts = ask(HEADER, Say(frame(start)))
    assert facts.access is Access.UNKNOWN
    assert "ANONYMOUS" in facts.note


@pytest.mark.parametrize("header", [b"AMQP\x00\x01\x00\x00", b"AMQP\x03\x01\x00\x00", b"AMQP\x00\x00\x0a\x00"])
def test_a_broker_of_another_version_is_named(header):
    assert ask(HEADER, Say(header)).product == "AMQP broker"


@pytest.mark.parametrize(
    "answer", [b"AMQP\x00\x07\x07\x07", b"AMQPAMQP", b"\x01\x00\x01\x00\x00\x00\x00\xce", frame(START)[:-1] + b"x"]
)
def test_other_answers_are_malformed(answer):
    with pytest.raises(Malformed):
        ask(HEADER, Say(answer))


@pytest.mark.parametrize(
    "payload", [b"", START[:9], START[:-20], START.replace(b"S\x00", b"Q\x00", 1), b"\x00\x0a\x00\x0b" + START[4:]]
)
def test_other_methods_are_malformed(payload):
    with pytest.raises(Malformed):
        parse_start(payload)


@given(pieces(frame(START), b"AMQP\x00\x01\x00\x00"))
def test_any_bytes_give_facts_or_a_talk_error(said):
    facts = survives(PROBE, said)
    assert facts is None or facts.access is Access.UNKNOWN
