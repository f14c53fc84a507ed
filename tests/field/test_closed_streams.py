"""Standard streams that cron lines and supervisors close before they start us (cases E03, E12)."""

import shlex
import subprocess
import sys

import pytest

from tests.cli.test_scan import ROOT

pytestmark = pytest.mark.slow
CLOSED = ("<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-")


def with_closed(closed, *arguments):
    line = shlex.join([sys.executable, "-m", "scanner.cli", *map(str, arguments)])
    return subprocess.run(["sh", "-c", f"{line} {closed}"], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("closed", CLOSED)
def test_the_report_is_written_and_the_exit_code_stands(closed, tmp_path, closed_port):
    run = with_closed(closed, "scan", f"127.0.0.1:{closed_port}", "-o", tmp_path / "o.json")
    assert run.returncode == 0
    assert (tmp_path / "o.json").stat().st_size > 0
    assert "Traceback" not in run.stdout + run.stderr


@pytest.mark.parametrize("closed", CLOSED)
def test_a_refusal_is_still_a_refusal_and_lands_in_no_file(closed, tmp_path):
    run = with_closed(closed, "scan", "not/a/target", "-o", tmp_path / "o.json")
    assert run.returncode == 2
    assert list(tmp_path.iterdir()) == []
