import sys

import pytest

from scanner.cli.run_cluster import vantages_of
from scanner.cli.scan_options import ScanOptions
from scanner.core.errors import UsageError
from scanner.core.exit_code import ExitCode
from tests.support.command_line import exposure_here

HERE = ("scan", "127.0.0.1", "-p", "1-9", "--cluster", "nats://127.0.0.1:1")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--cluster", "nats://10.0.0.1"), "without TLS only on loopback"),
        (("--cluster", "tls://10.0.0.1"), "without credentials only on loopback"),
        (("--audit", "a.jsonl"), "exposure worker --audit"),
        (("--checks", "docs"), "exposure worker --checks"),
        (("--wait", "5s"), "--wait speaks of the machine that scans"),
        (("--shard", "1/2"), "both cut the run"),
        (("--engine", "nmap"), "nmap can't share"),
        (("--vantage", "a b"), "--vantage a b: write"),
        (("--resume", "nothing-there"), "no run to go on with"),
    ],
)
def test_what_makes_no_sense_on_a_cluster_is_said_before_anything_is_sent(words, told, tmp_path, monkeypatch):
    import re

    run = exposure_here(*HERE, *words)
    assert run.returncode == ExitCode.USAGE
    (line,) = run.stderr.splitlines()
    assert re.search(told, line)


def test_a_server_that_is_not_there_is_one_line():
    run = exposure_here(*HERE)
    assert run.returncode == ExitCode.NOTHING_SCANNED
    (line,) = run.stderr.splitlines()
    assert line.startswith("exposure: nats://127.0.0.1:1: ")
    assert "is the NATS server there" in line


def test_without_the_extra_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "nats.aio.client", None)
    run = exposure_here(*HERE)
    assert run.returncode == ExitCode.NOTHING_SCANNED
    assert run.stderr == "exposure: --cluster: needs the extra: pip install 'exposure-scanner[cluster]'\n"


@pytest.mark.parametrize(
    ("word", "vantages"),
    [(None, ("anywhere",)), ("dmz", ("dmz",)), ("office, dmz,office", ("office", "dmz"))],
)
def test_vantage_points_are_listed_with_commas(word, vantages):
    assert vantages_of(ScanOptions(vantage=word)) == vantages


def test_a_vantage_point_that_is_no_word_is_refused():
    with pytest.raises(UsageError, match="letters"):
        vantages_of(ScanOptions(vantage="a.b"))
