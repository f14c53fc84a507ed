import json

import pytest

from scanner.core.sends import Send, Verb
from scanner.probes.registry import load_registry
from tests.support.command_line import exposure_here
from tests.support.schemas import strict_validator

IDS = [entry.probe.id for entry in load_registry().entries]


def test_every_service_is_listed_with_its_category_and_ports():
    run = exposure_here("services")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.splitlines()[-1] == f"{len(IDS)} services; `exposure services ID` shows one in full"
    (line,) = [line.split() for line in run.stdout.splitlines() if " redis " in line]
    assert line[:2] == ["datastores", "redis"]
    assert "6379/tcp" in line[-3]


def test_programs_are_told_everything():
    told = json.loads(exposure_here("services", "--json").stdout)
    assert [error.message for error in strict_validator("services-v1.json").iter_errors(told)] == []
    assert [one["id"] for one in told] == IDS
    assert all(one["title"] and one["category"] for one in told)
    (redis,) = json.loads(exposure_here("services", "redis", "--json").stdout)
    assert {"port": 6380, "transport": "tcp", "tls": True} in redis["ports"]
    assert {rule["id"] for rule in redis["rules"]} >= {"redis-no-password"}
    assert all(rule["remedy"] and rule["cwe"] for rule in redis["rules"])


@pytest.mark.parametrize("service", [entry.probe.id for entry in load_registry().entries if not entry.probe.rules][:2])
def test_one_without_a_rule_says_why_it_is_there(service):
    assert "its exposure can't be proven by reading alone" in exposure_here("services", service).stdout


def test_one_in_full_shows_what_is_sent_and_why_it_has_to_be_named():
    shown = exposure_here("services", "redis").stdout
    assert "Sends nothing but:\n  BYTES PING\\x0d\\x0a\n" in shown
    assert "Rule redis-no-password: " in shown
    opt_in = next(entry.probe for entry in load_registry().entries if entry.probe.opt_in)
    assert f"Asked only when named: {opt_in.opt_in}" in exposure_here("services", opt_in.id).stdout


def test_bytes_that_are_sent_drive_no_terminal():
    for service in IDS[::40]:
        assert all(line.isprintable() for line in exposure_here("services", service).stdout.splitlines())


@pytest.mark.parametrize(
    ("send", "shown"),
    [
        (Send(Verb.BYTES, b"A\r\n\x1b"), "BYTES A\\x0d\\x0a\\x1b"),
        (Send(Verb.DATAGRAM, b"\x00\xff", vary=((0, 1),)), "DATAGRAM 00 ff (bytes 0-1 vary)"),
        (Send(Verb.POST, b"/x", body=b"{}", why="it reads"), "POST /x with {}  # it reads"),
    ],
)
def test_one_thing_that_is_sent_is_one_line(send, shown):
    from scanner.cli.services import _sent

    assert _sent(send) == shown


@pytest.mark.parametrize("word", ["redi", "datastores", ""])
def test_a_stranger_is_told_where_the_list_is(word):
    run = exposure_here("services", word)
    if word:
        assert (run.returncode, run.stdout) == (2, "")
        assert f"no service '{word}'" in run.stderr
    else:
        assert run.returncode == 0
