import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.development.gdbserver import ASK_FEATURES, PROBE, parse_features
from tests.support.talks import Say, ScriptedTalk


def packet(body):
    return b"$" + body + b"#%02x" % (sum(body) % 256)


def ask(*steps):
    return asyncio.run(PROBE.ask(ScriptedTalk((ASK_FEATURES, *steps), PROBE.sends)))


def test_features_identify_and_prove_no_more():
    facts = ask(Say(b"+" + packet(b"PacketSize=3fff;QPassSignals+")))
    assert (facts.access, facts.evidence) == (Access.UNKNOWN, {"features": 2})
    assert facts.note


def test_an_echo_is_no_stub():
    with pytest.raises(Malformed):
        ask(Say(ASK_FEATURES))


def test_it_is_asked_by_name_only():
    assert PROBE.opt_in
    assert PROBE.only_default_ports


@pytest.mark.parametrize("said", [packet(b""), b"+$PacketSize=3fff#00", b"$OK#9a", b"-", b""])
def test_other_packets_are_malformed(said):
    with pytest.raises(Malformed):
        parse_features(said)


@given(st.binary(max_size=60))
def test_any_bytes_are_malformed_or_read(data):
    for said in (data, packet(data), b"+" + packet(b"PacketSize=" + data)):
        try:
            parse_features(said)
        except Malformed:
            continue


@pytest.mark.root
@pytest.mark.fleet("gdbserver", "open")
def test_a_real_stub_is_identified(server, see):
    # By itself it listens on every address, and stops listening while it has a client.
    server.need("gdbserver", "gdbserver")
    files = {
        "inetd.conf": "{address}:2345 stream tcp nowait root /bin/sh sh {dir}/stub\n",
        "stub": "exec gdbserver --multi stdio 2>{dir}/stub.log\n",
    }
    running = server(["inetd", "-i", "{dir}/inetd.conf"], [2345], package="openbsd-inetd", files=files)
    verdict = see(running, "gdbserver", golden="multi")
    assert (verdict.status, verdict.rules) == ("identified", [])
