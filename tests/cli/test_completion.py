import click
import pytest

from scanner.cli import completion
from scanner.cli.main import COMPLETE, make_root
from tests.support.command_line import exposure_here


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_is_printed(shell):
    run = exposure_here("completion", shell)
    assert (run.returncode, run.stderr) == (0, "")
    assert f"_EXPOSURE_COMPLETE={shell}_complete" in run.stdout


def test_another_shell_is_told_which_there_are():
    run = exposure_here("completion", "csh")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("exposure: SHELL csh: choose one of bash, zsh, fish")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("exposure scan --engine sy", ["plain,syn"]),
        ("exposure tickets check --tracker git", ["plain,gitea", "plain,github", "plain,gitlab"]),
        # Only the part behind the last comma is still being typed.
        ("exposure scan -s nats,red", ["plain,nats,redis"]),
        ("exposure scan --accept acc", ["file,acc"]),
        ("exposure services datast", []),
        ("exposure lin", ["plain,lint"]),
    ],
)
def test_a_shell_is_told_the_words_that_fit(monkeypatch, capsys, words, told):
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    monkeypatch.setenv(COMPLETE, "bash_complete")
    assert completion.complete(make_root()) == 0
    found = capsys.readouterr().out.split()
    assert found[: len(told)] == told
    assert bool(found) is bool(told)


@pytest.mark.parametrize("asked", ["", "nosuch_complete", "bash_nosuch"])
def test_a_question_that_is_none_is_refused_without_a_word(monkeypatch, capsys, asked):
    monkeypatch.setenv(COMPLETE, asked)
    assert completion.complete(click.Group()) == 1
    assert capsys.readouterr().out == ""
