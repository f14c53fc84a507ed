import os
import resource
import stat

import pytest

from scanner.core.errors import ReportError
from scanner.report.whole_file import demand_writable, write_file


def names(directory):
    return sorted(path.name for path in directory.iterdir())


def test_a_file_is_for_its_owner_alone_whatever_the_umask(tmp_path):
    path = tmp_path / "report.json"
    for mask in (0o000, 0o777):
        before = os.umask(mask)
        try:
            write_file(path, lambda out: out.write("x"))
        finally:
            os.umask(before)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == "x"


def test_an_older_report_with_wider_rights_is_replaced_by_a_private_one(tmp_path):
    path = tmp_path / "report.json"
    path.write_text("old")
    path.chmod(0o666)
    write_file(path, lambda out: out.write("new"))
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("new", 0o600)


@pytest.mark.parametrize("target", ["victim", "missing"])
def test_nothing_is_written_through_a_symbolic_link(tmp_path, target):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    link = tmp_path / "report.json"
    link.symlink_to(tmp_path / target)
    for attempt in (lambda: write_file(link, lambda out: out.write("x")), lambda: demand_writable(link)):
        with pytest.raises(ReportError, match="symbolic link"):
            attempt()
    assert victim.read_text() == "precious"
    assert names(tmp_path) == ["report.json", "victim"]


def test_a_pipe_or_a_directory_in_the_place_of_the_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "directory.json").mkdir()
    for name in ("pipe.json", "directory.json"):
        with pytest.raises(ReportError, match="not a regular file"):
            write_file(tmp_path / name, lambda out: out.write("x"))


@pytest.mark.parametrize("error", [BrokenPipeError, OSError, RuntimeError, KeyboardInterrupt])
def test_an_interrupted_write_leaves_the_old_file_whole_and_no_rest(tmp_path, error):
    path = tmp_path / "report.json"
    path.write_text("old")

    def fail(out):
        out.write("half")
        raise error

    with pytest.raises(ReportError if issubclass(error, OSError) else error):
        write_file(path, fail)
    assert path.read_text() == "old"
    assert names(tmp_path) == ["report.json"]


def test_a_full_disk_leaves_the_old_file_whole(tmp_path):
    path = tmp_path / "report.json"
    path.write_text("old")
    child = os.fork()
    if child == 0:
        # The limit makes write() fail with EFBIG, as a full disk does with ENOSPC; python ignores SIGXFSZ.
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
        try:
            write_file(path, lambda out: out.write("x" * 100_000))
        except ReportError as error:
            os._exit(7 if "report.json: the report can't be written: File too large" in str(error) else 8)
        os._exit(9)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert path.read_text() == "old"
    assert names(tmp_path) == ["report.json"]


def test_a_place_that_can_not_be_written_is_known_before_the_scan(tmp_path):
    with pytest.raises(ReportError, match="No such file or directory"):
        demand_writable(tmp_path / "none" / "report.json")
    demand_writable(tmp_path / "report.json")
    assert names(tmp_path) == []


def test_text_is_utf_8_and_undecodable_file_names_do_not_end_the_write(tmp_path):
    path = tmp_path / "report.txt"
    write_file(path, lambda out: out.write("naïve \udcff\n"))
    assert path.read_bytes() == "naïve \\udcff\n".encode()
