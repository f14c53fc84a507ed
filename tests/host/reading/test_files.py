"""A root that somebody else has filled: nothing outside of it, nothing special, and nothing cut off in silence."""

import errno
import os
from pathlib import Path

import pytest

from scanner.host.reading import files as reading
from scanner.host.reading.files import Files


@pytest.fixture
def files(tmp_path):
    (tmp_path / "root/etc").mkdir(parents=True)
    return Files(tmp_path / "root")


def test_a_folder_whose_name_begins_like_the_root_is_outside_of_it(files, tmp_path):
    (tmp_path / "root-of-another").mkdir()
    (tmp_path / "root-of-another/secret").write_text("x")
    (files.root / "etc/link").symlink_to(tmp_path / "root-of-another/secret")
    (files.root / "etc/real").write_text("y")
    (files.root / "etc/within").symlink_to("real")
    assert files.text(files.root / "etc/link") is None
    assert files.text(files.root / "../root-of-another/secret") is None
    assert files.text(files.root / "etc/within") == "y"


def test_a_name_that_no_file_can_have_is_no_file(files):
    assert files.text(files.root / "etc/a\0b") is None
    assert not files.inside(files.root / "a\0b")
    assert not Files(Path("/")).inside(Path("/a\0b"))


def test_a_circle_of_links_is_no_file_and_nothing_that_root_was_refused(files):
    (files.root / "etc/loop").symlink_to("loop")
    (files.root / "etc/there").symlink_to("back")
    (files.root / "etc/back").symlink_to("there")
    assert [files.text(files.root / "etc" / name) for name in ("loop", "there")] == [None, None]
    assert files.gaps() == []


def test_a_disk_that_fails_is_a_gap_of_its_own(files, monkeypatch):
    def broken(_path):
        raise OSError(errno.EIO, "")

    (files.root / "etc/x").touch()
    monkeypatch.setattr(reading, "_open", broken)
    assert files.text(files.root / "etc/x") is None
    assert [(gap.what, gap.why) for gap in files.gaps()] == [("/etc/x: Input/output error", "it can't be read")]


def test_a_byte_order_mark_hides_nothing(files):
    (files.root / "etc/x").write_bytes(b"\xef\xbb\xbf* * * * * root /mac.sh\n")
    assert list(files.lines(files.root / "etc/x")) == [(1, "* * * * * root /mac.sh")]


def test_what_is_no_regular_file_is_not_even_opened(files, monkeypatch):
    os.mkfifo(files.root / "etc/pipe")
    opened = []
    monkeypatch.setattr(reading, "_open_quietly", opened.append)
    assert files.text(files.root / "etc/pipe") is None
    assert files.text(files.root / "etc") is None
    assert Files(Path("/")).text(Path("/dev/null")) is None
    assert (files.gaps(), opened) == ([], [])


def test_without_proc_the_path_itself_is_opened(files, monkeypatch):
    (files.root / "etc/x").write_text("y")
    monkeypatch.setattr(Path, "exists", lambda path: False)
    assert files.text(files.root / "etc/x") == "y"


def test_all_files_together_have_a_limit(files, monkeypatch):
    monkeypatch.setattr(reading, "TOTAL_BYTES", 5)
    small = Files(files.root)
    for name in "ab":
        (files.root / "etc" / name).write_text("12345")
    assert [small.text(files.root / "etc" / name) for name in "ab"] == ["12345", None]
    assert [gap.what for gap in small.gaps()] == ["/etc/b"]


def test_a_line_that_is_longer_than_what_is_judged_is_a_gap(files, monkeypatch):
    monkeypatch.setattr(reading, "LINE_CHARS", 5)
    (files.root / "etc/x").write_text("12345\n1234567\n")
    assert list(files.lines(files.root / "etc/x")) == [(1, "12345"), (2, "12345")]
    assert [gap.what for gap in files.gaps()] == ["/etc/x:2"]


def test_a_file_that_is_longer_than_what_is_read_is_a_gap(files, monkeypatch):
    monkeypatch.setattr(reading, "MOST_LINES", 3)
    monkeypatch.setattr(reading, "LIMIT_BYTES", 40)
    for name, text in (("short", "a\nb\nc"), ("lines", "a\nb\nc\nd"), ("bytes", "a" * 50)):
        (files.root / "etc" / name).write_text(text)
        list(files.lines(files.root / "etc" / name))
    (gap,) = files.gaps()
    assert (gap.what, gap.why) == ("/etc/lines, /etc/bytes", "more than is read of it")


def test_a_folder_of_more_files_than_are_looked_at_is_a_gap(files, monkeypatch):
    monkeypatch.setattr(reading, "MOST_FILES", 2)
    for name in "abc":
        (files.root / "etc" / name).touch()
    assert [path.name for path in files.find("etc/*")] == ["a", "b"]
    assert [gap.what for gap in files.gaps()] == ["/etc"]


def test_lines_have_their_numbers_and_comments_say_nothing(files):
    (files.root / "etc/x").write_bytes(b"# a\n\n  one \n; two\n\xff\n")
    assert list(files.lines(files.root / "etc/x")) == [(3, "one"), (4, "; two"), (5, "\\xff")]
    assert next(files.lines(files.root / "etc/x", "")) == (1, "# a")


@pytest.mark.parametrize(
    ("pattern", "found"),
    [("etc/*.conf", ["a.conf", "b.conf"]), ("etc/a*", ["a.conf"]), ("etc/none", []), ("*/b.conf", ["b.conf"])],
)
def test_patterns_are_globs_of_one_star(files, pattern, found):
    for name in ("b.conf", "a.conf", ".conf.bak"):
        (files.root / "etc" / name).touch()
    assert [path.name for path in files.find(pattern)] == found
