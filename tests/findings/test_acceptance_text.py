"""What `exposure accept` writes: one entry that means its finding and nothing else, whatever the finding says."""

import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import UsageError
from scanner.findings.acceptance_file import parse_acceptances
from scanner.findings.acceptance_text import acceptance_text, add_acceptance
from tests.report import samples

UNTIL = date(2030, 1, 31)
TODAY = date(2029, 12, 31)
WORDS = {"reason": "lab", "owner": "me", "until": "2030-01-31"}
ANY = st.text(max_size=60)


def entry(finding, reason="lab", owner="me", **more):
    text = acceptance_text(finding, reason=reason, owner=owner, until=UNTIL, **more)
    (one,) = parse_acceptances(text, Path("accept.toml"))
    return tomllib.loads(text)["accept"][0], one


@pytest.mark.parametrize(
    ("where", "names", "silent"),
    [
        ({}, {"target": "127.0.0.1", "port": 6379}, ("name", "subject", "despite_compromise")),
        ({"name": "cache"}, {"target": "127.0.0.1", "name": "cache", "port": 6379}, ("subject",)),
        ({"subject": "file: /tmp/x"}, {"subject": "file: /tmp/x"}, ("port",)),
    ],
)
def test_an_entry_names_the_place_and_the_rule(where, names, silent):
    finding = replace(samples.finding(), endpoint=samples.endpoint(**where))
    fields, acceptance = entry(finding)
    assert fields | names | {"rule": "redis-no-password", "until": UNTIL} == fields
    assert not set(silent) & set(fields)
    assert acceptance.covers(finding)
    assert not acceptance.covers(replace(finding, rule="redis-clear-text"))


def test_signs_of_a_break_in_are_accepted_only_when_that_is_said():
    assert entry(samples.finding(), despite_compromise=True)[0]["despite_compromise"] is True


@given(ANY, ANY, ANY, ANY)
def test_no_text_of_a_finding_or_a_user_makes_it_another_entry(title, rule, reason, owner):
    finding = replace(samples.finding(), title=title, rule=f"r{rule}")
    fields, _ = entry(finding, f"r{reason}", f"o{owner}")
    assert (fields["target"], fields["port"], fields["until"]) == ("127.0.0.1", 6379, UNTIL)
    assert set(fields) == {"target", "port", "rule", "reason", "owner", "until"}


@pytest.mark.parametrize("reason", ["\U0001f600 the lab's", 'a "quoted" one', "C:\\lab", "gr\u00fcn", "a\x7f\x1bb"])
def test_a_reason_is_kept_as_a_reader_may_see_it(reason):
    assert entry(samples.finding(), reason)[0]["reason"] == reason.replace("\x7f\x1b", "\\x7f\\x1b")


def test_what_stood_in_the_file_stays_as_it_was(tmp_path):
    file = tmp_path / "accept.toml"
    first = add_acceptance(samples.finding(), file, today=TODAY, **WORDS)
    assert not file.exists()
    file.write_text("# ours\n" + first.rstrip("\n"))
    second = add_acceptance(samples.finding("127.0.0.2"), file, today=TODAY, **WORDS)
    assert second.startswith("# ours\n" + first)
    assert [entry["target"] for entry in tomllib.loads(second)["accept"]] == ["127.0.0.1", "127.0.0.2"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"until": "tomorrow"}, "--until tomorrow is not a day; write it like 2027-03-31"),
        ({"until": "2029-12-30"}, "--until 2029-12-30 is past"),
        ({"reason": " "}, "reason is missing"),
        ({"owner": ""}, "owner is missing"),
    ],
)
def test_what_would_accept_nothing_or_for_no_reason_is_refused(tmp_path, changes, said):
    with pytest.raises(UsageError, match=said):
        add_acceptance(samples.finding(), tmp_path / "accept.toml", today=TODAY, **{**WORDS, **changes})


def test_the_last_day_may_be_today(tmp_path):
    assert "until = 2029-12-31" in add_acceptance(
        samples.finding(), tmp_path / "accept.toml", today=TODAY, **{**WORDS, "until": "2029-12-31"}
    )


@pytest.mark.parametrize("held", [b"[other]\n", b"\xff\xfe\xff", b"accept = 1\n"])
def test_a_file_of_something_else_gets_no_entry(tmp_path, held):
    file = tmp_path / "accept.toml"
    file.write_bytes(held)
    with pytest.raises(UsageError, match=r"accept\.toml"):
        add_acceptance(samples.finding(), file, today=TODAY, **WORDS)
    with pytest.raises(UsageError, match="can't be read"):
        add_acceptance(samples.finding(), tmp_path, today=TODAY, **WORDS)
