"""Credentials: from a variable or a file that nobody else can read, one line, and never shown."""

import pytest

from scanner.core.errors import UsageError
from scanner.tickets.fields import Config
from scanner.tickets.secret import Secret, read_secret


def config(tmp_path, **more):
    return Config(file=tmp_path / "tickets.toml", text="", url="https://a.example", project="a/b", **more)


@pytest.mark.parametrize("value", ["", "  ", "two\nlines", "esc\x1b"])
def test_a_variable_that_holds_no_one_line_is_refused_without_its_value(tmp_path, value):
    with pytest.raises(UsageError, match="TOKEN") as caught:
        read_secret(config(tmp_path, secret_env="TOKEN"), {"TOKEN": value})
    assert "lines" not in str(caught.value)


def test_white_space_around_it_is_not_part_of_it(tmp_path):
    assert read_secret(config(tmp_path, secret_env="TOKEN"), {"TOKEN": " abc\n"}).reveal() == "abc"
    assert not read_secret(config(tmp_path), {})


@pytest.mark.parametrize(("mode", "fits"), [(0o600, True), (0o400, True), (0o640, False), (0o604, False)])
def test_a_file_that_others_may_read_is_refused(tmp_path, mode, fits):
    file = tmp_path / "token"
    file.write_text("abc\n")
    file.chmod(mode)
    if fits:
        assert read_secret(config(tmp_path, secret_file=str(file)), {}).reveal() == "abc"
        return
    with pytest.raises(UsageError, match="chmod 600"):
        read_secret(config(tmp_path, secret_file=str(file)), {})


def test_a_folder_and_bytes_are_no_secret(tmp_path):
    with pytest.raises(UsageError):
        read_secret(config(tmp_path, secret_file=str(tmp_path)), {})
    file = tmp_path / "token"
    file.write_bytes(b"\xff\xfe")
    file.chmod(0o600)
    with pytest.raises(UsageError, match="not UTF-8"):
        read_secret(config(tmp_path, secret_file=str(file)), {})


def test_a_secret_does_not_show_itself():
    secret = Secret("hunter2")
    assert "hunter2" not in f"{secret} {secret!r}"
    assert secret.reveal() == "hunter2"
