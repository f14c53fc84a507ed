import pytest

from scanner.host.reading import procfs, unlisted
from scanner.host.reading.unlisted import unlisted_numbers
from tests.host.fake_proc import FakeProc


@pytest.fixture
def proc(tmp_path, monkeypatch):
    """A machine whose processes are all there by their number, and listed unless they are hidden."""
    fake = FakeProc(tmp_path / "proc")
    fake.hidden = set()
    numbers = procfs.numbers
    monkeypatch.setattr(procfs, "numbers", lambda place: [pid for pid in numbers(place) if pid not in fake.hidden])
    return fake


def hide(fake, pid, **about):
    fake.process(pid, "rootkit", **about)
    fake.hidden.add(pid)


def find(fake, newest=1_000, **more):
    place = str(fake.folder)
    return unlisted_numbers(place, procfs.numbers(place), newest=newest, **more)


def test_a_process_that_answers_and_is_not_listed_is_found(proc):
    proc.process(40, "honest")
    hide(proc, 50)
    assert find(proc) == [50]
    assert find(proc, only=[40, 60]) == []


def test_one_that_began_while_we_looked_is_none(proc):
    hide(proc, 50, started=1_001)
    assert find(proc) == []
    assert find(proc, newest=1_001) == [50]
    assert find(proc, newest=0) == [50]


def test_a_thread_is_told_by_its_group(proc):
    hide(proc, 50)
    (proc.folder / "50/status").write_text("Name:\tx\nTgid:\t2\n")
    assert find(proc) == []


def test_a_number_that_ends_is_listed_or_begins_anew_between_the_rounds_is_none(proc, monkeypatch):
    stat = procfs.stat
    asked = []

    def ending(place):
        asked.append(place)
        found = stat(place)
        return None if len(asked) > 1 else found

    def another(place):
        return stat(place)._replace(started=len(asked) + 1) if not asked.append(place) else None

    hide(proc, 50)
    for changed in (ending, another):
        asked.clear()
        monkeypatch.setattr(procfs, "stat", changed)
        assert find(proc) == []
    monkeypatch.setattr(procfs, "stat", lambda place: proc.hidden.clear() or stat(place))
    assert find(proc) == []


@pytest.mark.parametrize(
    ("most", "last", "found"), [("100", "10", []), ("200000", "150000", [150_000]), ("x", "y", [])]
)
def test_numbers_are_tried_up_to_the_most_and_around_the_newest(proc, monkeypatch, most, last, found):
    monkeypatch.setattr(unlisted, "_FIRST", 100)
    monkeypatch.setattr(unlisted, "_RECENT", 50)
    (proc.folder / "sys/kernel/pid_max").write_text(most)
    (proc.folder / "loadavg").write_text(f"0 0 0 1/1 {last}\n")
    hide(proc, 150_000)
    assert find(proc) == found
