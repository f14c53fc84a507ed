import asyncio

import pytest
from hypothesis import given

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.messaging.mqtt import (
    CONNECT_4,
    CONNECT_5,
    DISCONNECT,
    PROBE,
    SUBSCRIBE,
    MqttFacts,
    parse_connack,
    parse_publish,
    parse_suback,
)
from tests.support.hostile import pieces, survives
from tests.support.raw import connected
from tests.support.talks import Say, ScriptedTalk

ACCEPTED = b"\x20\x02\x00\x00"
GRANTED = b"\x90\x04\x00\x01\x00\x00"
_PUBLISH = b"\x00\x13$SYS/broker/versionmosquitto version 2.0.11"
VERSION = bytes((0x31, len(_PUBLISH))) + _PUBLISH


def ask(*steps):
    talk = ScriptedTalk(steps, PROBE.sends)
    facts = asyncio.run(PROBE.ask(talk))
    assert talk.finished
    return facts


def test_an_accepting_broker_tells_its_version():
    facts = ask(CONNECT_4, Say(ACCEPTED), SUBSCRIBE, Say(GRANTED), Say(VERSION), DISCONNECT)
    assert facts.access is Access.DATA
    assert (facts.product, facts.version) == ("mosquitto", "2.0.11")


@pytest.mark.parametrize(
    ("suback", "access"),
    [
        (b"\x90\x04\x00\x01\x80\x00", Access.DATA),
        (b"\x90\x04\x00\x01\x80\x80", Access.METADATA),
        (GRANTED, Access.DATA),
        (b"", Access.METADATA),
    ],
)
def test_the_grant_decides_how_far_a_stranger_gets(suback, access):
    facts = survives(PROBE, [ACCEPTED + suback], closes=False)
    assert (facts.access, facts.version) == (access, None)


def test_a_grant_for_another_packet_is_no_answer():
    assert survives(PROBE, [ACCEPTED + b"\x90\x04\x00\x02\x00\x00"]) is None


@pytest.mark.parametrize(("code", "access"), [(5, Access.REFUSED), (4, Access.REFUSED), (3, Access.UNKNOWN)])
def test_a_refusal_is_protection_only_if_it_is_about_credentials(code, access):
    facts = ask(CONNECT_4, Say(bytes((0x20, 2, 0, code))))
    assert facts.access is access
    assert (facts.note is None) == (access is Access.REFUSED)


@pytest.mark.parametrize(
    ("answer", "access"),
    [(b"\x20\x03\x00\x00\x00", Access.METADATA), (b"\x20\x03\x00\x87\x00", Access.REFUSED)],
)
def test_a_broker_of_version_5_alone_is_asked_so(answer, access):
    talk = ScriptedTalk((CONNECT_4, Say(b"\x20\x02\x00\x01"), CONNECT_5, Say(answer)), PROBE.sends)
    assert asyncio.run(PROBE.ask(talk)).access is access


@pytest.mark.parametrize(
    ("parse", "body"),
    [
        (parse_connack, b""),
        (parse_connack, b"\x02\x00"),
        (parse_connack, b"\x00\x07"),
        (parse_suback, b"\x00\x01"),
        (parse_suback, b"\x00\x01\x05"),
        (parse_publish, b"\x00"),
        (parse_publish, b"\x00\x05ab"),
    ],
)
def test_other_bodies_are_malformed(parse, body):
    with pytest.raises(Malformed):
        parse(body)


@given(pieces(ACCEPTED + GRANTED + VERSION, b"\x20\x02\x00\x05", b"\x20\x02\x00\x01" + b"\x20\x03\x00\x00\x00"))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


def test_the_rule_holds_for_accepted_clients_alone():
    (rule,) = PROBE.rules
    assert rule.holds(MqttFacts(access=Access.REFUSED)) is None
    assert rule.holds(MqttFacts(access=Access.METADATA)) == "The MQTT broker accepts clients without a user name."
    assert "grants" in rule.holds(MqttFacts(access=Access.DATA, may_subscribe=True))


def test_a_closed_stream_is_no_broker():
    assert survives(PROBE, []) is None


OPEN = "listener 1883 {address}\nallow_anonymous true\n"


@pytest.fixture
def mosquitto(server):
    def start(conf=OPEN, **files):
        argv = ["mosquitto", "-c", "{dir}/mosquitto.conf"]
        return server(argv, [1883], package="mosquitto", files={"mosquitto.conf": conf} | files, user="mosquitto")

    return start


@pytest.mark.fleet("mqtt", "open", lint="mosquitto.conf")
def test_an_anonymous_broker_is_exposed_and_hears_nothing(mosquitto, see):
    broker = mosquitto()
    with connected(broker.address, 1883, patience_s=0.5) as watcher:
        watcher.sendall(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01w")
        assert watcher.recv(99) == ACCEPTED
        watcher.sendall(b"\x82\x06\x00\x01\x00\x01#\x00")
        assert watcher.recv(99).startswith(b"\x90\x03\x00\x01\x00")
        verdict = see(broker, "mqtt", golden="open")
        with pytest.raises(TimeoutError):
            watcher.recv(99)
    assert (verdict.status, verdict.rules) == ("exposed", ["mqtt-anonymous"])
    assert verdict.row.product == "mosquitto"
    assert verdict.row.version.startswith("2.")
    assert verdict.findings[0].severity.word == "high"


@pytest.mark.fleet("mqtt", "open")
def test_rules_that_hide_the_version_do_not_hide_the_broker(mosquitto, see):
    broker = mosquitto(OPEN + "acl_file {dir}/acl\n", acl="topic read public/#\n")
    verdict = see(broker, "mqtt")
    assert (verdict.status, verdict.rules) == ("exposed", ["mqtt-anonymous"])


@pytest.mark.fleet("mqtt", "protected", lint="mosquitto.conf")
def test_passwords_protect(mosquitto, see):
    verdict = see(mosquitto("listener 1883 {address}\nallow_anonymous false\n"), "mqtt", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
    assert "not authorised" in verdict.facts.proof[-1].received


TLS = """
per_listener_settings true
listener 1883 {address}
listener 8883 {address}
allow_anonymous true
cafile {dir}/ca.pem
certfile {dir}/cert.pem
keyfile {dir}/key.pem
"""


@pytest.fixture
def tls_files(server, tmp_path):
    files = server.tls("127.0.0.1", tmp_path)
    return {path.name: path.read_text() for path in (files.ca, files.cert, files.key)}


@pytest.mark.fleet("mqtt", "protected", unlike={"elsewhere": "a demand for a certificate is named by its port alone"})
def test_client_certificates_protect(mosquitto, see, tls_files):
    verdict = see(mosquitto(TLS + "require_certificate true\n", **tls_files), "mqtt", port=8883)
    assert (verdict.status, verdict.rules) == ("protected", [])
    assert "client certificate" in verdict.row.note


@pytest.mark.fleet("mqtt", "open")
def test_tls_without_client_certificates_is_exposed(mosquitto, see, tls_files):
    verdict = see(mosquitto(TLS, **tls_files), "mqtt", port=8883)
    assert (verdict.status, verdict.rules) == ("exposed", ["mqtt-anonymous"])
    assert verdict.row.tls is not None


@pytest.mark.fleet("mqtt", "look-alike")
def test_a_broker_that_is_no_mqtt_is_not_exposed(server, see):
    argv = ["beanstalkd", "-l", "{address}", "-p", "1883"]
    verdict = see(server(argv, [1883], package="beanstalkd"), "mqtt")
    # What it says at home is no MQTT: never exposed, and not heard out either.
    assert (verdict.status, verdict.rules) == ("inconclusive", [])
