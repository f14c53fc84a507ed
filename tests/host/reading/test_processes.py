"""Processes between two samples: what ends, what is hidden, what may not be read."""

import os
import threading

import pytest

from scanner.host.reading import processes, procfs
from scanner.host.reading.mounts import Mounts, parse_mounts
from scanner.host.reading.processes import look_again, look_first, process_gaps, with_sockets_again
from scanner.host.snapshot import Process
from tests.host.fake_proc import FakeProc


@pytest.fixture
def proc(tmp_path):
    return FakeProc(tmp_path / "proc")


def read(fake, wait=lambda: None, mounts=None):
    proc, mounts = str(fake.folder), mounts or parse_mounts("")
    first = look_first(proc, mounts)
    wait()
    return look_again(proc, mounts, first)


NO_MOUNTS = Mounts()


def gaps_of(fake, mounts=NO_MOUNTS, **more):
    return list(process_gaps(str(fake.folder), mounts, read(fake, mounts=mounts, **more)))


def one(fake, pid=50, **more):
    return next((process for process in read(fake, **more) if process.pid == pid), None)


def test_one_that_ends_meanwhile_is_passed_over_and_one_that_is_born_is_read(proc):
    proc.process(50, "x", "x").process(51, "y", exe="/opt/y").process(52, "z", "z")

    def wait():
        (proc.folder / "50/stat").unlink()
        stat = proc.folder / "51/stat"
        stat.write_text(stat.read_text().replace("(y)", "(other)").replace(" 100 0 0", " 101 0 0"))
        proc.process(53, "young", exe="/tmp/young", started=200)

    found = {process.pid: process for process in read(proc, wait)}
    assert sorted(found) == [2, 51, 52, 53]
    assert [(found[pid].name, found[pid].cpu, found[pid].silent) for pid in (51, 53)] == [
        ("other", None, False),
        ("young", None, False),
    ]
    assert found[53].executable == "/tmp/young"


@pytest.mark.parametrize("end", ["gone", "zombie", "exiting"])
def test_one_that_ends_while_it_is_read_is_no_gap(proc, monkeypatch, end):
    proc.process(50, "x", "x", exe="/opt/x")
    stat = proc.folder / "50/stat"
    details = processes.read_details

    def read_while_it_ends(folder, pid, *more):
        if pid == 50:
            (proc.folder / "50/exe").unlink(missing_ok=True)
        found = details(folder, pid, *more)
        if pid == 50 and after.is_set():
            changes = {"zombie": (") S ", ") Z "), "exiting": (" -1 0 ", " -1 4 ")}
            text = stat.read_text()
            stat.unlink() if end == "gone" else stat.write_text(text.replace(*changes[end]))
        return found

    after = threading.Event()
    monkeypatch.setattr(processes, "read_details", read_while_it_ends)
    found = read(proc, after.set)
    assert [one.zombie for one in found if one.pid == 50] == ([] if end == "gone" else [True])
    assert not list(process_gaps(str(proc.folder), Mounts(), found))


def test_a_process_that_is_ending_with_all_of_its_threads_is_over(proc):
    proc.process(50, "x", state="Z", threads=3)
    assert one(proc).zombie


def test_sockets_that_were_opened_and_processes_that_were_born_after_the_look_are_read_again(proc):
    proc.process(50, "x", "x", exe="/opt/x", sockets=(8,))
    found = read(proc)
    (proc.folder / "50/fd/9").symlink_to("socket:[77]")
    (proc.folder / "50/fd/3").unlink()
    proc.process(51, "y", "y", exe="/opt/y", sockets=(78,)).process(52, "half")
    again = with_sockets_again(str(proc.folder), Mounts(), found)
    assert {process.pid: process.sockets for process in again} == {2: set(), 50: {8, 77}, 51: {78}}


def test_a_command_line_is_missing_only_when_it_was_missing_twice(proc):
    proc.process(50, "x").process(51, "y")
    found = read(proc, lambda: (proc.folder / "51/cmdline").write_bytes(b"y\0"))
    assert {process.pid: process.silent for process in found} == {2: True, 50: True, 51: False}


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
    assert [process.zombie for process in found if process.pid == 50] == [True]
    assert not list(process_gaps(str(proc.folder), Mounts(), found))


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
        (0, "", ["the kernel refuses even root (50 x): a security module, or a user namespace"]),
        (1000, "", ["they belong to other users"]),
        (1000, "2", ["they belong to other users", "/proc is mounted with hidepid=2"]),
        (0, "2", ["the kernel refuses even root (50 x): a security module, or a user namespace"]),
    ],
)
def test_what_may_not_be_read_is_a_gap(proc, monkeypatch, user, hidepid, gaps):
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr(procfs, "is_refused", lambda place: place.endswith("/50"))
    proc.process(50, "x", "x").process(51, "y", "y", exe="/opt/y")
    found = gaps_of(proc, Mounts(hidepid=hidepid))
    assert [gap.why for gap in found] == gaps
    assert "of 1 of 2 processes" in found[0].what
    assert all((gap.do == "run it as root") is (user != 0) for gap in found)


def test_what_a_proc_lacks_is_a_gap_that_names_it_whoever_reads(proc):
    for pid in range(50, 56):
        proc.process(pid, f"x{pid}\x1b[2J", "x")
    (gap,) = gaps_of(proc)
    assert gap.what.endswith("of 6 of 6 processes")
    assert "lacks them (50 x50" in gap.why
    assert "and 2 more)" in gap.why
    assert "\x1b" not in gap.why


def test_without_a_kernel_thread_only_a_namespace_is_seen(proc):
    for file in sorted((proc.folder / "2").iterdir(), reverse=True):
        if file.is_file() or file.is_symlink():
            file.unlink()
    proc.process(50, "y", "y", exe="/opt/y")
    assert [gap.what for gap in gaps_of(proc)] == ["processes outside this namespace"]


def test_a_process_that_ended_since_it_was_looked_at_is_no_gap(tmp_path):
    FakeProc(tmp_path / "proc").process(9, "there", "there")
    ended, there = (Process(pid=pid, name=name, started_ticks=100) for pid, name in ((7, "du"), (9, "there")))
    whats = [gap.what for gap in process_gaps(str(tmp_path / "proc"), Mounts(), [ended, there])]
    assert any("1 of 2 processes" in what for what in whats)
    assert not any("2 of 2 processes" in what for what in whats)
