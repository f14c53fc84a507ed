import asyncio

import pytest
from hypothesis import given

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.infrastructure.rdp import PROBE, REQUEST, RdpFacts, parse_confirm, parse_length
from tests.support.hostile import pieces, survives
from tests.support.talks import Say, ScriptedTalk


def confirm(kind: int, value: int) -> bytes:
    return bytes.fromhex("030000130ed00000123400") + bytes([kind, 0, 8, 0]) + value.to_bytes(4, "little")


@pytest.mark.parametrize(
    ("kind", "value", "access"),
    [
        (2, 0, Access.METADATA),
        (2, 1, Access.METADATA),
        (3, 2, Access.METADATA),
        (3, 3, Access.METADATA),
        (3, 5, Access.REFUSED),
    ],
)
def test_what_is_negotiated_decides(kind, value, access):
    talk = ScriptedTalk((REQUEST, Say(confirm(kind, value))), PROBE.sends)
    assert asyncio.run(PROBE.ask(talk)).access is access


@pytest.mark.parametrize("packet", [b"", confirm(2, 9)[4:], confirm(1, 1)[4:], confirm(2, 1)[4:-1]])
def test_other_confirms_are_malformed(packet):
    with pytest.raises(Malformed):
        parse_confirm(packet)


@pytest.mark.parametrize("header", [b"", b"\x03\0\0\x04", b"\x03\0\xff\xff", b"\x04\0\0\x13"])
def test_other_headers_are_malformed(header):
    with pytest.raises(Malformed):
        parse_length(header)


@given(pieces(confirm(2, 1)))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


def test_an_echo_is_no_desktop():
    assert survives(PROBE, [REQUEST]) is None


def test_the_rule_holds_without_nla_alone():
    (rule,) = PROBE.rules
    assert rule.holds(RdpFacts(access=Access.REFUSED)) is None
    assert rule.holds(RdpFacts(access=Access.METADATA))


SETTINGS = """[Globals]
port=tcp://{address}:3389
fork=true
security_layer=tls
certificate={dir}/cert.pem
key_file={dir}/key.pem
[Logging]
LogFile={dir}/xrdp.log
[Xvnc]
name=Xvnc
lib=libvnc.so
"""


@pytest.mark.fleet("rdp", "open")
def test_a_desktop_without_nla_is_exposed(server, see):
    running = server(
        ["xrdp", "--nodaemon", "--config", "{dir}/xrdp.ini"], [3389], package="xrdp", files={"xrdp.ini": SETTINGS}
    )
    verdict = see(running, "rdp", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["rdp-no-nla"])
    assert see(running, "infrastructure").service == "rdp"
