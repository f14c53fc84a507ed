import asyncio
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.development.svnserve import (
    ANONYMOUS,
    LATEST,
    PROBE,
    REPLY,
    parse_greeting,
    parse_mechanisms,
)
from tests.fleet.plugin import digest_tree
from tests.support.talks import Say, ScriptedTalk

GREETING = Say(b"( success ( 2 2 ( ) ( edit-pipeline svndiff1 absent-entries ) ) ) ")
INFO = Say(b"( success ( ) ) ( success ( 36:uuid 15:svn://localhost ( mergeinfo ) ) ) ")


def ask(*steps):
    return asyncio.run(PROBE.ask(ScriptedTalk((GREETING, REPLY, *steps), PROBE.sends)))


def rules(facts):
    return [rule.id for rule in PROBE.rules if rule.holds(facts)]


def test_a_revision_read_as_anonymous_is_data():
    facts = ask(
        Say(b"( success ( ( ANONYMOUS CRAM-MD5 ) 36:uuid ) ) "), ANONYMOUS, INFO, LATEST,
        Say(b"( success ( ( ) 0: ) ) ( success ( 7 ) ) "),
    )  # fmt: skip
    assert (facts.access, facts.revision, rules(facts)) == (Access.DATA, 7, ["svnserve-anonymous-read"])


def test_mechanisms_with_a_password_protect():
    facts = ask(Say(b"( success ( ( CRAM-MD5 ) 36:uuid ) ) "))
    assert (facts.access, rules(facts)) == (Access.REFUSED, [])


def test_an_anonymous_login_that_may_read_nothing_protects():
    facts = ask(
        Say(b"( success ( ( ANONYMOUS ) 36:uuid ) ) "), ANONYMOUS, INFO, LATEST,
        Say(b"( failure ( ( 170001 20:Authorization failed 0: 0 ) ) ) "),
    )  # fmt: skip
    assert (facts.access, rules(facts)) == (Access.REFUSED, [])


def test_no_repository_at_the_root_leaves_it_identified():
    facts = ask(Say(b"( failure ( ( 210005 43:No repository found in 'svn://localhost' 0: 0 ) ) ) "))
    assert (facts.access, rules(facts)) == (Access.UNKNOWN, [])
    assert facts.note


@given(st.binary(max_size=200))
def test_any_bytes_are_malformed_or_read(data):
    for parse in (parse_greeting, parse_mechanisms):
        for said in (data, b"( success ( " + data, b"( success ( ( " + data):
            try:
                parse(said)
            except Malformed:
                continue


def start(server, conf=""):
    argv = ["svnserve", "-d", "--foreground", "--listen-host", "{address}", "--listen-port", "3690", "-r", "{dir}/srv"]
    server.need("subversion", "svnadmin")
    running = server(argv, [3690], package="subversion", files={"srv/keep": ""})
    (running.directory / "srv/keep").unlink()
    if conf:
        subprocess.run(["svnadmin", "create", str(running.directory / "srv")], check=True)
        (running.directory / "srv/conf/svnserve.conf").write_text(f"[general]\n{conf}\n")
    return running


@pytest.mark.fleet("svnserve", "open")
def test_anonymous_read_is_exposed_and_unchanged(server, see, unchanged):
    running = start(server, "anon-access = read")
    with unchanged(lambda: digest_tree(running.directory / "srv")):
        verdict = see(running, "svnserve", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["svnserve-anonymous-read"])
    assert see(running).service == "svnserve"


@pytest.mark.fleet("svnserve", "protected")
def test_no_anonymous_access_protects(server, see):
    verdict = see(start(server, "anon-access = none\npassword-db = passwd"), "svnserve", golden="password")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.fleet("svnserve", "look-alike")
def test_without_a_repository_at_the_root_it_is_identified(server, see):
    verdict = see(start(server), "svnserve")
    assert (verdict.status, verdict.rules) == ("identified", [])
