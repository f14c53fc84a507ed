import subprocess

import pytest

from tests.support.checks import wrong_examples


def test_the_examples_are_judged_as_written():
    assert wrong_examples("development/mercurial") == []


def start(server, tmp_path, *options):
    repository = tmp_path / "repository"
    subprocess.run(["hg", "init", str(repository)], check=True)
    argv = ["hg", "serve", "-R", str(repository), "-a", "{address}", "-p", "8000", *options]
    return server(argv, [8000], package="mercurial")


@pytest.mark.fleet("mercurial", "open")
def test_a_repository_that_is_served_is_exposed(server, see, tmp_path):
    server.need("mercurial", "hg")
    running = start(server, tmp_path)
    verdict = see(running, "mercurial", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["mercurial-readable"])
    assert see(running).service == "mercurial"


@pytest.mark.fleet("mercurial", "protected")
def test_a_repository_that_denies_reading_is_protected(server, see, tmp_path):
    server.need("mercurial", "hg")
    running = start(server, tmp_path, "--config", "web.deny_read=*")
    verdict = see(running, "mercurial", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
