import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.infrastructure.telnet import PROBE, parse_prompt, parse_stream
from tests.support.talks import Hush, Say, ScriptedTalk

DO_TYPE, WONT_TYPE = b"\xff\xfd\x18", b"\xff\xfc\x18"
WILL_ECHO, DONT_ECHO = b"\xff\xfb\x01", b"\xff\xfe\x01"


def ask(*steps):
    return asyncio.run(PROBE.ask(ScriptedTalk(steps, PROBE.sends)))


def rules(facts):
    return [rule.id for rule in PROBE.rules if rule.holds(facts)]


def test_a_login_is_asked_for_in_clear_text():
    facts = ask(Say(DO_TYPE), WONT_TYPE, Say(WILL_ECHO + b"\r\nDebian\r\nhost login: "))
    assert (facts.access, rules(facts)) == (Access.REFUSED, ["telnet-clear-text"])


def test_a_shell_without_a_login_is_control():
    facts = ask(Say(WILL_ECHO), DONT_ECHO, Say(b"\r\nBusyBox v1.35\r\n/ # "))
    assert (facts.access, rules(facts)) == (Access.CONTROL, ["telnet-shell-no-login", "telnet-clear-text"])


def test_options_alone_identify():
    facts = ask(Say(DO_TYPE), WONT_TYPE, Hush())
    assert (facts.access, rules(facts)) == (Access.UNKNOWN, ["telnet-clear-text"])


def test_text_alone_is_another_product():
    assert ask(Say(b"login: ")) is None


@pytest.mark.parametrize(
    ("text", "access"),
    [
        (b"Username: ", Access.REFUSED),
        (b"Password:", Access.REFUSED),
        (b"root@host:~# ", Access.CONTROL),
        (b"[admin@router] ", Access.UNKNOWN),
        (b"# a remark that goes on", Access.UNKNOWN),
        (b"Price: 5 $\r\nWelcome", Access.UNKNOWN),
        (b"", Access.UNKNOWN),
    ],
)
def test_the_last_line_is_the_prompt(text, access):
    assert parse_prompt(text) is access


@given(st.binary(max_size=60))
def test_any_bytes_are_malformed_or_read(data):
    for said in (data, b"\xff" + data, DO_TYPE + data):
        try:
            _, text = parse_stream(said)
            parse_prompt(text)
        except Malformed:
            continue


CONF = "{address}:23 stream tcp nowait root /usr/sbin/telnetd telnetd -E %s\n"


def start(server, program):
    server.need("inetutils-telnetd", "telnetd")
    files = {
        "inetd.conf": CONF % program,
        "sh": "#!/bin/sh\nPS1='# ' exec /bin/sh -i\n",
        "login": "#!/bin/sh\nprintf 'host login: '\nread x\n",
    }
    argv = ["sh", "-c", "chmod 755 {dir}/sh {dir}/login; exec inetd -i {dir}/inetd.conf"]
    return server(argv, [23], package="openbsd-inetd", files=files)


@pytest.mark.root
@pytest.mark.fleet("telnet", "open", unlike={"in TLS": "it is a risk of clear text, which TLS takes away"})
def test_a_shell_behind_a_real_server_is_exposed(server, see):
    running = start(server, "{dir}/sh")
    verdict = see(running, "telnet")
    assert (verdict.status, set(verdict.rules)) == ("exposed", {"telnet-shell-no-login", "telnet-clear-text"})
    assert see(running).service == "telnet"


@pytest.mark.root
@pytest.mark.fleet("telnet", "protected", unlike={"in TLS": "it is a risk of clear text, which TLS takes away"})
def test_a_login_behind_a_real_server_is_protected_and_in_clear_text(server, see):
    verdict = see(start(server, "{dir}/login"), "telnet")
    assert (verdict.status, verdict.rules) == ("protected", ["telnet-clear-text"])
