import sys

import pytest

from scanner.core.errors import ScannerError, SetupError
from scanner.watch.sink import identity_of, read_sink

SECRETS = {"EXPOSURE_WEBHOOK_SECRET": "s", "EXPOSURE_SMTP": "smtp://127.0.0.1"}


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("https://hooks.internal/x?key=secret", "the webhook at hooks.internal"),
        ("mailto:ops@example.org", "mail to ops@example.org"),
        ("exec:/bin/cat -u", "the program /bin/cat"),
    ],
)
def test_a_word_is_a_sink_that_shows_no_secret(word, name):
    assert read_sink(word, SECRETS).name == name


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("slack", "write https://host/path"),
        ("mailto:", "write https://host/path"),
        ("mailto:everybody", "write one address"),
        ("mailto:a@b,c@d", "write one address"),
        ("exec:nowhere", "names no program"),
        ("exec:'", "quote it"),
        ("http://hooks.example.org/x", "clear text"),
        ("ftp://x/y", "write https://host/path"),
    ],
)
def test_what_is_none_is_a_line(word, why):
    with pytest.raises(ScannerError, match=why):
        read_sink(word, SECRETS)


@pytest.mark.parametrize(
    ("word", "name"), [("https://h/x", "EXPOSURE_WEBHOOK_SECRET"), ("mailto:a@b", "EXPOSURE_SMTP")]
)
def test_what_is_missing_is_named(word, name):
    with pytest.raises(ScannerError, match=name):
        read_sink(word, {})


def test_without_apprise_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(SetupError, match=r"exposure-scanner\[notify\]"):
        read_sink("apprise:json://127.0.0.1", {})


def test_the_history_keeps_no_secret():
    assert "secret" not in identity_of("https://h/secret")
    assert identity_of("a") != identity_of("b")
