import asyncio

import pytest
from hypothesis import given

from scanner.core.facts import Access
from scanner.services.files.mpd import COMMANDS, PROBE, parse_commands
from tests.support.hostile import pieces, survives
from tests.support.talks import Say, ScriptedTalk

GREETING = b"OK MPD 0.23.5\n"
SETTINGS = """bind_to_address "{address}"
port "6600"
db_file "{dir}/db"
music_directory "{dir}"
audio_output {
type "null"
name "none"
}
"""
LOGIN = 'password "x@read,add,control,admin"\ndefault_permissions ""\n'


def ask(*steps):
    return asyncio.run(PROBE.ask(ScriptedTalk(steps, PROBE.sends)))


@pytest.mark.parametrize(
    ("commands", "access", "rules"),
    [
        (b"command: add\ncommand: status\nOK\n", Access.CONTROL, ["mpd-no-password"]),
        (b"command: status\nOK\n", Access.METADATA, []),
        (b"command: close\ncommand: password\nOK\n", Access.REFUSED, []),
    ],
)
def test_what_it_allows_decides(commands, access, rules):
    facts = ask(Say(GREETING), COMMANDS, Say(commands))
    assert (facts.access, [rule.id for rule in PROBE.rules if rule.holds(facts)]) == (access, rules)


def test_another_greeting_is_another_product():
    assert ask(Say(b"OK mail\n")) is None


@pytest.mark.parametrize("answer", [b"", b"OK", b"ACK [5@0] {} unknown command\n", b"status: x\nOK\n"])
def test_other_answers_list_nothing(answer):
    assert parse_commands(answer) is None


@given(pieces(GREETING + b"command: add\nOK\n"))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


def start(server, login=""):
    argv = ["mpd", "--no-daemon", "--stdout", "{dir}/mpd.conf"]
    return server(argv, [6600], package="mpd", files={"mpd.conf": SETTINGS + login})


@pytest.mark.fleet("mpd", "open")
def test_a_daemon_without_a_password_is_exposed(server, see):
    running = start(server)
    verdict = see(running, "mpd", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["mpd-no-password"])
    assert see(running).service == "mpd"


@pytest.mark.fleet("mpd", "protected")
def test_a_password_protects(server, see):
    verdict = see(start(server, LOGIN), "mpd", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
