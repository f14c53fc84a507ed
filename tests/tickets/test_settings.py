"""The configuration file: what it decides, and what it refuses with file and line."""

from dataclasses import replace
from datetime import date

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.errors import UsageError
from scanner.core.finding import Severity
from scanner.tickets.settings import read_config
from tests.tickets.worlds import redis_finding

_TEXT = """\
url = "https://tracker.example/"
project = "acme/ops"
type = "Bug"
labels = ["security"]
assignee = "oncall"

[priority]
critical = "P1"

[due_days]
critical = 3
high = 14

[[assign]]
target = "db-*"
assignee = "alice"

[[assign]]
target = "127.4.0.0/16"
assignee = "bob"

[[assign]]
target = "127.5.0.1-127.5.0.9"
assignee = "carol"

[[route]]
owner = "platform"
project = "acme/platform"
labels = ["platform"]

[credentials]
secret_env = "TOKEN"

[github]
flavour = "x"
"""
_OPTIONS = {"flavour": str}


def read(tmp_path, text):
    file = tmp_path / "tickets.toml"
    file.write_text(text)
    return read_config(file, "github", _OPTIONS)


def fields(tmp_path, finding):
    return read(tmp_path, _TEXT).fields_for([finding], date(2026, 3, 1))


def named(address, name):
    return redis_finding(address, endpoint=Endpoint(redis_finding(address).endpoint.address, 6379, name=name))


def test_severity_decides_priority_and_due_date(tmp_path):
    made = fields(tmp_path, redis_finding(severity=Severity.CRITICAL))
    assert (made.priority, made.due) == ("P1", "2026-03-04")
    made = fields(tmp_path, redis_finding(severity=Severity.LOW))
    assert (made.priority, made.due) == ("", "")


@pytest.mark.parametrize(
    ("address", "name", "assignee"),
    [
        ("127.0.0.1", "DB-7", "alice"),
        ("127.4.255.1", None, "bob"),
        ("127.5.0.9", "web", "carol"),
        ("127.5.0.10", "web", "oncall"),
        ("::ffff:127.4.0.1", None, "bob"),
    ],
)
def test_target_name_or_range_decides_the_assignee(tmp_path, address, name, assignee):
    assert fields(tmp_path, named(address, name)).assignee == assignee


def test_the_owner_decides_the_queue_and_an_unknown_one_is_noted(tmp_path):
    made = fields(tmp_path, replace(redis_finding(), owner="platform"))
    assert (made.project, made.labels, made.note) == ("acme/platform", ("security", "platform"), "")
    made = fields(tmp_path, replace(redis_finding(), owner="nobody"))
    assert made.project == "acme/ops"
    assert made.note == "the default one: no queue is known for the owner 'nobody'"
    assert fields(tmp_path, redis_finding()).note == "the default one: no owner"


def test_the_gravest_finding_of_a_group_decides(tmp_path):
    config = read(tmp_path, _TEXT)
    low = replace(redis_finding(severity=Severity.LOW), owner="platform")
    made = config.fields_for([low, redis_finding(severity=Severity.CRITICAL)], date(2026, 3, 1))
    assert (made.project, made.priority) == ("acme/ops", "P1")
    assert config.projects == ("acme/ops", "acme/platform")


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('type = "Bug"', 'tpye = "Bug"', 3, "unknown field 'tpye'"),
        ('critical = "P1"', 'critcal = "P1"', 8, "unknown field 'critcal'"),
        ('critical = "P1"', "critical = 1", 8, "'critical' must be text in quotes"),
        ("high = 14", "high = -1", 12, "'high' must be a whole number"),
        ("high = 14", "high = true", 12, "'high' must be a whole number"),
        ('assignee = "bob"', 'asignee = "bob"', 20, "unknown field 'asignee'"),
        ('target = "127.4.0.0/16"', 'target = "127.4.0.1/16"', 19, "has host bits set"),
        ('target = "127.5.0.1-127.5.0.9"', 'target = "127.5.0.9-127.5.0.1"', 23, "ends before it begins"),
        ('owner = "platform"', 'owner = ""', 27, "'owner' is missing or empty"),
        ('labels = ["security"]', 'labels = "security"', 4, "'labels' must be a list of texts"),
        ('flavour = "x"', "flavour = 3", 35, "'flavour' must be text"),
        ("[github]", "[gitlab]", 34, "unknown field 'gitlab'"),
        ('project = "acme/ops"', "", 1, "'project' is missing"),
        ('secret_env = "TOKEN"', 'secret_env = "TOKEN"\nsecret_file = "x"', 33, "not both"),
        ('secret_env = "TOKEN"', 'token = "ghp_123"', 32, "unknown field 'token'"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(tmp_path, old, new, line, says):
    assert old in _TEXT
    with pytest.raises(UsageError) as caught:
        read(tmp_path, _TEXT.replace(old, new, 1))
    assert says in str(caught.value)
    assert caught.value.line == line


def test_what_is_not_toml_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="not TOML"):
        read(tmp_path, "url = ")
    (tmp_path / "tickets.toml").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="not UTF-8"):
        read_config(tmp_path / "tickets.toml", "github", _OPTIONS)
