import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.files.smb import PROBE
from scanner.wire import smb2
from tests.fleet.around import SILENT
from tests.fleet.namespaces import SERVER
from tests.fleet.plugin import digest_tree
from tests.support.talks import Say, ScriptedTalk

SESSION = b"\1\2\3\4\5\6\7\x08"
NEGOTIATED = b"A\0\1\0\2\3" + bytes(58)
NAMES = b"\2\0\4\0D\0O\0" + bytes(4)
CHALLENGE = (
    b"\x09\0\0\0\x48\0\0\0" + b"NTLMSSP\0\2\0\0\0" + bytes(28) + len(NAMES).to_bytes(2, "little") * 2 + b"\x30\0\0\0"
)


def answer(command, status, body, session=SESSION, tree=bytes(4)):
    header = (
        b"\xfeSMB\x40\0\0\0" + status.to_bytes(4, "little") + command.to_bytes(2, "little") + bytes(2) + b"\1\0\0\0"
    )
    return Say(smb2.frame(header + bytes(16) + tree + session + bytes(16) + body))


HELLO = (
    smb2.negotiate(),
    answer(smb2.NEGOTIATE, 0, NEGOTIATED),
    smb2.session_setup(1, smb2.ntlm_hello()),
    answer(smb2.SESSION_SETUP, smb2.MORE_PROCESSING, CHALLENGE + NAMES),
    smb2.session_setup(2, smb2.ntlm_nobody(), session=SESSION),
)


def ask(*steps):
    return asyncio.run(PROBE.ask(ScriptedTalk((*HELLO, *steps), PROBE.sends)))


def rules(facts):
    return [rule.id for rule in PROBE.rules if rule.holds(facts)]


@pytest.mark.parametrize("status", [0xC0000022, 0xC000006D])
def test_a_refused_login_protects(status):
    facts = ask(answer(smb2.SESSION_SETUP, status, bytes(8)))
    assert (facts.access, facts.evidence["domain"], rules(facts)) == (Access.REFUSED, "DO", [])


@pytest.mark.parametrize(("status", "reason"), [(0xC0000034, "undecided"), (0xC00000CE, "refused-later")])
def test_a_status_that_says_nothing_of_rights_is_no_refusal(status, reason):
    facts = ask(answer(smb2.SESSION_SETUP, status, bytes(8)))
    assert (facts.access, facts.unheard) == (Access.UNKNOWN, reason)


def test_a_login_whose_pipes_are_closed_protects():
    facts = ask(
        answer(smb2.SESSION_SETUP, 0, b"\x09\0\2\0" + bytes(4)),
        smb2.tree_connect(3, "\\\\server\\IPC$", session=SESSION),
        answer(smb2.TREE_CONNECT, 0xC0000022, bytes(9)),
    )
    assert (facts.access, rules(facts)) == (Access.REFUSED, [])


def test_another_protocol_is_malformed():
    with pytest.raises(Malformed):
        asyncio.run(PROBE.ask(ScriptedTalk((smb2.negotiate(), Say(smb2.negotiate())), PROBE.sends)))


@given(st.binary(max_size=120), st.integers(0, 80))
def test_any_bytes_are_malformed_or_read(data, cut):
    for parse in (smb2.parse_negotiated, smb2.parse_target, smb2.parse_pipe_data, smb2.parse_shares):
        for said in (data, (CHALLENGE + NAMES)[:cut] + data, NEGOTIATED[:cut] + data, b"\5\0\2" + bytes(21) + data):
            try:
                parse(said)
            except Malformed:
                continue
    with pytest.raises(Malformed):
        smb2.parse_answer(data, smb2.NEGOTIATE)


CONF = """
[global]
smb ports = 445
disable netbios = yes
server role = standalone server
workgroup = FLEET
private dir = {dir}/private
lock directory = {dir}/lock
state directory = {dir}/state
cache directory = {dir}/cache
pid directory = {dir}
ncalrpc dir = {dir}/ncalrpc
log file = {dir}/smb.log
load printers = no
%s
[pub]
path = {dir}/pub
guest ok = yes
read only = yes
"""


def start(server, cable, rules):
    # It wants an interface of its own to listen on: a namespace has one.
    files = {"smb.conf": CONF % rules, "pub/a.txt": "content"}
    files |= {f"{name}/keep": "" for name in ("private", "lock", "state", "cache", "ncalrpc")}
    return server(
        ["smbd", "-F", "--no-process-group", "-s", "{dir}/smb.conf"],
        [445],
        package="samba",
        files=files,
        prefix=cable.prefix,
        address=SERVER,
        ready=lambda _: cable.accepts(445),
    )


@pytest.mark.root
@pytest.mark.fleet("smb", "open", unlike={"odd": SILENT})
def test_a_null_session_that_lists_shares_is_exposed_and_unchanged(server, cable, unchanged):
    running = start(server, cable, "restrict anonymous = 0")
    with unchanged(lambda: digest_tree(running.directory / "pub")):
        seen = cable.see(445, "smb")
    assert (seen["status"], seen["rules"]) == ("exposed", ["smb-null-session"]), seen
    assert seen["proof"][-1][1].startswith("1 share, ")


@pytest.mark.root
@pytest.mark.fleet("smb", "protected", unlike={"odd": SILENT})
def test_restrict_anonymous_protects(server, cable):
    start(server, cable, "restrict anonymous = 2")
    seen = cable.see(445, "smb")
    assert (seen["status"], seen["rules"]) == ("protected", []), seen
