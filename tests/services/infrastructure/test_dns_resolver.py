import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.infrastructure.dns_resolver import PROBE, TCP_QUESTION, _number, parse_reply, parse_version
from tests.support.talks import Say, ScriptedDatagrams, ScriptedTalk
from tests.support.udp import listens

AVAILABLE, NOT_AVAILABLE = 0x80, 0x00


def reply(question, recursion, code, text=None):
    head = question[:2] + bytes([0x81, recursion | code]) + b"\0\1" + (b"\0\1" if text else b"\0\0") + bytes(4)
    record = (
        b"\xc0\x0c\0\x10\0\3" + bytes(4) + (len(text) + 1).to_bytes(2, "big") + bytes([len(text)]) + text
        if text
        else b""
    )
    return head + question[12:] + record


def ask(recursion, code, text=None):
    def answer(question):
        if b"bind" in question:
            return reply(question, recursion, 0, text) if text else None
        return reply(question, recursion, code)

    return asyncio.run(PROBE.ask_datagram(ScriptedDatagrams(answer, PROBE.sends)))


def rules(facts):
    return [rule.id for rule in PROBE.rules if rule.holds(facts)]


@pytest.mark.parametrize("code", [0, 2, 3])
def test_recursion_for_strangers_is_exposed(code):
    facts = ask(AVAILABLE, code, b"unbound 1.17.1")
    assert (facts.access, facts.version, rules(facts)) == (Access.METADATA, "1.17.1", ["dns-open-resolver"])


@pytest.mark.parametrize(
    ("recursion", "code"), [(AVAILABLE, 5), (NOT_AVAILABLE, 5), (NOT_AVAILABLE, 0), (NOT_AVAILABLE, 3)]
)
def test_a_refusal_or_no_recursion_protects(recursion, code):
    facts = ask(recursion, code)
    assert (facts.access, rules(facts)) == (Access.REFUSED, [])


def test_the_same_over_tcp():
    answer = reply(TCP_QUESTION[2:], AVAILABLE, 3)
    steps = [TCP_QUESTION, Say(len(answer).to_bytes(2, "big") + answer)]
    assert asyncio.run(PROBE.ask(ScriptedTalk(steps, PROBE.sends))).access is Access.METADATA


def test_an_echo_is_no_answer():
    with pytest.raises(Malformed):
        parse_reply(TCP_QUESTION[2:], TCP_QUESTION[2:])


@pytest.mark.parametrize(
    ("text", "number"), [("dnsmasq-2.90", "2.90"), ("9.18.49-1", "9.18.49-1"), ("none", None), (None, None)]
)
def test_a_version_is_a_number(text, number):
    assert _number(text) == number


@given(st.binary(max_size=60), st.integers(0, 60))
def test_any_bytes_are_malformed_or_read(data, cut):
    asked = TCP_QUESTION[2:]
    whole = reply(asked, AVAILABLE, 0, b"text")
    for said in (data, whole[:cut] + data, whole[:cut] + data + whole[cut + len(data) :]):
        for parse in (parse_reply, parse_version):
            try:
                parse(said, asked)
            except Malformed:
                continue


UNBOUND = """
server:
  directory: "{dir}"
  pidfile: "{dir}/pid"
  username: ""
  chroot: ""
  use-syslog: no
  interface: {address}
  port: 53
  do-not-query-localhost: no
  access-control: 127.0.0.0/8 %s
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@1
"""


def unbound(server, manners):
    return server(["unbound", "-d", "-c", "{dir}/u.conf"], [53], package="unbound", files={"u.conf": UNBOUND % manners})


@pytest.mark.root
@pytest.mark.fleet("dns-resolver", "open")
def test_an_open_unbound_is_exposed(server, see):
    running = unbound(server, "allow")
    verdict = see(running, "dns-resolver", transport="udp", golden="unbound")
    assert (verdict.status, verdict.rules) == ("exposed", ["dns-open-resolver"])
    assert verdict.row.version[:2] == "1."
    assert see(running, "dns-resolver", golden="tcp").status == "exposed"
    assert see(running).service == "dns-resolver"


@pytest.mark.root
@pytest.mark.fleet("dns-resolver", "protected", transport="udp")
def test_an_unbound_that_refuses_is_protected(server, see):
    verdict = see(unbound(server, "refuse"), "dns-resolver", transport="udp")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.root
@pytest.mark.fleet("dns-resolver", "open", transport="udp")
def test_dnsmasq_is_exposed(server, see):
    argv = ["dnsmasq", "-k", "--conf-file=/dev/null", "--listen-address={address}", "--bind-interfaces", "--no-resolv",
            "--local=/invalid/", "--user=root", "--pid-file={dir}/pid", "--log-facility=-"]  # fmt: skip
    running = server(argv, package="dnsmasq-base", ready=listens(53))
    verdict = see(running, "dns-resolver", port=53, transport="udp")
    assert verdict.status == "exposed"
