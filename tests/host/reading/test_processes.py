"""Processes between two samples: what ends, what is hidden, what may not be read."""

import os

import pytest

from scanner.host.reading.mounts import Mounts, parse_mounts
from scanner.host.reading.processes import read_processes
from tests.host.fake_proc import FakeProc

MAPS = "1-2 r-xp 0 0:0 5 /tmp/l.so\n3-4 r--p 0 0:0 6 /tmp/m.so\n"


@pytest.fixture
def proc(tmp_path):
    return FakeProc(tmp_path / "proc")


def read(fake, wait=lambda: None, mounts=None):
    return read_processes(str(fake.folder), mounts or parse_mounts(""), wait)


def one(fake, pid=50, **more):
    return next((process for process in read(fake, **more).processes if process.pid == pid), None)


def test_a_process_is_read_with_what_it_shows(proc):
    proc.process(50, "x (y)", "x", "-a", exe="/opt/x", parent=7, cgroup="/a.service", sockets=(9, 8),
                 environ=b"A=1\0LD_PRELOAD=/tmp/x.so\0", maps=MAPS)  # fmt: skip
    found = one(proc)
    assert (found.name, found.argv, found.executable, found.parent) == ("x (y)", ("x", "-a"), "/opt/x", 7)
    assert (found.preload, found.libraries, found.cgroup) == ("/tmp/x.so", ("/tmp/l.so",), "/a.service")
    assert (found.sockets, found.sockets_seen, found.network) == ({8, 9}, True, 1)
    flags = (found.silent, found.deleted, found.kernel, found.zombie, found.covered, found.unlisted)
    assert not any(flags)


@pytest.mark.parametrize(
    ("exe", "path", "deleted", "replaced"),
    [
        ("/opt/x", "/opt/x", False, False),
        ("/opt/x (deleted)", "/opt/x", True, False),
        ("/opt/there (deleted)", "/opt/there", True, True),
        ("/opt/x (deleted) (deleted)", "/opt/x (deleted)", True, False),
        (None, None, False, False),
    ],
)
def test_an_executable_that_was_deleted_is_told_from_one_that_was_replaced(
    proc, tmp_path, exe, path, deleted, replaced
):
    (tmp_path / "seen/opt").mkdir(parents=True)
    (tmp_path / "seen/opt/there").touch()
    proc.process(50, "x", "x", exe=exe)
    (proc.folder / "50/root").unlink()
    (proc.folder / "50/root").symlink_to(tmp_path / "seen")
    found = one(proc)
    assert (found.executable, found.deleted, found.replaced) == (path, deleted, replaced)


@pytest.mark.parametrize(
    ("lines", "cgroup"),
    [
        ("0::/u.service\n", "/u.service"),
        ("1:name=systemd:/s.service\n0::/\n", "/s.service"),
        ("4:memory:/docker/abc\n0::/\n", "/docker/abc"),
        ("0::/a:b.service\n", "/a:b.service"),
        ("0::/\n", ""),
        ("nonsense\n", ""),
    ],
)
def test_the_control_group_is_the_most_precise_one(proc, lines, cgroup):
    proc.process(50, "x", "x")
    (proc.folder / "50/cgroup").write_text(lines)
    assert one(proc).cgroup == cgroup


def test_one_that_ends_or_whose_number_is_taken_over_meanwhile_is_passed_over(proc):
    proc.process(50, "x", "x").process(51, "y", "y").process(52, "z", "z")

    def wait():
        (proc.folder / "50/stat").unlink()
        stat = proc.folder / "51/stat"
        stat.write_text(stat.read_text().replace(" 100 0 0", " 101 0 0"))

    assert [process.pid for process in read(proc, wait).processes] == [2, 52]


def test_a_command_line_is_missing_only_when_it_was_missing_twice(proc):
    proc.process(50, "x").process(51, "y")
    found = read(proc, lambda: (proc.folder / "51/cmdline").write_bytes(b"y\0"))
    assert {process.pid: process.silent for process in found.processes} == {2: True, 50: True, 51: False}


def test_kernel_threads_and_zombies_are_told_by_what_no_program_can_set(proc):
    proc.process(50, "kworker/0:1", kernel=True, exe="/tmp/x").process(51, "x", state="Z")
    assert (one(proc).kernel, one(proc).executable) == (True, None)
    assert one(proc, 51).zombie


def test_one_that_ends_between_the_samples_is_a_zombie_and_no_gap(proc):
    proc.process(50, "x")

    def wait():
        stat = proc.folder / "50/stat"
        stat.write_text(stat.read_text().replace(") S ", ") Z "))

    found = read(proc, wait)
    assert [process.zombie for process in found.processes if process.pid == 50] == [True]
    assert not [gap for gap in found.gaps if "executable" in gap.what]


def test_a_program_whose_first_thread_is_over_is_read_from_another_one(proc, tmp_path):
    proc.process(50, "x", state="Z", threads=3)
    (proc.folder / "50/task").mkdir()
    other = FakeProc(tmp_path / "threads").process(51, "x", "/tmp/.x/run", exe="/tmp/.x/run (deleted)", sockets=(9,))
    (other.folder / "51").rename(proc.folder / "50/task/51")
    found = one(proc)
    assert (found.zombie, found.silent, found.executable, found.deleted) == (False, False, "/tmp/.x/run", True)
    assert (found.argv, found.sockets) == (("/tmp/.x/run",), {9})


def test_what_lies_over_a_process_shows_nothing_but_its_number(proc):
    mounts = Mounts(covered=frozenset({50, 77}))
    (proc.folder / "50").mkdir()
    found = one(proc, mounts=mounts)
    assert (found.name, found.covered, found.executable) == ("covered", True, None)
    assert one(proc, 77, mounts=mounts) is None


def test_use_is_counted_between_the_samples(proc):
    proc.process(50, "x", "x", ticks=100)

    def wait():
        stat = proc.folder / "50/stat"
        stat.write_text(stat.read_text().replace(" 100 0 0 0 20", " 1100 0 0 0 20"))
        (proc.folder / "uptime").write_text("10010.0 0.0\n")

    assert one(proc, wait=wait).cpu.recent == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("user", "hidepid", "gaps"),
    [
        (0, "", ["a security module or a user namespace hides them"]),
        (1000, "", ["they belong to other users"]),
        (1000, "2", ["they belong to other users", "/proc is mounted with hidepid=2"]),
        (0, "2", ["a security module or a user namespace hides them"]),
    ],
)
def test_what_may_not_be_read_is_a_gap(proc, monkeypatch, user, hidepid, gaps):
    monkeypatch.setattr(os, "geteuid", lambda: user)
    proc.process(50, "x", "x").process(51, "y", "y", exe="/opt/y")
    found = read(proc, mounts=Mounts(hidepid=hidepid)).gaps
    assert [gap.why for gap in found] == gaps
    assert "of 1 of 2 processes" in found[0].what
    assert all((gap.do == "run it as root") is (user != 0) for gap in found)


def test_without_a_kernel_thread_only_a_namespace_is_seen(proc):
    for file in sorted((proc.folder / "2").iterdir(), reverse=True):
        if file.is_file() or file.is_symlink():
            file.unlink()
    proc.process(50, "y", "y", exe="/opt/y")
    assert [gap.what for gap in read(proc).gaps] == ["processes outside this namespace"]
