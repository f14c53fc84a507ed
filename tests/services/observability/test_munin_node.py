import asyncio

import pytest
from hypothesis import given

from scanner.core.facts import Access
from scanner.services.observability.munin_node import LIST, PROBE, VERSION, MuninFacts, parse_plugins, parse_version
from tests.support.hostile import pieces, survives
from tests.support.talks import Say, ScriptedTalk

GREETING = b"# munin node at web1\n"
NAMED = b"munins node on web1 version: 2.0.73\n"


def ask(*steps):
    return asyncio.run(PROBE.ask(ScriptedTalk(steps, PROBE.sends)))


def test_version_and_plugins_are_told():
    facts = ask(Say(GREETING), VERSION, Say(NAMED), LIST, Say(b"cpu df users\n"))
    assert (facts.access, facts.version) == (Access.METADATA, "2.0.73")
    assert facts.evidence == {"node": "web1", "plugins": ["cpu", "df", "users"]}


def test_another_greeting_is_another_product():
    assert ask(Say(b"220 mail ESMTP\n")) is None


@pytest.mark.parametrize("answer", [b"", b"# Unknown command\n", b"munins node on web1\n", b"x version: 1\n"])
def test_only_its_own_line_names_a_version(answer):
    assert parse_version(answer) is None


def test_names_are_bounded():
    assert len(parse_plugins(b"a " * 2_000)) == 500


@given(pieces(GREETING + NAMED + b"cpu df\n"))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


def test_the_rule_holds_for_what_was_read_alone():
    (rule,) = PROBE.rules
    assert rule.holds(MuninFacts()) is None
    assert rule.holds(MuninFacts(access=Access.METADATA))


def start(server, allow):
    lines = (
        "log_level 4",
        "log_file {dir}/log",
        "pid_file {dir}/pid",
        "background 0",
        "setsid 0",
        "user root",
        "group root",
        "host_name fleet",
        f"allow {allow}",
        "host {address}",
        "port 4949",
    )
    files = {"munin.conf": "\n".join(lines) + "\n"}
    return server(
        ["munin-node", "--config", "{dir}/munin.conf", "--foreground"], [4949], package="munin-node", files=files
    )


@pytest.mark.root
@pytest.mark.fleet("munin-node", "open")
def test_a_node_for_all_addresses_is_exposed(server, see):
    running = start(server, "^.*$")
    verdict = see(running, "munin-node", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["munin-node-answers-anybody"])
    assert verdict.row.version.startswith("2.")
    assert see(running, "observability").service == "munin-node"


@pytest.mark.root
@pytest.mark.fleet("munin-node", "protected", unlike={"odd": "whoever hangs up at everybody is just open elsewhere"})
def test_a_node_for_another_address_is_not_heard(server, see):
    verdict = see(start(server, "^192\\.0\\.2\\.1$"), "munin-node")
    assert verdict.rules == []
    assert verdict.status != "exposed"
