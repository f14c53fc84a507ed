import asyncio

import pytest
from hypothesis import given

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.development.adb_server import DEVICES, PROBE, VERSION, AdbServerFacts, parse_devices, parse_length
from tests.support.hostile import pieces, survives
from tests.support.talks import Say, ScriptedTalk


def ask(*steps):
    return asyncio.run(PROBE.ask(ScriptedTalk(steps, PROBE.sends)))


def test_version_and_devices_are_told():
    devices = b"emulator-5554\tdevice\nA1B2\toffline\n"
    facts = ask(VERSION, Say(b"OKAY00040029"), DEVICES, Say(b"OKAY%04x" % len(devices) + devices))
    assert (facts.access, facts.version, facts.evidence) == (Access.CONTROL, "1.0.41", {"devices": 2})


def test_serial_numbers_are_not_kept():
    assert parse_devices(b"A1B2\tdevice\nno device here\n") == ["device"]


def test_another_version_is_another_product():
    assert ask(VERSION, Say(b"OKAY0004v1.0")) is None


@pytest.mark.parametrize("status", [b"", b"OKAY", b"FAIL0004", b"OKAYffff", b"OKAY+001", b"OKAY 1_0"])
def test_other_answers_are_malformed(status):
    with pytest.raises(Malformed):
        parse_length(status)


@given(pieces(b"OKAY00040029OKAY0000"))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


def test_an_echo_is_no_server():
    assert survives(PROBE, [VERSION]) is None


def test_the_rule_holds_for_what_was_read_alone():
    (rule,) = PROBE.rules
    assert rule.holds(AdbServerFacts()) is None
    assert rule.holds(AdbServerFacts(access=Access.CONTROL))


ARGV = ["adb", "-P", "5037", "nodaemon", "server"]


@pytest.mark.root
@pytest.mark.fleet("adb-server", "open")
def test_a_server_for_all_addresses_is_exposed(server, cable):
    argv = [ARGV[0], "-a", *ARGV[1:]]
    server(argv, package="adb", prefix=cable.prefix, ready=lambda _: cable.accepts(5037))
    seen = cable.see(5037, "adb-server")
    assert (seen["status"], seen["rules"]) == ("exposed", ["adb-server-open"])


def test_what_it_is_asked_stays_the_same(server, see):
    verdict = see(server(ARGV, [5037], package="adb", address="127.0.0.1"), "adb-server", golden="open")
    assert verdict.row.evidence == {"devices": 0}
    assert verdict.row.version == "1.0.41"
