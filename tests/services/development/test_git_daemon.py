import asyncio
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.development.git_daemon import ASK_ROOT, PROBE, parse_length, parse_ref
from tests.fleet.plugin import digest_tree
from tests.support.talks import Say, ScriptedTalk

DIGEST = b"0" * 40


def packet(text):
    return b"%04x" % (len(text) + 4) + text


def ask(*said):
    return asyncio.run(PROBE.ask(ScriptedTalk((ASK_ROOT, *map(Say, said)), PROBE.sends)))


def test_advertised_refs_are_data():
    head = packet(DIGEST + b" HEAD\0multi_ack agent=git/2.39.5-Linux\n")
    facts = ask(head + packet(DIGEST + b" refs/heads/main\n") + b"0000")
    assert (facts.access, facts.refs, facts.version) == (Access.DATA, 2, "2.39.5-Linux")
    assert [rule.id for rule in PROBE.rules if rule.holds(facts)] == ["git-daemon-readable"]


def test_its_own_error_identifies_it():
    facts = ask(packet(b"ERR access denied or repository not exported: /"))
    assert (facts.access, [rule for rule in PROBE.rules if rule.holds(facts)]) == (Access.UNKNOWN, [])
    assert facts.note


def test_another_error_is_another_product():
    assert ask(packet(b"ERR go away")) is None


@pytest.mark.parametrize("head", [b"HTTP", b"-001", b"0001", b"zz", b"FFFF", b"fffe"])
def test_other_lengths_are_malformed(head):
    with pytest.raises(Malformed):
        parse_length(head)


@given(st.binary(max_size=100))
def test_any_bytes_are_malformed_or_read(data):
    for parse in (parse_length, parse_ref):
        try:
            parse(data)
        except Malformed:
            continue


COMMIT = "-c user.name=a -c user.email=a@b commit-tree -m x 4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def git(running, words):
    argv = ["git", *words.split()]
    return subprocess.run(argv, cwd=running.directory / "srv", check=True, capture_output=True, text=True).stdout


def start(server, *more):
    argv = ["git", "daemon", "--reuseaddr", "--base-path={dir}/srv", "--listen={address}", "--port=9418", *more]
    running = server(argv, [9418], package="git", files={"srv/keep": ""})
    for words in ("init -q --bare .", "hash-object -t tree -w /dev/null"):
        git(running, words)
    git(running, f"update-ref refs/heads/main {git(running, COMMIT)}")
    return running


@pytest.mark.fleet("git-daemon", "open")
def test_a_repository_at_the_root_is_exposed_and_unchanged(server, see, unchanged):
    running = start(server, "--export-all")
    with unchanged(lambda: digest_tree(running.directory / "srv")):
        verdict = see(running, "git-daemon", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["git-daemon-readable"])
    assert see(running).service == "git-daemon"


@pytest.mark.fleet("git-daemon", "protected")
@pytest.mark.parametrize("more", [(), ("--informative-errors",)])
def test_a_repository_that_is_not_exported_is_identified(server, see, more):
    verdict = see(start(server, *more), "git-daemon")
    assert (verdict.status, verdict.rules) == ("identified", [])
