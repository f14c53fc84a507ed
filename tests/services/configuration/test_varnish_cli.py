import asyncio

import pytest
from hypothesis import given

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.configuration.varnish_cli import PROBE, VarnishFacts, parse_header, parse_version
from tests.support.hostile import pieces, survives
from tests.support.talks import Say, ScriptedTalk

BANNER = b"-----\nVarnish Cache CLI 1.0\n-----\nvarnish-7.1.1 revision 7cee\n"
OPEN = b"200 %-8d\n" % len(BANNER) + BANNER + b"\n"
LOCKED = b"107 59      \n" + b"x" * 32 + b"\n\nAuthentication required.\n" + b"\n"


def ask(said):
    return asyncio.run(PROBE.ask(ScriptedTalk((Say(said),), PROBE.sends)))


def test_a_banner_is_control_and_a_challenge_a_refusal():
    shown = ask(OPEN)
    assert (shown.access, shown.version) == (Access.CONTROL, "7.1.1")
    assert ask(LOCKED).access is Access.REFUSED


def test_another_text_is_another_product():
    assert ask(b"200 5       \nhello\n") is None


@pytest.mark.parametrize("header", [b"", b"200 276", b"HTTP/1.1 200\n", b"200 99999   \n", b"220 mail    \n"])
def test_other_headers_are_malformed(header):
    with pytest.raises(Malformed):
        parse_header(header)


def test_a_banner_without_its_version():
    assert parse_version(b"Varnish Cache CLI 1.0\n") is None


def test_the_rule_holds_for_what_was_read_alone():
    (rule,) = PROBE.rules
    assert rule.holds(VarnishFacts(access=Access.REFUSED)) is None
    assert rule.holds(VarnishFacts(access=Access.CONTROL))


@given(pieces(OPEN))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


def start(server, *secret):
    argv = ["varnishd", "-F", "-n", "{dir}/work", "-a", "{address}:6081", "-T", "{address}:6082", "-j", "none"]
    return server([*argv, "-b", "127.0.0.1:9", "-s", "malloc,10M", *secret], [6082], package="varnish")


@pytest.mark.fleet("varnish-cli", "open")
def test_a_command_line_without_a_secret_is_exposed(server, see):
    running = start(server, "-S", "none")
    verdict = see(running, "varnish-cli", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["varnish-cli-no-secret"])
    assert see(running).service == "varnish-cli"


@pytest.mark.fleet("varnish-cli", "protected")
def test_a_secret_protects(server, see):
    verdict = see(start(server), "varnish-cli", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
