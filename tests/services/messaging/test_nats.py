import asyncio

import pytest
from hypothesis import given

from scanner.core.errors import ClosedEarly, Malformed
from scanner.core.facts import Access
from scanner.services.messaging.nats import CONNECT, PING, PROBE, NatsFacts, parse_info
from tests.support.hostile import pieces, survives
from tests.support.talks import Hang, Say, ScriptedTalk

INFO = b'INFO {"server_id":"NDDY","version":"2.9.10","go":"go1.19.8","max_payload":1048576,"jetstream":true} \r\n'


def ask(*steps):
    talk = ScriptedTalk(steps, PROBE.sends)
    return asyncio.run(PROBE.ask(talk))


@pytest.mark.parametrize(
    ("steps", "access"),
    [
        ((Say(INFO), CONNECT, PING, Say(b"PONG\r\n")), Access.DATA),
        ((Say(INFO), CONNECT, PING, Say(b"PING\r\n+OK\r\nPONG\r\n")), Access.DATA),
        ((Say(INFO), CONNECT, PING, Say(b"-ERR 'Authorization Violation'\r\n")), Access.REFUSED),
        ((Say(INFO), CONNECT, PING, Hang()), Access.UNKNOWN),
        ((Say(INFO), CONNECT, PING, Say(b"HELLO\r\n")), Access.UNKNOWN),
        ((Say(INFO), CONNECT, PING, Say(b"-ERR 'Unknown Protocol Operation'\r\n")), Access.UNKNOWN),
    ],
)
def test_the_answer_to_connect_decides(steps, access):
    facts = ask(*steps)
    assert facts.access is access
    assert facts.version == "2.9.10"


def test_tls_is_begun_where_the_server_requires_it():
    info = b'INFO {"server_id":"N","version":"2.9.10","max_payload":1,"tls_required":true}\r\n'
    talk = ScriptedTalk((Say(info), CONNECT, PING, Say(b"PONG\r\n")), PROBE.sends)
    assert asyncio.run(PROBE.ask(talk)).access is Access.DATA
    assert talk.tls is not None


@pytest.mark.parametrize(
    "message",
    [b"", b"INFO", b"INFO []\r\n", b"INFO {}\r\n", b'INFO {"server_id":"x"}\r\n', b"-ERR x\r\n", b"INFO \xff{"],
)
def test_other_messages_are_malformed(message):
    with pytest.raises(Malformed):
        parse_info(message)


def test_a_silent_peer_is_not_nats():
    with pytest.raises(ClosedEarly):
        ask(Hang())
    assert survives(PROBE, [], closes=False) is None


@given(pieces(INFO + b"PONG\r\n", INFO + b"-ERR 'Authorization Violation'\r\n"))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


def test_the_rule_holds_for_accepted_clients_alone():
    (rule,) = PROBE.rules
    assert rule.holds(NatsFacts(access=Access.REFUSED)) is None
    assert "stored streams" not in rule.holds(NatsFacts(access=Access.DATA))
    assert "stored streams" in rule.holds(NatsFacts(access=Access.DATA, jetstream=True))


@pytest.fixture
def nats(server):
    def start(*options, conf="", **how):
        argv = ["nats-server", "-a", "{address}", "-p", "4222", *options]
        return server([*argv, "-c", "{dir}/nats.conf"], [4222], package="nats-server", files={"nats.conf": conf}, **how)

    return start


@pytest.mark.fleet("nats", "open", lint="nats:2.9", given={})
def test_a_plain_server_is_exposed(nats, see):
    verdict = see(nats(), "nats", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["nats-no-auth"])
    assert verdict.row.version.startswith("2.")


@pytest.mark.fleet("nats", "open")
def test_a_user_for_those_without_credentials_is_exposed(nats, see):
    conf = 'accounts { A { users = [{ user: guest, password: "x" }] } }\nno_auth_user: guest\n'
    verdict = see(nats(conf=conf), "nats")
    assert (verdict.status, verdict.rules) == ("exposed", ["nats-no-auth"])


@pytest.mark.fleet("nats", "protected", lint="nats:2.9")
def test_users_protect(nats, see):
    verdict = see(nats("--user", "u", "--pass", "p"), "nats", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
    assert "Authorization Violation" in verdict.facts.proof[-1].received


@pytest.mark.fleet("nats", "open")
def test_tls_without_users_is_exposed(nats, see, server, tmp_path):
    tls = server.tls("127.0.0.1", tmp_path)
    verdict = see(nats("--tls", f"--tlscert={tls.cert}", f"--tlskey={tls.key}"), "nats")
    assert (verdict.status, verdict.rules) == ("exposed", ["nats-no-auth"])
    assert verdict.row.tls is not None


@pytest.mark.fleet("nats", "protected")
def test_client_certificates_protect(nats, see, server, tmp_path):
    tls = server.tls("127.0.0.1", tmp_path)
    options = ("--tlsverify", f"--tlscert={tls.cert}", f"--tlskey={tls.key}", f"--tlscacert={tls.ca}")
    verdict = see(nats(*options), "nats")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.fleet("nats", "look-alike")
def test_a_port_between_servers_is_identified_and_nothing_is_sent_to_it(nats, see):
    running = nats("--cluster", "nats://{address}:6222", "--cluster_name", "fleet")
    verdict = see(running, "nats", port=6222, golden="cluster")
    assert (verdict.status, verdict.rules) == ("identified", [])
    assert verdict.transcript.sent == []


@pytest.mark.fleet("nats", "look-alike")
def test_a_server_that_only_says_info_is_not_exposed(server, see):
    script = (
        "import socket; s=socket.create_server(('{address}',4222));\n"
        "while True: c,_=s.accept(); c.sendall(b'INFO {}\\r\\n'); c.recv(99); c.close()"
    )
    verdict = see(server(["python3", "-c", script], [4222], package="python3"), "nats")
    # It greeted as NATS at home and hung up: never exposed, and never called clean.
    assert (verdict.status, verdict.rules) == ("inconclusive", [])
