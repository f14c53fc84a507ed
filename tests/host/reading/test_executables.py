import hashlib

import pytest

from scanner.host.reading import executables
from scanner.host.reading.executables import hash_executables, stands_again
from scanner.host.snapshot import Process


@pytest.fixture
def proc(tmp_path):
    def proc(**programs):
        for name, target in programs.items():
            (tmp_path / name[1:]).mkdir()
            (tmp_path / name[1:] / "exe").symlink_to(target)
        return hash_executables(str(tmp_path), [Process(pid=int(name[1:])) for name in programs])

    return proc


@pytest.fixture
def program(tmp_path):
    file = tmp_path / "program"
    file.write_bytes(b"abc" * 700_000)
    return file


def test_an_executable_is_known_by_its_whole_content(proc, program):
    found = proc(p7=program)[7]
    content = program.read_bytes()
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    assert found.md5 == hashlib.md5(content, usedforsecurity=False).hexdigest()
    assert found.size == 2_100_000


def test_a_file_that_many_run_is_read_once_and_names_all_of_them(proc, program, monkeypatch):
    read = []
    once = executables._hash
    monkeypatch.setattr(executables, "_hash", lambda place, size: read.append(place) or once(place, size))
    found = proc(p7=program, p8=program)
    assert found[7] == found[8]
    assert len(read) == 1


def test_what_is_gone_too_large_or_no_file_has_no_hash(proc, program, tmp_path, monkeypatch):
    monkeypatch.setattr(executables, "LIMIT_BYTES", 2_100_000 - 1)
    assert proc(p7=program, p8="/nonexistent", p9=tmp_path) == {}
    monkeypatch.setattr(executables, "LIMIT_BYTES", 2_100_000)
    assert [*hash_executables(str(tmp_path), [Process(pid=7), Process(pid=8)])] == [7]


def make(tmp_path, *paths):
    for path in paths:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")


@pytest.mark.parametrize(
    ("deleted", "there"),
    [
        ("/usr/sbin/nginx", "usr/sbin/nginx"),
        ("/usr/bin/python3.11", "usr/bin/python3.12"),
        ("/usr/lib/jvm/java-17-17.0.9.0.9-2.el8/bin/java", "usr/lib/jvm/java-17-17.0.10.0.7-1.el8/bin/java"),
        ("/snap/lxd/2411/bin/lxd", "snap/lxd/2500/bin/lxd"),
        ("/tmp/x1", "tmp/x1"),
    ],
)  # fmt: skip
def test_an_upgrade_stands_in_the_place_of_what_it_deleted(tmp_path, deleted, there):
    make(tmp_path, there)
    assert stands_again(str(tmp_path), deleted)


@pytest.mark.parametrize(
    ("deleted", "there"),
    [
        ("/usr/bin/x", "usr/bin/y"),
        ("/opt/.x1/run", "opt/other2/run"),
        ("/opt/.../x1", "opt/.../x2"),
        ("/tmp/x1", "tmp/x2"),
        ("/var/tmp/7/run", "var/tmp/8/run"),
        ("/dev/shm/1234", "dev/shm/77"),
        ("/opt/app-1.2/run", "opt/app-1.3/else"),
        ("/usr/lib/jvm/java-17/bin/java", "usr/lib/jvm/java-18/bin/java/folder"),
    ],
)
def test_another_file_is_no_upgrade(tmp_path, deleted, there):
    make(tmp_path, there)
    assert not stands_again(str(tmp_path), deleted)
