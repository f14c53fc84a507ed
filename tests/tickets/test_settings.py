"""The configuration file: what it decides, and what it refuses with file and line."""

import pytest

from scanner.core.errors import UsageError
from scanner.tickets.settings import read_config

TEXT = """\
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
OPTIONS = {"flavour": str}


def read(tmp_path, text):
    file = tmp_path / "tickets.toml"
    file.write_text(text)
    return read_config(file, "github", OPTIONS)


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('type = "Bug"', 'tpye = "Bug"', 3, "unknown field 'tpye'"),
        ('critical = "P1"', 'critcal = "P1"', 8, "unknown field 'critcal'"),
        ('critical = "P1"', "critical = 1", 8, "'critical' must be text in quotes"),
        ("high = 14", "high = 99999999999999999999", 12, "'high' must be at most 36,500 days"),
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
    assert old in TEXT
    with pytest.raises(UsageError) as caught:
        read(tmp_path, TEXT.replace(old, new, 1))
    assert says in str(caught.value)
    assert caught.value.line == line


def test_what_is_not_toml_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="not TOML"):
        read(tmp_path, "url = ")
    (tmp_path / "tickets.toml").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="not UTF-8"):
        read_config(tmp_path / "tickets.toml", "github", OPTIONS)
