"""Standard streams that cron lines and supervisors close before they start us (cases E03, E12)."""

import shlex
import subprocess
import sys

import pytest

from tests.cli.test_scan import ROOT

pytestmark = pytest.mark.slow
CLOSED = ("<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-")


def with_closed(closed, *arguments, before=""):
    line = shlex.join([sys.executable, "-m", "scanner.cli", *map(str, arguments)])
    script = f"{before} {line} {closed}"
    return subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)


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


@pytest.mark.parametrize(("words", "code"), [(("not/a/target",), 2), (("127.0.0.1:{port}", "--expect-open"), 4)])
@pytest.mark.parametrize("full", ["2>/dev/full", "2>&1 >/dev/null | true; exit ${PIPESTATUS[0]}"])
def test_what_standard_error_can_not_take_leaves_the_exit_code_alone(closed_port, words, code, full):
    line = [word.format(port=closed_port) for word in words]
    assert with_closed(full, "scan", *line).returncode == code


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("-o", "o.json"), "--output o.json: its folder can't be reached"),
        (("--history", "h.db"), "the current folder is not there any more"),
    ],
)
def test_a_folder_that_is_gone_is_told_in_a_line(tmp_path, options, said):
    (tmp_path / "gone").mkdir()
    run = with_closed("", "scan", "127.0.0.1:1", *options, before=f"cd {tmp_path}/gone; rmdir {tmp_path}/gone;")
    assert run.returncode == 2
    assert run.stderr.startswith(f"exposure: {said}")
    assert run.stderr.count("\n") == 1
