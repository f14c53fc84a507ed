import subprocess
import sys
from pathlib import Path

import pytest

from scanner.cli.main import run as run_line
from scanner.core.exit_code import ExitCode
from tests.cli.test_scan import exposure
from tests.support.command_line import exposure_here

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("command", ["", "scan", "demo", "services", "checks"])
def test_help_is_there(command):
    run = exposure_here(*command.split(), "--help")
    assert run.returncode == 0
    assert "Usage:" in run.stdout


def test_help_loads_nothing_heavy():
    code = (
        "import sys, scanner.cli.main; "
        "print(sorted({name.partition('.')[0] for name in sys.modules} & "
        "{'aiohttp', 'scapy', 'numpy', 'rich', 'nmap', 'cryptography', 'cvss', 'tabulate', 'sqlite3', 'asyncio'}))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


MOST_MODULES = 190
"""Modules that are loaded for `exposure scan --help`, Python's own included; counted, not timed."""


def test_help_loads_few_modules():
    code = (
        "import sys; from scanner.cli.main import run; run(['scan', '--help']); "
        "print(len(sys.modules), 'pydantic' in sys.modules, 'scanner.probes.registry' in sys.modules, file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    count, *heavy = run.stderr.split()
    assert heavy == ["False", "False"]
    assert int(count) <= MOST_MODULES


def test_the_version_is_the_packages():
    from scanner import __version__

    assert exposure("--version").stdout.strip() == f"exposure {__version__}"


def test_an_internal_error_is_one_line(monkeypatch):
    code = "import scanner.cli.main as m\ndef boom(): raise ZeroDivisionError('\\x1b[2J')\nm.make_root = boom\nm.main()"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == ExitCode.INTERNAL_ERROR
    assert "Traceback" not in run.stderr
    assert "\x1b" not in run.stderr
    assert "ZeroDivisionError" in run.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["scan", "--nope"], "no option --nope; for example"),
        (["scan", "-p"], "Option '-p' requires an argument"),
        (["diff", "old.json"], "Missing argument 'NEW'; for example `exposure diff"),
        (["nope"], "no command 'nope'; `exposure --help` lists the commands"),
    ],
)
def test_a_wrong_command_line_is_one_line_that_says_what_to_do(words, told, capsys):
    assert run_line(words) == ExitCode.USAGE
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"exposure: {told}")
    assert line.endswith((" --help` lists the options", " --help` lists the commands"))


def test_a_place_that_may_not_be_looked_at_is_one_line(monkeypatch, capsys):
    def denied(path, **_):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "exists", denied)
    assert run_line(["host", "--evidence", "/root/evidence"]) == ExitCode.USAGE
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("exposure: --evidence /root/evidence: Permission denied; name a place")
