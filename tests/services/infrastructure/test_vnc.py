import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.infrastructure.vnc import CHOOSE_VENCRYPT, PROBE, VENCRYPT_VERSION, parse_version
from tests.support.talks import Say, ScriptedTalk

V3, V8 = b"RFB 003.003\n", b"RFB 003.008\n"


def ask(*steps):
    return asyncio.run(PROBE.ask(ScriptedTalk(steps, PROBE.sends)))


def rules(facts):
    return [rule.id for rule in PROBE.rules if rule.holds(facts)]


@pytest.mark.parametrize("steps", [(Say(V8), V8, Say(b"\2\1\2")), (Say(V3), V3, Say(b"\0\0\0\1"))])
def test_the_type_none_is_control(steps):
    facts = ask(*steps)
    assert (facts.access, rules(facts)) == (Access.CONTROL, ["vnc-no-password"])


@pytest.mark.parametrize("steps", [(Say(V8), V8, Say(b"\1\2")), (Say(V3), V3, Say(b"\0\0\0\2"))])
def test_a_password_protects(steps):
    facts = ask(*steps)
    assert (facts.access, rules(facts)) == (Access.REFUSED, [])


@pytest.mark.parametrize(("inner", "access"), [(257, Access.CONTROL), (258, Access.REFUSED), (261, Access.REFUSED)])
def test_vencrypt_is_judged_by_its_own_list(inner, access):
    facts = ask(
        Say(V8), V8, Say(b"\1\x13"), CHOOSE_VENCRYPT, Say(b"\0\2"), VENCRYPT_VERSION,
        Say(b"\0\1" + inner.to_bytes(4, "big")),
    )  # fmt: skip
    assert facts.access is access


def test_types_that_only_tls_tells_are_unknown():
    facts = ask(Say(V8), V8, Say(b"\1\x12"))
    assert (facts.access, rules(facts)) == (Access.UNKNOWN, [])


def test_a_refusal_without_types_keeps_its_reason():
    facts = ask(Say(V8), V8, Say(b"\0\0\0\0\x08too many"))
    assert facts.note == "it declines: too many"


@given(st.binary(max_size=20))
def test_any_bytes_are_malformed_or_read(data):
    for said in (data, b"RFB " + data):
        try:
            parse_version(said)
        except Malformed:
            continue


def start(server, *more, files=None):
    # The display's number names an abstract socket, which X insists on.
    argv = [
        "Xtigervnc", f":{random.randint(2_000, 30_000)}", "-interface", "{address}", "-rfbport", "5901",
        "-nolisten", "tcp", "-nolisten", "unix", "-nolock", "-geometry", "320x200", "-depth", "16",
        # Five looks without a password close it for ten seconds.
        "-BlacklistThreshold", "100", *more,
    ]  # fmt: skip
    return server(argv, [5901], package="tigervnc-standalone-server", files=files)


@pytest.mark.fleet(
    "vnc", "open", lint="selenium/standalone-chrome:4.21", given={"environment": {"SE_VNC_NO_PASSWORD": "1"}}
)
@pytest.mark.parametrize(("types", "golden"), [("None", "open"), ("TLSNone", "tls-none")])
def test_a_screen_without_a_password_is_exposed(server, see, types, golden):
    running = start(server, "-SecurityTypes", types)
    verdict = see(running, "vnc", golden=golden)
    assert (verdict.status, verdict.rules) == ("exposed", ["vnc-no-password"])
    assert see(running).service == "vnc"


@pytest.mark.fleet("vnc", "protected", lint="selenium/standalone-chrome:4.21", given={})
@pytest.mark.parametrize(("types", "golden"), [("VncAuth", "password"), ("TLSVnc", "tls-vnc")])
def test_a_password_protects_a_real_screen(server, see, types, golden):
    verdict = see(
        start(server, "-SecurityTypes", types, "-PasswordFile", "{dir}/p", files={"p": "x" * 8}), "vnc", golden=golden
    )
    assert (verdict.status, verdict.rules) == ("protected", [])
