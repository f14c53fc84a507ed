"""Who began which run: the first line of an audit log, and no secret in it."""

import os
import pwd

import pytest

from scanner.core.scope import Scope
from scanner.history.opening import opening, redacted, scope_hash, who
from tests.sweep.jobs import make_plan, numbers_of


def test_the_first_line_says_who_and_what_and_no_secret():
    plan = make_plan("10.0.0.0/30", [80], seed=7, shard=(2, 4))
    first = opening(plan, ["exposure", "scan", "https://me:hunter2@10.0.0.1/", "--x-token=s3cret", "\x1b[2J"])
    assert (first["seed"], first["shard"], first["engine"]) == (7, "2/4", "connect")
    assert first["scope"] == {"addresses": 4, "sha256": scope_hash(plan.scope)}
    assert first["who"]["user"]
    assert first["who"]["host"]
    assert first["argv"] == ["exposure", "scan", "https://***@10.0.0.1/", "--x-token=***", "\\x1b[2J"]


@pytest.mark.parametrize(
    ("word", "kept"),
    [
        ("https://me:p@ss@10.0.0.1/", "https://***@10.0.0.1/"),
        ("https://token@10.0.0.1/a@b", "https://***@10.0.0.1/a@b"),
        ("http://a:x@h,http://b:y@i", "http://***@h,http://***@i"),
        ("https://10.0.0.1/?api_key=abc&page=2", "https://10.0.0.1/?api_key=***&page=2"),
        ("PASSWORD=abc", "PASSWORD=***"),
        ("https://me:\x1b[2J@10.0.0.1/", "https://***@10.0.0.1/"),
    ],
)
def test_secrets_are_left_out_whatever_they_are_made_of(word, kept):
    assert redacted(word) == kept


@pytest.mark.parametrize("word", ["10.0.0.0/24", "-o", "report.json", "https://host:2376/x@y", "U:53,161"])
def test_what_is_no_secret_stays(word):
    assert redacted(word) == word


def test_the_scope_hash_is_of_what_may_be_touched():
    together = scope_hash(Scope(numbers_of("10.0.0.0/31", "10.0.0.2/31")))
    assert together == scope_hash(Scope(numbers_of("10.0.0.0/30")))
    assert together != scope_hash(Scope(numbers_of("10.0.0.0/31")))


def test_whoever_became_root_is_named_too_and_an_account_without_a_name_by_its_number(monkeypatch):
    monkeypatch.setenv("SUDO_USER", "ada\x1b[2J")
    assert who()["sudo_user"] == "ada\\x1b[2J"
    monkeypatch.delenv("SUDO_USER")
    assert "sudo_user" not in who()

    def nobody(number):
        raise KeyError(number)

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    assert who()["user"] == str(os.geteuid())
