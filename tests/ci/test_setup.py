"""Set-up says what it does, and needs the network only for what is missing."""

import importlib.util
import sys

import pytest

from tests.ci.conftest import ROOT

spec = importlib.util.spec_from_file_location("setup_script", ROOT / ".ci/setup.py")
script = importlib.util.module_from_spec(spec)
spec.loader.exec_module(script)


@pytest.mark.parametrize(
    ("wanted", "lacking"),
    [
        (["pytest>=1"], []),
        (["pytest>=1000"], ["pytest>=1000"]),
        (["no-such-library-here"], ["no-such-library-here"]),
        (["no-such-library-here; sys_platform == 'plan9'"], []),
        (["tabulate[widechars]>=0.9"], []),
    ],
)
def test_only_what_is_not_there_is_missing(wanted, lacking):
    assert list(script.missing(wanted)) == lacking


@pytest.mark.parametrize("groups", [[], ["lint", "test"]])
def test_where_all_is_there_nothing_is_installed(monkeypatch, capsys, groups):
    monkeypatch.setattr(script, "missing", lambda wanted: [])
    monkeypatch.setattr(script, "install", lambda *_: pytest.fail("asked the network for nothing"))
    monkeypatch.setattr(sys, "argv", ["setup.py", *groups])
    assert script.main() == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("groups", "told"), [([], "Setting up .venv, 1 package "), (["lint"], "Installing 1 package for lint")]
)
def test_what_is_missing_is_installed_and_told(monkeypatch, groups, told):
    asked = []
    monkeypatch.setattr(script, "missing", lambda wanted: ["x"] if "pip>=25.1" not in wanted else [])
    monkeypatch.setattr(script, "install", lambda arguments, words: asked.append((arguments, words)) or 0)
    monkeypatch.setattr(sys, "argv", ["setup.py", *groups])
    assert script.main() == 0
    ((arguments, words),) = asked
    assert words.startswith(told)
    assert ("--group" in arguments) is bool(groups)


def test_pip_is_told_of_in_one_line_and_its_words_are_shown_when_it_fails(monkeypatch, capsys):
    fake = (sys.executable, "-c", "import sys; print('Collecting x'); print('no route'); sys.exit(len(sys.argv) - 4)")
    monkeypatch.setattr(script, "_PIP", fake)
    assert script.install(["."], "Setting up") == 0
    assert capsys.readouterr().out.startswith("Setting up: fetched from the package index ...\nDone in ")
    assert script.install([".", "more"], "Setting up") == 1
    shown = capsys.readouterr()
    assert "no route\nexposure: this failed after " in shown.err
