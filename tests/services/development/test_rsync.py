import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.development.rsync import HELLO, LIST, PROBE, parse_choice, parse_greeting, parse_modules
from tests.fleet.plugin import digest_tree
from tests.support.talks import Hang, Say, ScriptedTalk

GREETING = Say(b"@RSYNCD: 31.0 sha512 sha256 sha1 md5 md4\n")
LISTING = Say(b"Welcome\n\nfiles          \tAll files\nsecret         \t\n@RSYNCD: EXIT\n")
DENIED = b"@ERROR: access denied to files from localhost (127.0.0.1)\n"


def ask(*steps):
    return asyncio.run(PROBE.ask(ScriptedTalk(steps, PROBE.sends)))


def listed(*choices):
    steps = [GREETING, HELLO, LIST, LISTING]
    for name, choice in zip((b"files\n", b"secret\n"), choices, strict=False):
        steps += [GREETING, HELLO, name, Say(choice)]
    return ask(*steps)


def rules(facts):
    return [rule.id for rule in PROBE.rules if rule.holds(facts)]


def test_a_module_that_opens_is_data_and_one_with_a_password_is_not():
    facts = listed(b"Welcome\n@RSYNCD: OK\n", b"@RSYNCD: AUTHREQD YWJj\n")
    assert (facts.access, facts.readable, facts.modules) == (Access.DATA, ("files",), 2)
    assert rules(facts) == ["rsync-module-no-password"]
    assert facts.proof[-1] == ("module files", "open")
    assert facts.evidence["module_names"] == ["files: open", "secret: password"]


def test_passwords_and_refused_addresses_protect():
    facts = listed(DENIED, b"@RSYNCD: AUTHREQD YWJj\n")
    assert (facts.access, rules(facts)) == (Access.REFUSED, [])


def test_hidden_modules_leave_it_identified():
    facts = ask(GREETING, HELLO, LIST, Say(b"@RSYNCD: EXIT\n"))
    assert (facts.access, rules(facts)) == (Access.UNKNOWN, [])
    assert facts.note


def test_a_module_named_like_a_forbidden_word_is_left_out():
    listing = Say(b"SET\tx\nfiles\t\n@RSYNCD: EXIT\n")
    facts = ask(GREETING, HELLO, LIST, listing, GREETING, HELLO, GREETING, HELLO, b"files\n", Say(b"@RSYNCD: OK\n"))
    assert facts.evidence["module_names"] == ["SET: not asked", "files: open"]


def test_a_daemon_that_hangs_up_afterwards_is_still_identified():
    facts = ask(GREETING, HELLO, LIST, LISTING, GREETING, HELLO, b"files\n", Hang())
    assert facts.access is Access.UNKNOWN


@pytest.mark.parametrize("greeting", [b"220 ftp ready\n", b"@RSYNCD: EXIT\n", b"@RSYNCD:\n", b"+OK\n"])
def test_other_greetings_are_not_rsync(greeting):
    with pytest.raises(Malformed):
        parse_greeting(greeting)


@given(st.binary(max_size=300))
def test_any_bytes_are_malformed_or_read(data):
    parse_modules(data)
    for parse in (parse_greeting, parse_choice):
        try:
            parse(data)
        except Malformed:
            continue


CONF = """
use chroot = no
address = {address}
port = 873
[files]
path = {dir}/files
comment = all files
"""
CLOSED = "auth users = backup\nsecrets file = {dir}/secrets\n"


def start(server, conf):
    files = {"rsyncd.conf": conf, "secrets": "backup:s3cret\n", "files/a.txt": "content"}
    argv = ["rsync", "--daemon", "--no-detach", "--config={dir}/rsyncd.conf"]
    return server(argv, [873], package="rsync", files=files)


@pytest.mark.fleet("rsync", "open")
def test_a_module_without_a_password_is_exposed_and_unchanged(server, see, unchanged):
    running = start(server, CONF)
    with unchanged(lambda: digest_tree(running.directory / "files")):
        verdict = see(running, "rsync", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["rsync-module-no-password"])
    assert verdict.row.evidence["module_names"] == ["files: open"]
    assert see(running).service == "rsync"


@pytest.mark.fleet("rsync", "protected")
@pytest.mark.parametrize("lock", [CLOSED, "hosts allow = 192.0.2.1\n"])
def test_a_password_or_a_list_of_hosts_protects(server, see, lock):
    verdict = see(start(server, CONF + lock), "rsync")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.fleet("rsync", "look-alike")
def test_a_hidden_module_is_not_guessed(server, see):
    verdict = see(start(server, CONF + "list = no\n"), "rsync", golden="hidden")
    assert (verdict.status, verdict.rules) == ("identified", [])
