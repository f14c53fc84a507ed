"""Where SARIF says that a finding is: a URI that stays inside its root (case G02)."""

import pytest

from scanner.report.formats.sarif import _uri


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("targets.txt", "targets.txt"),
        ("./targets.txt", "targets.txt"),
        ("mein zi\u00e9l.txt", "mein%20zi%C3%A9l.txt"),
        ("sub/../targets.txt", "targets.txt"),
        ("/srv/../etc/targets.txt", "file:///etc/targets.txt"),
        ("..name", "..name"),
        ("-", "standard-input"),
    ],
)
def test_names_are_normal_and_encoded(file, uri):
    assert _uri(file) == uri


def test_what_lies_outside_is_named_from_the_top(tmp_path, monkeypatch):
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    assert _uri("../a b.txt") == f"file://{tmp_path.resolve()}/a%20b.txt"
